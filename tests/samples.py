"""A folder of sample pictures with a plan of the gallery, for the tests of what shows them."""

import json
from pathlib import Path

import numpy as np

from serve.photo.photo import Photo, write_photo

SCRIPT = {
    "version": 1,
    "settings": {"iterations": 2, "frames": 2},
    "constraints": [
        {"brush": "colour", "points": [[40, 40], [60, 60]], "colour": [200, 30, 30], "width_px": 20}
    ],
}
PLAN = [
    {
        "category": "shoes",
        "bundles": ["shoes"],
        "frame": "whole",
        "edits": [{"title": "A red disc", "sample": "disc", "script": "disc-red.json"}],
        "transformations": [{"sample": "disc", "like": "ring"}],
    }
]


def sample_folder(folder: Path) -> Path:
    """Two samples of shoes, which are a disc and a ring, and one of the outdoors."""
    folder.mkdir()
    radius = np.hypot(*np.mgrid[-50:50, -50:50])
    shapes = {"disc": radius < 30, "ring": (radius < 40) & (radius > 20), "hill": radius < 10}
    listed = []
    for name, shape in shapes.items():
        pixels = np.uint8(60 + 150 * shape)[..., None].repeat(3, axis=2)
        write_photo(Photo(pixels), folder / f"{name}.png")
        listed.append(
            {
                "name": name,
                "file": f"{name}.png",
                "title": f"A {name}",
                "category": "outdoor" if name == "hill" else "shoes",
                "author": "somebody",
                "licence": "CC0",
                "origin": "drawn here",
            }
        )
    for name, document in (
        ("samples.json", listed),
        ("gallery.json", PLAN),
        ("disc-red.json", SCRIPT),
    ):
        (folder / name).write_text(json.dumps(document))
    return folder
