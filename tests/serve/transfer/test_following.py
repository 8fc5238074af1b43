import numpy as np
import pytest

from serve.transfer.following import LARGEST_CORRECTED, FollowedMotion
from serve.transfer.settings import PREVIEW_SETTINGS
from tests.serve.transfer.planted import grid, recoloured, smooth_colour_map, smooth_motion, texture

STEPS = 8


def planted_at(seed, share, amplitude_px=3.0, change=0.05, channels=3, size=64):
    """A picture, a share of the way to a moved and recoloured one, and its motion."""
    x, y = grid(size)
    motion = share * smooth_motion(seed, amplitude_px)(x, y)
    colours = texture(seed, channels)(x + motion[0], y + motion[1])
    colour_map = smooth_colour_map(seed, share * change, channels)(x, y)
    target = recoloured(colour_map, colours).transpose(2, 0, 1)[None]
    return target.astype(np.float32), motion


def missed_px(found, motion):
    return float(np.hypot(*(found[0] - motion)).mean())


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_a_planted_motion_is_followed(seed, channels):
    first, _ = planted_at(seed, 0.0, channels=channels)
    followed = FollowedMotion(first, PREVIEW_SETTINGS)
    for step in range(1, STEPS + 1):
        target, motion = planted_at(seed, step / STEPS, channels=channels)
        found = followed.to(target)
    assert found.shape == (1, 2, 64, 64)
    assert found.dtype == np.float32
    assert missed_px(found, motion) < 0.25 * float(np.hypot(*motion).mean())


def test_a_picture_far_from_the_one_before_is_matched_anew():
    first, _ = planted_at(0, 0.0)
    target, motion = planted_at(0, 1.0)
    assert np.abs(target - first).mean() > LARGEST_CORRECTED
    anew = FollowedMotion(first, PREVIEW_SETTINGS).to(target)
    assert missed_px(anew, motion) < 0.4 * float(np.hypot(*motion).mean())
    followed = FollowedMotion(first, PREVIEW_SETTINGS)
    followed.to(1 - target)
    assert np.array_equal(followed.to(target), anew)


def test_the_same_picture_does_not_move():
    first, _ = planted_at(1, 0.0)
    assert np.abs(FollowedMotion(first, PREVIEW_SETTINGS).to(first)).max() < 1e-3


def test_colour_alone_moves_little():
    first, _ = planted_at(2, 0.0)
    followed = FollowedMotion(first, PREVIEW_SETTINGS)
    for share in (0.5, 1.0):
        found = followed.to(planted_at(2, share, amplitude_px=0.0)[0])
    assert np.hypot(*found[0]).mean() < 0.2


@pytest.mark.parametrize("size", [16, 33])
def test_other_sizes(size):
    first, _ = planted_at(0, 0.0, size=size)
    target, _ = planted_at(0, 0.1, size=size)
    assert FollowedMotion(first, PREVIEW_SETTINGS).to(target).shape == (1, 2, size, size)
