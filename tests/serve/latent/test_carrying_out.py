import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from serve.errors import EditError
from serve.latent.carrying_out import carry_out
from serve.latent.constraints import ColourStroke
from serve.latent.edit import BundleIdentity, Edit, EditSettings, LatentCache, PhotoIdentity
from serve.latent.editor import EditorProgress
from serve.photo.frame import PhotoFrame
from serve.photo.pixels import tensor_to_pixels
from tests.serve.latent.tiny_model import LATENT_DIM, SIZE, tiny_model

FRAME = PhotoFrame(80, 80, (0.0, 0.0, 80.0, 80.0), SIZE)
PHOTO = PhotoIdentity("b" * 64, 80, 80)


def script(*constraints: ColourStroke, **settings: Any) -> Edit:
    edit = Edit(constraints=constraints, settings=EditSettings(**settings))
    return edit.completed(BundleIdentity("tiny", "a" * 64), PHOTO, FRAME)


def picture(model: Any) -> np.ndarray:
    return tensor_to_pixels(model.generator(model.sample_latents(1, 50)))[0]


def test_a_stroke_pulls_the_picture_towards_its_colour() -> None:
    model = tiny_model()
    stroke = ColourStroke(((40, 40),), (255, 0, 0), 30)
    result = carry_out(script(stroke, smoothness_weight=0.1), model, picture(model))
    assert result.frames.shape == (9, SIZE, SIZE, 3)
    assert result.latents.shape == (9, LATENT_DIM)
    middle = result.frames[:, 3:5, 3:5].astype(float).mean(axis=(1, 2))
    distance = np.abs(middle - [255, 0, 0]).sum(axis=1)
    assert distance[-1] < distance[0] - 20
    assert np.abs(result.frames[0].astype(int) - picture(model)).max() <= 1


def test_an_edit_without_constraints_does_not_move() -> None:
    model = tiny_model()
    result = carry_out(script(), model, picture(model))
    assert torch.equal(result.latents[0], result.latents[-1])
    assert np.array_equal(result.frames[0], result.frames[-1])


def test_a_saved_session_reopens_to_the_same_pictures() -> None:
    model = tiny_model()
    stroke = ColourStroke(((40, 40),), (255, 0, 0), 30)
    first = carry_out(script(stroke), model, picture(model))
    steps: list[EditorProgress] = []
    again = carry_out(first.edit, model, picture(model), on_editing=steps.append)
    assert steps == []
    assert again.progress is None
    assert np.array_equal(again.frames, first.frames)
    assert again.edit == first.edit


def test_settings_are_followed() -> None:
    model = tiny_model()
    stroke = ColourStroke(((40, 40),), (255, 0, 0), 30)
    result = carry_out(script(stroke, frames=3, steps=5, method="network"), model, picture(model))
    assert len(result.frames) == 4
    assert result.progress is not None
    assert result.progress.steps == 5


@pytest.mark.parametrize("z", [(0.0,) * (LATENT_DIM + 1), (1.5,) * LATENT_DIM])
def test_a_cache_of_another_model_is_refused(z: tuple[float, ...]) -> None:
    model = tiny_model()
    cache = LatentCache(z0=(0.0,) * LATENT_DIM, z=z)
    with pytest.raises(EditError, match="cached 'z' is no latent of this bundle"):
        carry_out(dataclasses.replace(script(), cache=cache), model, picture(model))
