"""Random edit scripts, some of them whole, most of them spoilt in one place or more."""

import copy
import json
import random
from typing import Any

from serve.latent.constraints.pictures import ColourPicture, SketchPicture

HOSTILE: tuple[Any, ...] = (
    None,
    True,
    "",
    "colour",
    [],
    {},
    0,
    -1,
    1e-12,
    -3.5,
    2.5,
    1e6,
    1e7,
    -1e300,
    10**25,
    float("nan"),
    float("inf"),
    [1e5, -1e5],
    [[0, 0]],
    [float("nan"), 1],
)
SETTINGS: dict[str, Any] = {
    "smoothness_weight": 0.5,
    "keep_weight": 2,
    "sketch_weight": 0.3,
    "handle_weight": 0,
    "learning_rate": 0.3,
    "frames": 2,
    "path": "spherical",
    "amount": 1.7,
    "candidates": 2,
    "diversity": 0.9,
}


def random_script(seed: int, size_px: int) -> dict[str, Any]:
    """A whole script for a photo of about `size_px`; strokes may leave it, or be thin as dust."""
    draw = random.Random(seed)
    strokes = [_stroke(draw, size_px) for _ in range(draw.randrange(5))]
    document: dict[str, Any] = {"version": 1, "seed": draw.randrange(9), "constraints": strokes}
    chosen = draw.sample(sorted(SETTINGS), draw.randrange(4))
    document["settings"] = {name: SETTINGS[name] for name in chosen}
    if draw.random() < 0.3:
        document["directions"] = [{"direction": 1, "amount": draw.uniform(-9, 9)}]
    if draw.random() < 0.3:
        pick: dict[str, Any] = {"after": draw.randrange(len(strokes) + 1)}
        if draw.random() < 0.5:
            pick["candidate"] = 1
        document["picks"] = [pick]
    return document


def spoilt(document: dict[str, Any], seed: int) -> dict[str, Any]:
    """The script with one to three values replaced, taken away or added."""
    draw = random.Random(seed)
    document = copy.deepcopy(document)
    for _ in range(draw.randrange(1, 4)):
        holder, key = draw.choice(places(document))
        if draw.random() < 0.15 and isinstance(holder, dict):
            holder[draw.choice(["brush", "unheard_of", "width"])] = draw.choice(HOSTILE)
        elif draw.random() < 0.15:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(draw.choice(HOSTILE))
        if not document.get("constraints"):
            break
    return document


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in the document, as what holds it and its key there."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    found = [(value, key) for key in keys]
    for key in keys:
        if isinstance(value[key], dict | list):
            found += places(value[key])
    return found


def _stroke(draw: random.Random, size_px: int) -> dict[str, Any]:
    def point() -> list[float]:
        reach = draw.choice([1.0, 1.0, 1.5, 1e4])
        return [draw.uniform(-0.2, 1.2) * size_px * reach for _ in range(2)]

    def line(least: int = 1) -> list[list[float]]:
        return [point() for _ in range(draw.randrange(least, least + 4))]

    width_px = draw.choice([1e-9, 0.5, 3, 20, 1e6])
    box = [-5.0, 0.25 * size_px, draw.choice([0.5, 1.0, 9e5]) * size_px, 1.5 * size_px]
    box = [min(edge, 1e6) for edge in box]
    stroke: dict[str, Any] = draw.choice(
        [
            {
                "brush": "colour",
                "points": line(),
                "colour": [draw.uniform(0, 255) for _ in range(3)],
                "width_px": width_px,
            },
            {"brush": "sketch", "points": line(), "width_px": width_px},
            {"brush": "keep", "points": line(), "width_px": width_px},
            {
                "brush": "erase",
                "of": draw.choice(["colour", "sketch", "keep"]),
                "points": line(),
                "width_px": width_px,
            },
            {"brush": "patch", "outline": line(3), "move": point()},
            {"brush": "point", "handle": point(), "target": point(), "radius_px": width_px},
            {"brush": ColourPicture.brush, "png": _png(draw, 4), "box": box},
            {"brush": SketchPicture.brush, "png": _png(draw, 1), "box": box},
        ]
    )
    if draw.random() < 0.5 and stroke["brush"] != "erase":
        stroke["strength"] = draw.uniform(1e-3, 1)
    return stroke


def _png(draw: random.Random, channels: int) -> str:
    import numpy as np

    pixels = np.array([draw.randrange(100) for _ in range(6 * 5 * channels)], np.uint8).reshape(
        6, 5, channels
    )
    kind = ColourPicture if channels == 4 else SketchPicture
    return kind.from_pixels(pixels, (0.0, 0.0, 1.0, 1.0)).png


def as_text(document: dict[str, Any]) -> str:
    """As a file holds it, NaN and Infinity included."""
    return json.dumps(document)
