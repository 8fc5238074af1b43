import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from serve.errors import BundleError, EditError
from serve.latent.carrying_out import carry_out
from serve.latent.constraints import ColourStroke, KeepStroke
from serve.latent.edit import BundleIdentity, Edit, EditSettings, LatentCache, PhotoIdentity
from serve.latent.editor import EditorProgress
from serve.latent.state import DirectionAmount, Pick
from serve.photo.frame import PhotoFrame
from serve.photo.pixels import tensor_to_pixels
from tests.serve.latent.tiny_model import LATENT_DIM, SIZE, tiny_model

FRAME = PhotoFrame(80, 80, (0.0, 0.0, 80.0, 80.0), SIZE)
PHOTO = PhotoIdentity("b" * 64, 80, 80)
QUICK: dict[str, Any] = {"method": "network", "steps": 25}


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


def test_the_same_seed_gives_the_same_candidates_bit_for_bit() -> None:
    model = tiny_model()
    stroke = ColourStroke(((40, 40),), (255, 0, 0), 30)
    edit = script(stroke, smoothness_weight=0.1, candidates=3, starts=6, **QUICK)
    first, again = (carry_out(edit, model, picture(model)) for _ in range(2))
    assert len(first.candidates) > 1
    assert torch.equal(first.latents, again.latents)
    for one, other in zip(first.candidates, again.candidates, strict=True):
        assert torch.equal(one.latent, other.latent)
        assert np.array_equal(one.frames, other.frames)
    totals = [candidate.objective["total"] for candidate in first.candidates]
    assert totals == pytest.approx(sorted(totals), rel=1e-5)


def test_another_candidate_can_be_the_result() -> None:
    model = tiny_model()
    stroke = ColourStroke(((40, 40),), (255, 0, 0), 30)
    edit = script(stroke, smoothness_weight=0.1, candidates=3, starts=6, **QUICK)
    second = carry_out(edit, model, picture(model), rank=2)
    assert torch.equal(second.latents[-1], second.candidates[1].latent)
    assert second.edit.cache is not None
    assert torch.equal(torch.tensor(second.edit.cache.z), second.candidates[1].latent)
    with pytest.raises(EditError, match="none is number 64"):
        carry_out(edit, model, picture(model), rank=64)


def test_without_a_photo_a_picture_is_drawn_from_random_latents() -> None:
    model = tiny_model()
    stroke = ColourStroke(((40, 40),), (255, 0, 0), 30)
    edit = Edit(constraints=(stroke,), settings=EditSettings(starts=8, steps=25))
    edit = edit.completed(BundleIdentity("tiny", "a" * 64), None, FRAME)
    result = carry_out(edit, model, None)
    assert torch.equal(result.latents[-1], result.candidates[0].latent)
    (measure,) = result.candidates[0].satisfaction.strokes[0].measures.values()
    assert measure.after < measure.before
    again = carry_out(result.edit, model, None)
    assert np.array_equal(again.frames, result.frames)
    with pytest.raises(EditError, match="stroke 1: the brush 'keep' refers to a picture"):
        carry_out(dataclasses.replace(edit, constraints=(KeepStroke(((1, 1),), 9),)), model, None)


def test_a_fix_is_a_new_start_and_is_found_by_running_so_far() -> None:
    model = tiny_model()
    red = ColourStroke(((40, 40),), (255, 0, 0), 30)
    blue = ColourStroke(((10, 10),), (0, 0, 255), 20)
    first = carry_out(script(red, **QUICK), model, picture(model))
    fixed = dataclasses.replace(script(red, blue, **QUICK), picks=(Pick(1),))
    result = carry_out(fixed, model, picture(model))
    assert result.edit.picks == (Pick(1, None, tuple(first.latents[-1].tolist())),)
    assert torch.equal(result.candidates[0].start, first.latents[-1])
    assert torch.equal(result.latents[0], first.latents[0])
    filled = dataclasses.replace(result.edit, cache=None)
    again = carry_out(filled, model, picture(model))
    assert torch.equal(again.latents, result.latents)


def test_a_cache_needs_the_latents_of_its_picks() -> None:
    model = tiny_model()
    result = carry_out(
        dataclasses.replace(script(**QUICK), picks=(Pick(0),)), model, picture(model)
    )
    emptied = dataclasses.replace(result.edit, picks=(Pick(0),))
    with pytest.raises(EditError, match="a pick without the 'latent'"):
        carry_out(emptied, model, picture(model))


def test_what_is_kept_is_the_picture_that_the_stroke_was_drawn_on() -> None:
    model = tiny_model()
    red = ColourStroke(((40, 40),), (255, 0, 0), 60)
    keep = KeepStroke(((40, 40),), 60)
    settings = EditSettings(smoothness_weight=0.0, **QUICK)
    fixed = dataclasses.replace(script(red, keep), picks=(Pick(1),), settings=settings)
    kept = carry_out(fixed, model, picture(model)).candidates[0].satisfaction.strokes[1].measures
    alone = dataclasses.replace(fixed, picks=())
    other = carry_out(alone, model, picture(model)).candidates[0].satisfaction.strokes[1].measures
    assert kept["kept_change_lab"].after < 0.5 * other["kept_change_lab"].after


def test_sliders_move_the_start_and_strokes_act_on_top() -> None:
    model = tiny_model()
    model.arrays = {
        "directions": torch.eye(LATENT_DIM)[:1],
        "direction_scales": torch.tensor([0.5]),
        "direction_shares": torch.tensor([0.5]),
    }
    model.manifest.arrays = SimpleNamespace(labels={})
    slid = dataclasses.replace(script(**QUICK), directions=(DirectionAmount(1, 1.0),))
    result = carry_out(slid, model, picture(model))
    moved = result.latents[-1] - result.latents[0]
    expected = (result.latents[0][0] + 0.5).clamp(-1, 1) - result.latents[0][0]
    torch.testing.assert_close(moved, torch.eye(LATENT_DIM)[0] * expected)
    stroke = ColourStroke(((40, 40),), (255, 0, 0), 30)
    on_top = carry_out(dataclasses.replace(slid, constraints=(stroke,)), model, picture(model))
    assert torch.equal(on_top.candidates[0].start, result.latents[-1])


def test_an_amount_past_one_goes_further_within_the_bounds() -> None:
    model = tiny_model()
    stroke = ColourStroke(((40, 40),), (255, 0, 0), 30)
    once = carry_out(script(stroke, smoothness_weight=0.1, **QUICK), model, picture(model))
    twice = carry_out(
        script(stroke, smoothness_weight=0.1, amount=2.0, **QUICK), model, picture(model)
    )
    expected = (2 * once.latents[-1] - once.latents[0]).clamp(-1, 1)
    torch.testing.assert_close(twice.latents[-1], expected)
    assert twice.edit.cache == once.edit.cache
    assert not torch.equal(once.latents[0], once.latents[-1])


def test_a_weight_of_realism_needs_a_discriminator() -> None:
    model = tiny_model()
    with pytest.raises(BundleError, match="discriminator"):
        carry_out(script(realism_weight=0.1), model, picture(model))
