import math
from typing import Any

import pytest
import torch
from torch import Tensor

from serve.latent.constraints import (
    ColourStroke,
    Constraint,
    EraseStroke,
    KeepStroke,
    PatchDrag,
    PointDrag,
    SketchStroke,
)
from serve.latent.raster import ColourMap, rasterise
from serve.latent.satisfaction import (
    AGREEMENT,
    COLOUR_ERROR,
    HANDLE_GRID,
    HANDLE_PHOTO,
    KEPT_CHANGE,
    Satisfaction,
    colour_error_lab,
    handle_distance_px,
    hog_agreement,
    latent_distance,
    measure_satisfaction,
    picture_distance,
)
from serve.photo.frame import PhotoFrame

SIZE = 32
FRAME = PhotoFrame(64, 64, (0.0, 0.0, 64.0, 64.0), SIZE)
GREY = torch.zeros(3, SIZE, SIZE)
WHITE = torch.ones(3, SIZE, SIZE)


def measured(path: Tensor, *constraints: Constraint, drawn_on: Tensor = GREY) -> Satisfaction:
    latents = torch.zeros(4), torch.full((4,), 0.5)
    return measure_satisfaction(constraints, FRAME, [drawn_on] * len(constraints), path, latents)


def colour(level: float, at: tuple[float, float] = (32, 32), width_px: float = 20) -> ColourStroke:
    return ColourStroke((at,), (level, level, level), width_px)


def edge(row: int) -> Tensor:
    """White above a row, black from there on."""
    picture = torch.ones(3, SIZE, SIZE)
    picture[:, row:] = -1
    return picture


def spot(x: float, y: float) -> Tensor:
    rows = torch.arange(SIZE)[:, None] + 0.5
    columns = torch.arange(SIZE)[None, :] + 0.5
    return (torch.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 8) * 2 - 1).expand(3, -1, -1)


def test_colours_are_measured_where_they_were_asked_for() -> None:
    coverage = torch.zeros(SIZE, SIZE)
    coverage[0, :2] = torch.tensor([1.0, 0.25])
    marked = ColourMap(torch.ones(3, SIZE, SIZE), coverage, coverage)
    images = torch.stack([WHITE, -WHITE])
    images[1, :, 0, 1] = 1  # black but for the pixel that is covered by a quarter
    torch.testing.assert_close(
        colour_error_lab(images, marked), torch.tensor([0.0, 100 * 1 / 1.25]), atol=1e-3, rtol=0
    )


def test_edges_agree_with_a_line_along_them_and_not_with_one_across() -> None:
    line = SketchStroke(((4, 32), (60, 32)), 2)
    across = SketchStroke(((32, 4), (32, 60)), 2)
    picture = edge(SIZE // 2)[None]
    grid, other = (rasterise([stroke], FRAME, 3) for stroke in (line, across))
    assert grid.sketch is not None
    assert other.sketch is not None
    assert float(hog_agreement(picture, grid.sketch)) > 0.75
    assert float(hog_agreement(picture, other.sketch)) < 0.5
    assert float(hog_agreement(GREY[None], grid.sketch)) < 0.05


def test_handles_are_measured_in_the_plane() -> None:
    places = torch.tensor([[[0.0, 0.0], [3.0, 4.0]]])
    assert handle_distance_px(places, torch.zeros(2, 2)).tolist() == [[0.0, 5.0]]


def test_distances_from_the_start() -> None:
    assert latent_distance(torch.tensor([[1.0, -1.0]]), torch.zeros(2)).tolist() == [1.0]
    assert picture_distance(torch.stack([GREY, WHITE]), GREY).tolist() == [0.0, 0.5]


def test_each_stroke_is_measured_before_and_after() -> None:
    found = measured(torch.stack([-WHITE, WHITE]), colour(255), colour(0, at=(8, 8), width_px=8))
    first, second = (one.measures[COLOUR_ERROR] for one in found.strokes)
    assert (first.before, first.after) == pytest.approx((100, 0), abs=1e-3)
    assert (second.before, second.after) == pytest.approx((0, 100), abs=1e-3)
    mean = found.mean(COLOUR_ERROR)
    assert mean is not None
    assert (mean.before, mean.after) == pytest.approx((50, 50), abs=1e-3)
    assert found.mean(AGREEMENT) is None
    assert found.latent_distance == 0.5
    assert found.picture_distance == 1.0


def test_what_was_painted_over_or_erased_is_not_asked_for() -> None:
    hidden = measured(GREY[None], colour(255), colour(0, width_px=30))
    assert hidden.strokes[0].measures == {}
    assert COLOUR_ERROR in hidden.strokes[1].measures
    eraser = EraseStroke("colour", ((32, 32),), 30)
    assert [one.measures for one in measured(GREY[None], colour(255), eraser).strokes] == [{}, {}]
    other = EraseStroke("sketch", ((32, 32),), 30)
    assert COLOUR_ERROR in measured(GREY[None], colour(255), other).strokes[0].measures


def test_a_stroke_outside_has_no_measure() -> None:
    assert measured(GREY[None], colour(255, at=(500, 500))).strokes[0].measures == {}


def test_kept_pixels_are_compared_with_what_the_stroke_was_drawn_on() -> None:
    keep = KeepStroke(((32, 32),), 20)
    found = measured(torch.stack([WHITE, -WHITE]), keep, drawn_on=WHITE)
    change = found.strokes[0].measures[KEPT_CHANGE]
    assert (change.before, change.after) == pytest.approx((0, 100), abs=1e-3)


def test_a_patch_is_looked_for_where_it_was_dragged_to() -> None:
    patch = PatchDrag(((8, 20), (56, 20), (56, 44), (8, 44)), (0, 8))
    found = measured(torch.stack([edge(16), edge(20)]), patch, drawn_on=edge(16))
    measures = found.strokes[0].measures
    assert measures[COLOUR_ERROR].after == pytest.approx(0, abs=0.1)
    assert measures[COLOUR_ERROR].before > 10
    assert measures[AGREEMENT].after > 0.85


def test_a_dragged_point_is_followed_along_the_path() -> None:
    drag = PointDrag((20, 32), (44, 32), 8)
    path = torch.stack([spot(10 + step, 16) for step in range(9)])
    measures = measured(path, drag).strokes[0].measures
    assert measures[HANDLE_GRID].before == pytest.approx(12)
    assert measures[HANDLE_GRID].after == pytest.approx(4, abs=0.3)
    assert measures[HANDLE_PHOTO].after == pytest.approx(2 * measures[HANDLE_GRID].after, rel=1e-5)


def test_it_is_written_as_plain_numbers() -> None:
    document: dict[str, Any] = measured(torch.stack([GREY, WHITE]), colour(255)).to_json()
    (stroke,) = document["strokes"]
    assert stroke["stroke"] == 1
    assert stroke["brush"] == "colour"
    assert set(stroke[COLOUR_ERROR]) == {"before", "after"}
    assert all(math.isfinite(value) for value in stroke[COLOUR_ERROR].values())
