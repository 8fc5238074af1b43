import math

import numpy as np
import pytest

from serve.latent.constraints import ColourStroke, KeepStroke, Point
from serve.latent.raster.coverage import (
    polygon_coverage,
    squared_distance_to_segment,
    stroke_coverage,
)
from serve.photo.frame import PhotoFrame

RED = (255, 0, 0)


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


def test_the_finest_line_of_a_wide_stroke_is_a_hair() -> None:
    wide, hair = (ColourStroke(((50, 50), (200, 90)), RED, width) for width in (40, 0.01))
    finest = stroke_coverage(wide, frame(), finest=True)
    assert np.array_equal(finest, stroke_coverage(hair, frame()))


def test_what_lies_outside_is_cut_off() -> None:
    inside = stroke_coverage(ColourStroke(((-900_000, 100), (900_000, 100)), RED, 40), frame())
    assert inside[25].min() == 1
    outside = stroke_coverage(ColourStroke(((500, 500),), RED, 40), frame())
    assert not outside.any()


def test_distance_to_a_segment() -> None:
    x, y = np.array([0.0, 5.0, 13.0]), np.array([3.0, -2.0, 4.0])
    squared = squared_distance_to_segment(x, y, np.array([0.0, 0.0]), np.array([10.0, 0.0]))
    np.testing.assert_allclose(squared, [9, 4, 25])


def test_a_rectangle_covers_its_pixels_and_their_shares() -> None:
    """From (10.25, 20.5) to (30, 40) on the grid."""
    outline = [(41, 82), (120, 82), (120, 160), (41, 160)]
    coverage = polygon_coverage(outline, frame())
    assert coverage[25, 20] == 1
    assert coverage[25, 10] == 0.75
    assert coverage[20, 20] == 0.5
    assert coverage[20, 10] == 0.375
    assert coverage.sum() == (30 - 10.25) * (40 - 20.5)


@pytest.mark.parametrize("turn", [1, -1])
def test_a_triangle_covers_its_area_whichever_way_it_runs(turn: int) -> None:
    outline = [(40.0, 40.0), (200.0, 60.0), (90.0, 210.0)][::turn]
    (ax, ay), (bx, by), (cx, cy) = outline
    area = abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2
    assert polygon_coverage(outline, frame()).sum() == pytest.approx(area / 16, rel=1e-3)


def test_an_outline_that_crosses_itself_encloses_by_parity() -> None:
    """A square wound twice is nothing; a bow tie is two triangles."""
    square: list[Point] = [(40, 40), (120, 40), (120, 120), (40, 120)]
    assert not polygon_coverage(square * 2, frame()).any()
    tie = polygon_coverage([(40, 40), (120, 120), (120, 40), (40, 120)], frame())
    assert tie[20, 13] == 1
    assert tie[13, 20] == 0


def test_an_outline_around_everything_covers_everything() -> None:
    outline = [(-9e5, -9e5), (9e5, -9e5), (9e5, 9e5), (-9e5, 9e5)]
    assert polygon_coverage(outline, frame()).min() == 1
    assert not polygon_coverage([(300, 0), (400, 0), (350, 90)], frame()).any()


def test_an_outline_without_area_covers_nothing() -> None:
    assert not polygon_coverage([(10, 10), (90, 90), (50, 50)], frame()).any()


def test_a_line_is_drawn_once_for_each_width() -> None:
    points = ((40.0, 40.0), (90.0, 40.0))
    coverage = stroke_coverage(ColourStroke(points, RED, 20), frame())
    assert stroke_coverage(KeepStroke(points, 20), frame()) is coverage
    assert stroke_coverage(KeepStroke(points, 24), frame()).sum() > coverage.sum()
    with pytest.raises(ValueError, match="read-only"):
        coverage[0, 0] = 1
