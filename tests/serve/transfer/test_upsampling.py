import numpy as np

from serve.transfer.separable import finer_positions, reduced
from serve.transfer.upsampling import fit_guided_field
from tests.serve.transfer.planted import texture

SMALL, LARGE = 32, 256


def large_guide(channels=3):
    y, x = np.mgrid[:LARGE, :LARGE] / LARGE
    disc = ((x - 0.52) ** 2 + (y - 0.47) ** 2 < 0.09).astype(np.float32)
    planes = [0.2 + 0.6 * disc, 0.5 + 0.3 * np.sin(9 * x), 0.4 + 0.3 * y]
    return np.stack(planes[:channels]).astype(np.float32)


def upsampled(field, positions, guide):
    return field.at(positions, positions, guide.transpose(1, 2, 0))


def test_a_field_that_follows_the_guide_follows_it_at_full_size():
    y, x = np.mgrid[:LARGE, :LARGE] / (LARGE / SMALL)
    guide = texture(0)(x, y).transpose(2, 0, 1).astype(np.float32)
    small_guide = reduced(guide, (SMALL, SMALL))
    slopes = np.array([[3.0, 0.0, 0.0], [1.0, -2.0, 0.5]], np.float32)
    fields = np.einsum("kg,ghw->khw", slopes, small_guide) + 1
    guided = fit_guided_field(fields, small_guide, 3, 1e-7)
    found = upsampled(guided, finer_positions(SMALL, LARGE), guide)
    expected = np.einsum("kg,ghw->khw", slopes, guide) + 1
    assert np.abs(found - expected).max() < 0.02


def test_on_the_small_grid_fields_come_back_as_they_were():
    rng = np.random.default_rng(0)
    fields = rng.standard_normal((4, SMALL, SMALL)).astype(np.float32)
    guide = rng.random((3, SMALL, SMALL)).astype(np.float32)
    guided = fit_guided_field(fields, guide, 3, 1e-3)
    found = upsampled(guided, np.arange(SMALL) + 0.5, guide)
    assert np.abs(found - fields).max() < 1e-4


def test_constant_fields_take_nothing_from_the_guide():
    guide = large_guide()
    guided = fit_guided_field(
        np.full((1, SMALL, SMALL), 0.7, np.float32), reduced(guide, (SMALL, SMALL)), 3, 1e-3
    )
    found = upsampled(guided, finer_positions(SMALL, LARGE), guide)
    assert np.abs(found - 0.7).max() < 1e-3


def test_an_edge_is_sharper_than_without_a_guide():
    guide = large_guide(1)
    small_guide = reduced(guide, (SMALL, SMALL))
    found = upsampled(
        fit_guided_field(small_guide.copy(), small_guide, 3, 1e-3),
        finer_positions(SMALL, LARGE),
        guide,
    )
    blurred = upsampled(
        fit_guided_field(small_guide.copy(), 0 * small_guide, 3, 1e-3),
        finer_positions(SMALL, LARGE),
        guide,
    )
    assert np.abs(found - guide).mean() < 0.2 * np.abs(blurred - guide).mean()
