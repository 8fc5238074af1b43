import numpy as np
import pytest
import torch
from torch import Tensor

from serve.latent.constraints import (
    ColourPicture,
    ColourStroke,
    Constraint,
    EraseStroke,
    KeepStroke,
    PatchDrag,
    PointDrag,
    SketchPicture,
    SketchStroke,
)
from serve.latent.hog import hog
from serve.latent.raster import GridConstraints, rasterise, stroke_coverage
from serve.photo.frame import PhotoFrame

RED, BLUE = (255, 0, 0), (0, 0, 255)
FRAME = PhotoFrame(256, 256, (0, 0, 256, 256), 64)
SQUARE = ((40, 80), (104, 80), (104, 144), (40, 144))


def picture(seed: int = 0, channels: int = 3) -> Tensor:
    """Noise without the finest frequencies."""
    noise = torch.rand(1, channels, 16, 16, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    return torch.nn.functional.interpolate(noise, 64, mode="bilinear")[0]


def drawn(*constraints: Constraint, channels: int = 3) -> GridConstraints:
    return rasterise(constraints, FRAME, channels, picture(channels=channels))


def test_nothing_drawn_asks_for_nothing() -> None:
    assert rasterise([], FRAME, 3).empty
    assert drawn(ColourStroke(((500, 500),), RED, 40)).empty
    assert drawn(SketchStroke(((500, 500),), 40)).empty
    assert drawn(PatchDrag(SQUARE, (1000, 0))).empty
    assert not drawn(PointDrag((1, 2), (3, 4), 5)).empty


def test_later_strokes_lie_over_earlier_ones() -> None:
    under = ColourStroke(((60, 128), (200, 128)), RED, 60, strength=1.0)
    over = ColourStroke(((128, 60), (128, 200)), BLUE, 60, strength=0.25)
    marked = rasterise([under, over], FRAME, 3).colour
    assert marked is not None
    assert marked.colour[:, 32, 32].tolist() == [-1.0, -1.0, 1.0]
    assert marked.weight[32, 32] == 0.25
    assert marked.colour[:, 32, 18].tolist() == [1.0, -1.0, -1.0]
    assert marked.weight[32, 18] == 1.0
    assert marked.coverage[32, 32] == 1
    assert marked.coverage[2, 2] == 0
    assert torch.equal(marked.colour[:, 2, 2], torch.zeros(3))


def test_a_partly_covered_pixel_has_the_full_colour_of_its_stroke() -> None:
    marked = rasterise([ColourStroke(((128, 128),), RED, 50)], FRAME, 3).colour
    assert marked is not None
    partly = (marked.coverage > 0) & (marked.coverage < 1)
    assert partly.sum() > 10
    expected = torch.tensor([1.0, -1.0, -1.0])[:, None].expand(3, int(partly.sum()))
    torch.testing.assert_close(marked.colour[:, partly], expected)


def test_one_channel_models_are_asked_for_the_luma() -> None:
    marked = rasterise([ColourStroke(((128, 128),), (255, 255, 0), 50)], FRAME, 1).colour
    assert marked is not None
    assert marked.colour.shape == (1, 64, 64)
    assert marked.colour[0, 32, 32].item() == pytest.approx(2 * 0.886 - 1)


@pytest.mark.parametrize("brush", ["colour", "sketch", "keep"])
def test_the_eraser_takes_what_was_drawn_before_it_and_of_its_brush_alone(brush: str) -> None:
    strokes: dict[str, Constraint] = {
        "colour": ColourStroke(((60, 128), (200, 128)), RED, 30),
        "sketch": SketchStroke(((60, 128), (200, 128)), 5),
        "keep": KeepStroke(((60, 128), (200, 128)), 30),
    }
    eraser = EraseStroke(brush, ((-100, 128), (60, 128)), 100)  # type: ignore[arg-type]
    plain, erased = drawn(*strokes.values()), drawn(*strokes.values(), eraser)
    for name in strokes:
        before, after = getattr(plain, name), getattr(erased, name)
        if name != brush:
            assert torch.equal(before.weight, after.weight)
            continue
        count = after.weight.shape[-1]
        assert before.weight[:, : count // 4].any()
        assert not after.weight[:, : count // 4].any()
        assert torch.equal(after.weight[:, count // 2 :], before.weight[:, count // 2 :])
    assert drawn(eraser, strokes[brush]).empty is False
    everything = EraseStroke(brush, ((128, 128),), 500)  # type: ignore[arg-type]
    assert drawn(strokes[brush], everything).empty


def test_half_an_eraser_leaves_half() -> None:
    stroke = ColourStroke(((-100, 128), (400, 128)), RED, 80)
    eraser = EraseStroke("colour", ((-100, 91), (400, 91)), 36)
    marked = drawn(stroke, eraser).colour
    assert marked is not None
    shares = (1 - stroke_coverage(eraser, FRAME)) * stroke_coverage(stroke, FRAME)
    torch.testing.assert_close(marked.coverage, torch.from_numpy(shares).float())
    assert ((marked.coverage > 0) & (marked.coverage < 1)).any()


def test_what_is_erased_again_and_again_is_gone() -> None:
    stroke = ColourStroke(((-100, 128), (400, 128)), RED, 8)
    edge = EraseStroke("colour", ((-100, 90), (400, 90)), 71)
    assert not drawn(stroke, edge).empty
    assert drawn(stroke, *[edge, EraseStroke("colour", ((-100, 166), (400, 166)), 71)] * 40).empty


def test_the_rest_of_an_erased_stroke_counts_less() -> None:
    strokes: dict[str, Constraint] = {
        "colour": ColourStroke(((130, 130),), RED, 4),
        "sketch": SketchStroke(((130, 130),), 4),
    }
    for brush, stroke in strokes.items():
        eraser = EraseStroke(brush, ((80, 130),), 101)  # type: ignore[arg-type]
        whole, rest = (getattr(drawn(*some), brush) for some in ((stroke,), (stroke, eraser)))
        assert 0 < rest.coverage.sum() < 0.5 * whole.coverage.sum()
        assert 0 < rest.shares.sum() < 0.6 * whole.shares.sum()


def test_keep_strokes_remember_the_picture_they_were_drawn_on() -> None:
    strokes = [KeepStroke(((60, 60),), 40), KeepStroke(((180, 180),), 40, 0.5)]
    kept = rasterise(strokes, FRAME, 3, [picture(1), picture(2)]).keep
    assert kept is not None
    torch.testing.assert_close(kept.colour[:, 15, 15], picture(1)[:, 15, 15])
    torch.testing.assert_close(kept.colour[:, 45, 45], picture(2)[:, 45, 45])
    assert kept.weight[45, 45] == 0.5


def test_a_dragged_patch_is_seen_where_it_was_dragged_to() -> None:
    warp = drawn(PatchDrag(SQUARE, (80, -40), 0.5)).warp
    assert warp is not None
    marked = warp.colour.coverage > 0
    assert marked.sum() == 16 * 16
    assert marked[10:26, 30:46].all()
    shown = picture()[:, 20:36, 10:26]
    torch.testing.assert_close(warp.colour.colour[:, 10:26, 30:46], shown, atol=1e-5, rtol=0)
    assert torch.equal(warp.colour.weight, 0.5 * warp.colour.coverage)


def test_half_a_pixel_is_between_two() -> None:
    warp = drawn(PatchDrag(SQUARE, (2, 0))).warp
    assert warp is not None
    between = (picture()[:, 20:36, 10:25] + picture()[:, 20:36, 11:26]) / 2
    torch.testing.assert_close(warp.colour.colour[:, 20:36, 11:26], between, atol=1e-5, rtol=0)


def test_what_the_picture_does_not_show_cannot_be_dragged_in() -> None:
    warp = drawn(PatchDrag(((-64, 80), (64, 80), (64, 144), (-64, 144)), (64, 0))).warp
    assert warp is not None
    assert not warp.colour.coverage[:, :16].any()
    assert warp.colour.coverage[20:36, 16:32].all()


def test_several_drags_combine_the_later_over_the_earlier() -> None:
    first, second = PatchDrag(SQUARE, (80, 0)), PatchDrag(SQUARE, (112, 0))
    warp, alone = drawn(first, second).warp, drawn(second).warp
    assert warp is not None
    assert alone is not None
    assert warp.colour.coverage[20:36, 30:54].all()
    over = (slice(None), slice(20, 36), slice(38, 54))
    assert torch.equal(warp.colour.colour[over], alone.colour.colour[over])
    torch.testing.assert_close(
        warp.colour.colour[:, 20:36, 30:38], picture()[:, 20:36, 10:18], atol=1e-5, rtol=0
    )


def test_a_patch_that_was_not_moved_is_satisfied() -> None:
    warp = drawn(PatchDrag(SQUARE, (0, 0))).warp
    assert warp is not None
    found = hog(picture()[None], warp.sketch.mask)[0]
    torch.testing.assert_close(found, warp.sketch.target, atol=1e-5, rtol=1e-4)


def test_the_seam_between_two_patches_is_no_edge() -> None:
    """A flat grey and a flat white patch side by side; there is an edge in the composite alone."""
    flat = torch.zeros(3, 64, 64)
    flat[:, :, 32:] = 1
    grey, white = (
        ((16, 80), (80, 80), (80, 144), (16, 144)),
        ((176, 80), (240, 80), (240, 144), (176, 144)),
    )
    drags = [PatchDrag(grey, (40, 0)), PatchDrag(white, (-56, 0))]
    warp = rasterise(drags, FRAME, 3, flat).warp
    assert warp is not None
    assert warp.colour.colour[0, 28, 29] == 0
    assert warp.colour.colour[0, 28, 30] == 1
    assert warp.sketch.target.abs().max() < 1e-3


def test_a_patch_needs_the_picture() -> None:
    with pytest.raises(ValueError, match="patch constraint needs the picture"):
        rasterise([PatchDrag(SQUARE, (1, 1))], FRAME, 3)
    with pytest.raises(ValueError, match="keep constraint needs the picture"):
        rasterise([KeepStroke(((1, 1),), 5)], FRAME, 3)
    with pytest.raises(ValueError, match="2 pictures for 1 constraints"):
        rasterise([KeepStroke(((1, 1),), 5)], FRAME, 3, [picture(), picture()])


def test_a_sketched_line_asks_for_its_own_direction() -> None:
    """An upright line has a level gradient, orientation 0; a level one orientation 4."""
    for points, orientation in ((((128, 30), (128, 230)), 0), (((30, 128), (230, 128)), 4)):
        sketch = drawn(SketchStroke(points, 5)).sketch
        assert sketch is not None
        rows, columns = sketch.coverage.gt(0.05).nonzero().T
        assert len(rows) > 10
        assert (sketch.target[:, rows, columns].argmax(0) == orientation).all()


def test_wider_pens_say_less_precisely_where_the_same_edge_is() -> None:
    fine, wide = (drawn(SketchStroke(((128, 30), (128, 230)), width)).sketch for width in (4, 48))
    assert fine is not None
    assert wide is not None
    assert torch.equal(fine.coverage, wide.coverage)
    assert wide.mask.sum() > 2 * fine.mask.sum()
    assert 0.9 < fine.mask[30, 31] <= 1
    assert fine.mask[30, 45] < 1e-4


def test_sketch_models_are_shown_the_line_itself() -> None:
    stroke = SketchStroke(((128, 30), (128, 230)), 48)
    sketch = drawn(stroke, channels=1).sketch
    assert sketch is not None
    ink = torch.tensor(stroke_coverage(stroke, FRAME)).float()
    line = (1 - 2 * ink)[None, None]
    torch.testing.assert_close(hog(line, sketch.mask)[0], sketch.target)


def test_strength_scales_the_weight_of_a_sketch() -> None:
    full = drawn(SketchStroke(((128, 30), (128, 230)), 5)).sketch
    half = drawn(SketchStroke(((128, 30), (128, 230)), 5, 0.5)).sketch
    assert full is not None
    assert half is not None
    assert torch.equal(half.target, full.target)
    torch.testing.assert_close(half.weight, full.weight / 2)


def test_point_drags_are_on_the_grid() -> None:
    squeezed = PhotoFrame(256, 256, (0, 64, 256, 192), 64)
    drags = [PointDrag((128, 128), (0, 64), 8, 0.5), PointDrag((-4, 500), (2, 2), 16)]
    handles = rasterise(drags, squeezed, 3).handles
    assert handles is not None
    assert handles.sources.tolist() == [[32, 32], [-1, 218]]
    assert handles.targets.tolist() == [[0, 0], [0.5, -31]]
    assert handles.radii_px.tolist() == [4, 8]
    assert handles.strengths.tolist() == [0.5, 1]


def test_a_painted_picture_marks_its_pixels() -> None:
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0] = (255, 0, 0, 255)
    marked = drawn(ColourPicture.from_pixels(pixels, (0, 0, 128, 128), 0.5)).colour
    assert marked is not None
    assert marked.coverage[:16, :16].min() == 1
    assert marked.coverage.sum() == 256
    assert marked.colour[:, 3, 3].tolist() == [1, -1, -1]
    assert marked.weight[3, 3] == 0.5


def test_a_drawing_asks_for_its_lines_however_fine() -> None:
    """One column of 256 is a quarter of a network pixel."""
    pixels = np.zeros((256, 256, 1), np.uint8)
    pixels[:, 129] = 255
    sketch = drawn(SketchPicture.from_pixels(pixels, (0, 0, 256, 256))).sketch
    stroke = drawn(SketchStroke(((130, -10), (130, 270)), 1)).sketch
    assert sketch is not None
    assert stroke is not None
    torch.testing.assert_close(sketch.target, stroke.target, atol=0.02, rtol=0)
