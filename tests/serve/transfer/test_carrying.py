import numpy as np
import pytest

from serve.transfer.carrying import carried_colour_map, tone_map
from serve.transfer.colour import apply_colour_map
from tests.serve.transfer.planted import planted_path, texture

EVERYWHERE = np.ones((1, 1, 64, 64), np.float32)


def even(*colour):
    return np.broadcast_to(np.array(colour, np.float32)[None, :, None, None], (1, 3, 64, 64))


def at_the_middle(colour_map, colour):
    return apply_colour_map(colour_map, even(*colour))[0, :, 32, 32]


def test_darkening_keeps_black_and_lightening_keeps_white():
    darker = tone_map(even(0.8, 0.8, 0.8), even(0.4, 0.6, 0.8), EVERYWHERE)
    assert at_the_middle(darker, (0, 0, 0)) == pytest.approx((0, 0, 0), abs=1e-6)
    assert at_the_middle(darker, (0.8, 0.8, 0.8)) == pytest.approx((0.4, 0.6, 0.8), abs=0.02)
    lighter = tone_map(even(0.2, 0.2, 0.2), even(0.7, 0.5, 0.3), EVERYWHERE)
    assert at_the_middle(lighter, (1, 1, 1)) == pytest.approx((1, 1, 1), abs=1e-6)
    assert at_the_middle(lighter, (0.2, 0.2, 0.2)) == pytest.approx((0.7, 0.5, 0.3), abs=0.02)


@pytest.mark.parametrize("shift", [-0.5, -0.1, 0.1, 0.5])
def test_a_tone_map_leaves_no_colour_out_of_range(shift):
    rng = np.random.default_rng(0)
    source = rng.uniform(0, 1, (1, 3, 64, 64)).astype(np.float32)
    colour_map = tone_map(source, np.clip(source + shift, 0, 1), EVERYWHERE)
    for colour in ((0, 0, 0), (1, 1, 1), (1, 0, 0), (0, 0.5, 1)):
        mapped = apply_colour_map(colour_map, even(*colour))
        assert mapped.min() >= -1e-5
        assert mapped.max() <= 1 + 1e-5


def test_colours_that_the_frames_lack_keep_their_hue():
    """A red logo on a white shoe that turns grey stays red; a bare affine fit may do anything."""
    y, x = np.mgrid[:64, :64] + 0.5
    shading = texture(1, 1, contrast=0.05)(x, y)[..., 0]
    source = (np.full((1, 3, 64, 64), 0.85) + shading).astype(np.float32)
    red, green, blue = at_the_middle(
        carried_colour_map(source, 0.6 * source, EVERYWHERE, 2.0, 1e-2), (0.9, 0.1, 0.1)
    )
    assert red == pytest.approx(0.54, abs=0.08)
    assert green == pytest.approx(0.06, abs=0.08)
    assert blue == pytest.approx(0.06, abs=0.08)


def test_a_planted_map_is_found():
    planted = planted_path(0, amplitude_px=0.0, change=0.1)
    source, target = (
        frame.transpose(2, 0, 1)[None].astype(np.float32) / 255 for frame in planted.frames
    )
    found = carried_colour_map(source, target, EVERYWHERE, 2.0, 1e-2)
    before, after = np.abs(source - target), np.abs(apply_colour_map(found, source) - target)
    assert after.mean() < 0.012
    assert after.mean() < 0.25 * before.mean()


def test_only_weighted_pixels_count_and_their_map_goes_on_beyond_them():
    source = even(0.5, 0.5, 0.5).copy()
    target = even(0.5, 0.5, 0.5).copy()
    target[..., :32] = 0.25
    weight = EVERYWHERE.copy()
    weight[..., 32:] = 0
    found = carried_colour_map(source, target, weight, 2.0, 1e-2)
    mapped = apply_colour_map(found, source)
    assert np.abs(mapped - 0.25).max() < 0.01


def test_without_any_weight_nothing_changes():
    found = carried_colour_map(even(0.5, 0.5, 0.5), even(0.1, 0.1, 0.1), 0 * EVERYWHERE, 2.0, 1e-2)
    assert at_the_middle(found, (0.3, 0.6, 0.9)) == pytest.approx((0.3, 0.6, 0.9), abs=1e-4)


def test_equal_frames_give_the_identity():
    y, x = np.mgrid[:64, :64] + 0.5
    source = texture(2)(x, y).transpose(2, 0, 1)[None].astype(np.float32)
    found = carried_colour_map(source, source, EVERYWHERE, 2.0, 1e-2)
    assert np.abs(found - np.eye(3, 4)[None, :, :, None, None]).max() < 1e-4
