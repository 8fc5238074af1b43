import math

import numpy as np
import pytest
import torch

from serve.latent.constraints import ColourStroke
from serve.latent.raster import rasterise, squared_distance_to_segment, stroke_coverage
from serve.photo.frame import PhotoFrame

RED, BLUE = (255, 0, 0), (0, 0, 255)


def frame(
    region: tuple[float, float, float, float] = (0, 0, 256, 256), size: int = 64
) -> PhotoFrame:
    return PhotoFrame(256, 256, region, size)


def test_a_dot_covers_its_disc() -> None:
    coverage = stroke_coverage(ColourStroke(((128, 128),), RED, 80), frame())
    assert coverage.sum() == pytest.approx(math.pi * 10**2, rel=2e-3)
    assert coverage[32, 32] == 1
    assert coverage[32, 50] == 0
    assert np.array_equal(coverage, coverage.T)
    assert np.array_equal(coverage, coverage[::-1])


def test_a_line_covers_its_capsule() -> None:
    stroke = ColourStroke(((40, 60), (200, 180)), RED, 32)
    area = 32 * 200 + math.pi * 16**2
    assert stroke_coverage(stroke, frame()).sum() == pytest.approx(area / 16, rel=2e-3)


def test_overlapping_segments_count_once() -> None:
    once = stroke_coverage(ColourStroke(((40, 60), (200, 60)), RED, 20), frame())
    back = stroke_coverage(ColourStroke(((40, 60), (200, 60), (40, 60)), RED, 20), frame())
    assert np.array_equal(once, back)


def test_edges_are_antialiased_in_proportion() -> None:
    """A band from y = 9.2 to y = 11.2 network pixels."""
    stroke = ColourStroke(((-500, 40.8), (800, 40.8)), RED, 8)
    column = stroke_coverage(stroke, frame())[:, 30]
    np.testing.assert_allclose(column[8:13], [0, 0.8, 1, 0.2, 0], atol=1 / 8)


def test_strokes_follow_the_frame() -> None:
    """The same stroke in a frame that shows the left upper quarter, twice as large."""
    stroke = ColourStroke(((50, 30), (80, 70)), RED, 12)
    whole = stroke_coverage(stroke, frame(size=128))
    quarter = stroke_coverage(stroke, frame((0, 0, 128, 128), size=64))
    assert np.array_equal(whole[:64, :64], quarter)


def test_a_squeezed_frame_squeezes_the_brush() -> None:
    coverage = stroke_coverage(
        ColourStroke(((128, 128),), RED, 64), frame((0, 64, 256, 192), size=64)
    )
    assert (coverage[32] > 0).sum() == 16
    assert (coverage[:, 32] > 0).sum() == 32


def test_a_hair_is_drawn_one_network_pixel_wide() -> None:
    hair = stroke_coverage(ColourStroke(((50, 50), (200, 90)), RED, 0.01), frame())
    pixel = stroke_coverage(ColourStroke(((50, 50), (200, 90)), RED, 4), frame())
    assert np.array_equal(hair, pixel)
    assert hair.sum() > 30


def test_what_lies_outside_is_cut_off() -> None:
    inside = stroke_coverage(ColourStroke(((-900_000, 100), (900_000, 100)), RED, 40), frame())
    assert inside[25].min() == 1
    outside = rasterise([ColourStroke(((500, 500),), RED, 40)], frame(), 3)
    assert outside.empty
    assert rasterise([], frame(), 3).empty


def test_later_strokes_lie_over_earlier_ones() -> None:
    under = ColourStroke(((60, 128), (200, 128)), RED, 60, strength=1.0)
    over = ColourStroke(((128, 60), (128, 200)), BLUE, 60, strength=0.25)
    marked = rasterise([under, over], frame(), 3).colour
    assert marked is not None
    assert marked.colour[:, 32, 32].tolist() == [-1.0, -1.0, 1.0]
    assert marked.weight[32, 32] == 0.25
    assert marked.colour[:, 32, 18].tolist() == [1.0, -1.0, -1.0]
    assert marked.weight[32, 18] == 1.0
    assert marked.coverage[32, 32] == 1
    assert marked.coverage[2, 2] == 0
    assert torch.equal(marked.colour[:, 2, 2], torch.zeros(3))


def test_a_partly_covered_pixel_has_the_full_colour_of_its_stroke() -> None:
    marked = rasterise([ColourStroke(((128, 128),), RED, 50)], frame(), 3).colour
    assert marked is not None
    partly = (marked.coverage > 0) & (marked.coverage < 1)
    assert partly.sum() > 10
    expected = torch.tensor([1.0, -1.0, -1.0])[:, None].expand(3, int(partly.sum()))
    torch.testing.assert_close(marked.colour[:, partly], expected)


def test_one_channel_models_are_asked_for_the_luma() -> None:
    marked = rasterise([ColourStroke(((128, 128),), (255, 255, 0), 50)], frame(), 1).colour
    assert marked is not None
    assert marked.colour.shape == (1, 64, 64)
    assert marked.colour[0, 32, 32].item() == pytest.approx(2 * 0.886 - 1)


def test_distance_to_a_segment() -> None:
    x, y = np.array([0.0, 5.0, 13.0]), np.array([3.0, -2.0, 4.0])
    squared = squared_distance_to_segment(x, y, np.array([0.0, 0.0]), np.array([10.0, 0.0]))
    np.testing.assert_allclose(squared, [9, 4, 25])
