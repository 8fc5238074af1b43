import numpy as np
import pytest

from serve.transfer.colour import (
    apply_colour_map,
    compose_colour_maps,
    fit_colour_map,
    identity_colour_map,
)
from tests.serve.transfer.planted import grid, texture


def colours_of(seed, channels=3, size=48):
    x, y = grid(size)
    return texture(seed, channels)(x, y).transpose(2, 0, 1)[None].astype(np.float32)


def random_map(seed, channels=3, size=48, count=1):
    rng = np.random.default_rng(seed)
    change = 0.2 * rng.standard_normal((count, channels, channels + 1, 1, 1))
    return (identity_colour_map(count, channels, size, size) + change).astype(np.float32)


def test_the_identity_changes_nothing():
    colours = colours_of(0)
    assert np.array_equal(apply_colour_map(identity_colour_map(1, 3, 48, 48), colours), colours)


def test_composition_is_one_after_the_other():
    before, after, colours = random_map(1), random_map(2), colours_of(3)
    expected = apply_colour_map(after, apply_colour_map(before, colours))
    composed = compose_colour_maps(after, before)
    assert np.allclose(apply_colour_map(composed, colours), expected, atol=1e-6)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_planted_map_is_found(channels):
    colours, planted = colours_of(4, channels), random_map(5, channels)
    target = apply_colour_map(planted, colours)
    fitted = fit_colour_map(colours, target, identity_colour_map(1, channels, 48, 48), 3.0, 1e-6)
    assert np.abs(fitted - planted).max() < 0.02
    assert np.abs(apply_colour_map(fitted, colours) - target).max() < 1e-3


def test_equal_pictures_give_the_identity():
    colours = colours_of(6)
    identity = identity_colour_map(1, 3, 48, 48)
    assert np.array_equal(fit_colour_map(colours, colours, identity, 3.0, 1e-3), identity)


def test_where_colours_are_flat_the_smallest_change_is_taken():
    flat = np.full((1, 3, 24, 24), 0.8, np.float32)
    target = flat * np.array([1, 0.5, 0.25], np.float32)[:, None, None]
    identity = identity_colour_map(1, 3, 24, 24)
    fitted = fit_colour_map(flat, target, identity, 3.0, 1e-4)
    assert np.allclose(apply_colour_map(fitted, flat), target, atol=1e-3)
    colour = np.array([0.8, 0.8, 0.8, 1.0])
    smallest = np.outer(target[0, :, 0, 0] - 0.8, colour) / (colour @ colour)
    assert np.allclose((fitted - identity)[0, :, :, 12, 12], smallest, atol=1e-3)


def test_pictures_do_not_mix():
    colours = np.concatenate([colours_of(7), colours_of(8)])
    targets = apply_colour_map(random_map(9, count=2), colours)
    prior = identity_colour_map(2, 3, 48, 48)
    both = fit_colour_map(colours, targets, prior, 3.0, 1e-3)
    alone = fit_colour_map(colours[1:], targets[1:], prior[1:], 3.0, 1e-3)
    assert np.allclose(both[1:], alone, atol=1e-5)
