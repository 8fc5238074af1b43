"""The stroke that the demo draws: across the object, in a colour that it has not."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from serve.photo.photo import Photo

STROKE_HALF_LENGTH_SHARE = 0.12
STROKE_WIDTH_SHARE = 0.14
SMOOTHNESS_WEIGHT = 3.0


def colour_script(
    photo: "Photo", network_size_px: int, others: "npt.NDArray[np.uint8]"
) -> dict[str, Any]:
    """One stroke across a photo's object, in the colour of the others that differs most.

    Args:
        network_size_px: the size at which the others are, and at which the photo is looked at.
        others: pictures of other objects, uint8 (N, S, S, 3).
    """
    import numpy as np

    from serve.photo.frame import PhotoFrame

    frame = PhotoFrame.centre_square(photo, network_size_px)
    crop = frame.crop(photo.as_uint8(3)).astype(np.float64)
    centre = object_centre(crop)
    reach = STROKE_HALF_LENGTH_SHARE * frame.network_size_px
    ends = frame.grid_to_photo(np.add(centre, [[-reach, 0], [reach, 0]]))
    colours = [colour_at(pixels, object_centre(pixels)) for pixels in others.astype(np.float64)]
    colour = max(colours, key=lambda other: chroma_distance(other, colour_at(crop, centre)))
    width_px = STROKE_WIDTH_SHARE * frame.network_size_px * frame.scale_xy[0]
    return {
        "version": 1,
        "settings": {"smoothness_weight": SMOOTHNESS_WEIGHT},
        "constraints": [
            {
                "brush": "colour",
                "points": np.round(ends, 1).tolist(),
                "colour": np.round(colour).tolist(),
                "width_px": round(width_px, 1),
            }
        ],
    }


def object_centre(pixels: "npt.NDArray[np.float64]") -> "npt.NDArray[np.float64]":
    """The middle (x, y) of what stands out from the border's colour in (S, S, 3) pixels."""
    import numpy as np

    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    contrast = np.abs(pixels - np.median(border, axis=0)).sum(axis=2)
    rows, columns = np.nonzero(contrast >= contrast.max() / 4)
    return np.array([np.median(columns), np.median(rows)]) + 0.5


def colour_at(
    pixels: "npt.NDArray[np.float64]", centre: "npt.NDArray[np.float64]", radius_px: int = 3
) -> "npt.NDArray[np.float64]":
    """The median colour (3,) around a point (x, y) of (S, S, 3) pixels."""
    import numpy as np

    x, y = np.clip(centre.astype(int), radius_px, len(pixels) - radius_px - 1)
    patch = pixels[y - radius_px : y + radius_px + 1, x - radius_px : x + radius_px + 1]
    return np.median(patch, axis=(0, 1))


def chroma_distance(colour: "npt.NDArray[np.float64]", other: "npt.NDArray[np.float64]") -> float:
    """How far two RGB colours (3,) are apart, their lightness left out."""
    difference = colour - other
    return float(((difference - difference.mean()) ** 2).sum())
