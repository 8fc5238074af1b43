import numpy as np

from igan.cli.demo.strokes import chroma_distance, colour_script, object_centre
from serve.latent import edit_from_json
from serve.photo.photo import Photo


def test_the_stroke_goes_through_the_middle_of_the_object() -> None:
    pixels = np.full((64, 64, 3), 240.0)
    pixels[30:50, 10:40] = (120, 60, 20)
    np.testing.assert_allclose(object_centre(pixels), (25, 40), atol=1)


def test_the_colour_is_that_of_the_others_which_differs_most_and_the_script_is_an_edit() -> None:
    def block(*colour: int) -> np.ndarray:
        pixels = np.full((64, 64, 3), 240, np.uint8)
        pixels[20:50, 10:54] = colour
        return pixels

    large = block(120, 60, 20).repeat(4, axis=0).repeat(4, axis=1)
    script = colour_script(Photo(large), 64, np.stack([block(118, 66, 30), block(30, 60, 190)]))
    (stroke,) = edit_from_json(script).constraints
    np.testing.assert_allclose(stroke.colour, (30, 60, 190), atol=1)
    np.testing.assert_allclose(np.mean(stroke.points, axis=0), (128, 140), atol=8)


def test_lightness_is_no_difference_of_colour() -> None:
    grey, lighter, red = np.array([[90.0] * 3, [200.0] * 3, [200.0, 90, 90]])
    assert chroma_distance(grey, lighter) == 0
    assert chroma_distance(grey, red) > 0
