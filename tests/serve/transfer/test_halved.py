import numpy as np
import pytest

from serve.transfer.colour import apply_colour_map, fit_colour_map, identity_colour_map
from serve.transfer.halved import fit_halved_colour_map, half_of, halved, spread
from tests.serve.transfer.planted import grid, recoloured, smooth_colour_map, texture

SIZE = 48
EVERYWHERE = np.ones((1, 1, SIZE, SIZE), np.float32)


def planted_pair(seed, channels=3):
    x, y = grid(SIZE)
    source = texture(seed, channels)(x, y)
    target = recoloured(smooth_colour_map(seed, 0.05, channels)(x, y), source)
    return [one.transpose(2, 0, 1)[None].astype(np.float32) for one in (source, target)]


def identity(channels=3, count=1):
    return identity_colour_map(count, channels, SIZE // 2, SIZE // 2)


@pytest.mark.parametrize("length", [1, 7, 8])
def test_halving_keeps_the_mean(length):
    fields = np.random.default_rng(0).random((2, length, length), np.float32)
    smaller = halved(fields)
    assert smaller.shape == (2, half_of(length), half_of(length))
    assert np.allclose(smaller.mean(axis=(1, 2)), fields.mean(axis=(1, 2)), atol=1e-5)


def test_spreading_keeps_what_is_linear():
    x, y = grid(16)
    finer_x, finer_y = grid(32)
    plane = spread((x + 2 * y)[None].astype(np.float32), (32, 32))[0]
    expected = (finer_x + 2 * finer_y) / 2
    assert np.allclose(plane[1:-1, 1:-1], expected[1:-1, 1:-1], atol=1e-4)


@pytest.mark.parametrize("channels", [1, 3])
def test_it_fits_what_the_whole_grid_fits(channels):
    source, target = planted_pair(1, channels)
    prior = identity_colour_map(1, channels, SIZE, SIZE)
    whole = fit_colour_map(source, target, prior, 3.0, 1e-4)
    quick = fit_halved_colour_map(source, target, EVERYWHERE, identity(channels), 3.0, 1e-4)
    by_whole = apply_colour_map(whole, source)
    by_quick = apply_colour_map(spread(quick, (SIZE, SIZE)), source)
    before = np.abs(target - source).mean()
    assert np.abs(by_quick - target).mean() < 0.25 * before
    assert np.abs(by_quick - by_whole).mean() < 0.1 * before


def test_equal_pictures_give_the_prior():
    source, _ = planted_pair(2)
    fitted = fit_halved_colour_map(source, source, EVERYWHERE, identity(), 3.0, 1e-2)
    assert np.allclose(fitted, identity(), atol=1e-5)


def test_what_has_no_weight_does_not_count():
    source, target = planted_pair(3)
    weight = EVERYWHERE.copy()
    weight[..., SIZE // 2 :] = 0
    spoilt = target.copy()
    spoilt[..., SIZE // 2 :] = 0.9
    fits = [
        fit_halved_colour_map(source, one, weight, identity(), 3.0, 1e-4)
        for one in (target, spoilt)
    ]
    assert np.array_equal(*fits)


def test_layers_do_not_mix():
    source, target = planted_pair(4)
    weights = np.random.default_rng(0).random((2, 1, SIZE, SIZE), np.float32)
    both = fit_halved_colour_map(source, target, weights, identity(count=2), 2.0, 1e-2)
    for layer, weight in zip(both, weights, strict=True):
        alone = fit_halved_colour_map(source, target, weight[None], identity(), 2.0, 1e-2)
        assert np.allclose(layer, alone[0], atol=1e-5)
