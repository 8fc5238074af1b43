"""Random scripts are run or refused by a sentence, never anything else."""

import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from serve.errors import EditError
from serve.latent.bounds import Bounds
from serve.latent.carrying_out import EditResult, carry_out
from serve.latent.edit import BundleIdentity, Edit, PhotoIdentity, parse_edit
from serve.photo.frame import PhotoFrame
from serve.photo.pixels import tensor_to_pixels
from tests.serve.latent.edit.random_edits import HOSTILE, as_text, places, random_script, spoilt
from tests.serve.latent.tiny_model import LATENT_DIM, SIZE, tiny_model

PHOTO_PX = 80
FRAME = PhotoFrame(PHOTO_PX, PHOTO_PX, (0.0, 0.0, PHOTO_PX, PHOTO_PX), SIZE)
BUNDLE = BundleIdentity("tiny", "a" * 64)
PHOTO = PhotoIdentity("b" * 64, PHOTO_PX, PHOTO_PX)
FEW = {"method": "network", "steps": 2, "frames": 2, "starts": 3, "candidates": 2}


@pytest.fixture(scope="module")
def model() -> Any:
    model = tiny_model()
    model.arrays = {
        "directions": torch.eye(LATENT_DIM)[:2],
        "direction_scales": torch.full((2,), 0.5),
        "direction_shares": torch.full((2,), 0.1),
    }
    model.manifest.arrays = SimpleNamespace(labels={})
    return model


def run(document: dict[str, Any], model: Any, with_photo: bool) -> EditResult:
    edit: Edit = parse_edit(as_text(document))
    edit = edit.completed(BUNDLE, PHOTO if with_photo else None, FRAME)
    picture = tensor_to_pixels(model.generator(model.sample_latents(1, 50)))[0]
    return carry_out(edit, model, picture if with_photo else None)


def check(result: EditResult) -> None:
    bounds = Bounds(-1.0, 1.0)
    assert torch.equal(bounds.clamp(result.latents), result.latents)
    for candidate in result.candidates:
        assert torch.equal(bounds.clamp(candidate.latent), candidate.latent)
        assert candidate.frames.dtype == np.uint8
        values = [*candidate.objective.values(), candidate.satisfaction.picture_distance]
        values += [
            value
            for stroke in candidate.satisfaction.strokes
            for measure in stroke.measures.values()
            for value in (measure.before, measure.after)
        ]
        assert np.isfinite(values).all()


def refusal(document: dict[str, Any], model: Any, with_photo: bool = True) -> str | None:
    """Run a script and check its result; the sentence by which it is refused, if it is."""
    try:
        check(run(document, model, with_photo))
    except EditError as error:
        return str(error)
    return None


def test_random_scripts_run(model: Any) -> None:
    for seed in range(100):
        document = random_script(seed, PHOTO_PX)
        document["settings"] |= FEW
        assert refusal(document, model) is None, f"script {seed}"


def test_random_scripts_without_a_photo_run_unless_they_refer_to_one(model: Any) -> None:
    sentences = []
    for seed in range(25):
        document = random_script(seed, PHOTO_PX)
        document["settings"] |= FEW
        sentences.append(refusal(document, model, with_photo=False))
    refused = [sentence for sentence in sentences if sentence is not None]
    assert 0 < len(refused) < len(sentences)
    for sentence in refused:
        assert sentence.startswith("stroke ")
        assert "refers to a picture" in sentence


def test_spoilt_scripts_run_or_are_refused_by_one_sentence(model: Any) -> None:
    sentences = []
    for seed in range(100):
        document = spoilt(random_script(seed, PHOTO_PX), seed)
        if isinstance(document.get("settings"), dict):
            document["settings"] = {**FEW, **document["settings"], "steps": 2, "starts": 3}
        sentences.append(refusal(document, model))
    refused = [sentence for sentence in sentences if sentence is not None]
    assert 50 < len(refused) < 97
    for sentence in refused:
        assert sentence.endswith(".")
        assert "\n" not in sentence


def test_a_spoilt_stroke_is_named() -> None:
    refused = 0
    for seed in range(200):
        draw = random.Random(seed)
        document = random_script(seed, PHOTO_PX)
        if not document["constraints"]:
            continue
        number = draw.randrange(len(document["constraints"]))
        holder, key = draw.choice(places(document["constraints"][number]))
        holder[key] = draw.choice(HOSTILE)
        sentence = _refusal_of_reader(document)
        if sentence is not None:
            refused += 1
            assert sentence.startswith(f"stroke {number + 1}: "), f"script {seed}"
    assert refused > 80


def _refusal_of_reader(document: dict[str, Any]) -> str | None:
    try:
        parse_edit(as_text(document))
    except EditError as error:
        return str(error)
    return None
