import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from serve.errors import EditError
from serve.latent.constraints.pictures import ColourPicture, SketchPicture
from serve.latent.fields import Fields
from serve.photo.frame import PhotoFrame

FRAME = PhotoFrame(80, 80, (0.0, 0.0, 80.0, 80.0), 8)
WHOLE = (0.0, 0.0, 80.0, 80.0)


def painted(width: int = 8, height: int = 8) -> np.ndarray:
    """Red on the left half, green and half clear on the upper right quarter, clear below it."""
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[:, : width // 2] = (255, 0, 0, 255)
    pixels[: height // 2, width // 2 :] = (0, 255, 0, 51)
    return pixels


@pytest.mark.parametrize("factor", [1, 2, 5])
def test_a_picture_over_the_frame_marks_its_own_pixels(factor: int) -> None:
    pixels = painted().repeat(factor, 0).repeat(factor, 1)
    picture = ColourPicture.from_pixels(pixels, WHOLE)
    marks = picture.marks(FRAME)
    np.testing.assert_allclose(marks[:, :4], 1)
    np.testing.assert_allclose(marks[:4, 4:], 0.2)
    np.testing.assert_allclose(marks[4:, 4:], 0)
    colours = picture.colours(FRAME, 3)
    np.testing.assert_allclose(colours[:, 0, 0], [1, -1, -1])
    np.testing.assert_allclose(colours[:, 0, 7], [-1, 1, -1])


def test_a_pixel_on_the_border_is_marked_in_part_and_keeps_its_colour() -> None:
    picture = ColourPicture.from_pixels(painted(), (4.0, 0.0, 84.0, 80.0))
    marks = picture.marks(FRAME)
    np.testing.assert_allclose(marks[:, 0], 0.6)
    np.testing.assert_allclose(picture.colours(FRAME, 3)[:, 5, 0], [1, -1, -1])


def test_one_channel_gets_the_luma() -> None:
    picture = ColourPicture.from_pixels(painted(), WHOLE)
    np.testing.assert_allclose(picture.colours(FRAME, 1)[:, 0, 0], [2 * 0.299 - 1], atol=1e-6)


@pytest.mark.parametrize("box", [(100.0, 0.0, 180.0, 80.0), (-1e6, -1e6, -9e5, -9e5)])
def test_beside_the_frame_nothing_is_marked(box: tuple[float, float, float, float]) -> None:
    picture = ColourPicture.from_pixels(painted(), box)
    assert not picture.marks(FRAME).any()
    assert np.isfinite(picture.colours(FRAME, 3)).all()


@pytest.mark.parametrize("box", [(40.0, 40.0, 40.000001, 40.000001), (-1e6, -1e6, 1e6, 1e6)])
def test_any_size_of_box_is_drawn(box: tuple[float, float, float, float]) -> None:
    picture = SketchPicture.from_pixels(np.full((1, 2, 1), [[[100], [120]]], np.uint8), box)
    assert np.isfinite(picture.marks(FRAME)).all()
    assert 0 <= picture.marks(FRAME).max() <= 120 / 255


def test_the_mean_is_exact() -> None:
    lines = np.random.default_rng(0).integers(0, 120, (24, 40, 1), np.uint8)
    marks = SketchPicture.from_pixels(lines, WHOLE).marks(FRAME)
    np.testing.assert_allclose(marks, lines.reshape(8, 3, 8, 5).mean((1, 3)) / 255)


@pytest.mark.parametrize("kind", [ColourPicture, SketchPicture])
def test_a_picture_survives_json(kind: type) -> None:
    pixels = painted()
    pixels[:, :4] = (90, 0, 0, 255)
    picture = kind.from_pixels(pixels, (1.0, 2.0, 3.0, 4.5), 0.5)
    document = json.loads(json.dumps(picture.to_json()))
    assert document.pop("brush") == kind.brush
    again = kind.from_fields(Fields(document, "stroke 1"))
    assert again == picture
    np.testing.assert_array_equal(again.pixels, picture.pixels)


def png(pixels: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.mark.parametrize(
    ("kind", "text", "box", "sentence"),
    [
        (ColourPicture, "no base64!", WHOLE, "'png' is not base64"),
        (ColourPicture, base64.b64encode(b"no picture").decode(), WHOLE, "'png' is not"),
        (ColourPicture, png(painted()), (0, 0, 0, 8), "'box' is empty"),
        (ColourPicture, png(painted()), (0, 0, float("nan"), 8), "'box' must be four numbers"),
        (ColourPicture, png(painted(1025, 1)), WHOLE, "1025 x 1 pixels, above 1024"),
        (SketchPicture, png(np.full((2, 2, 4), 255, np.uint8)), WHOLE, "mostly white"),
    ],
)
def test_what_is_no_picture_is_refused(kind: type, text: str, box: tuple, sentence: str) -> None:
    with pytest.raises(EditError, match=sentence):
        kind(text, box)


def test_pictures_that_ask_for_nothing_are_refused() -> None:
    with pytest.raises(EditError, match="clear everywhere"):
        ColourPicture.from_pixels(np.zeros((2, 2, 4), np.uint8), WHOLE)
    with pytest.raises(EditError, match="black everywhere"):
        SketchPicture.from_pixels(np.zeros((2, 2, 1), np.uint8), WHOLE)
