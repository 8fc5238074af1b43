"""From the JSON file that a part has written to its figures."""

from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import numpy as np

from igan.evaluation.bootstrap import median_interval
from igan.evaluation.realism_figures import TRAINING_PHOTOS
from igan.evaluation.suite.figure import Better, Figure, Interval

Document = dict[str, Any]

OF_METHODS: tuple[tuple[str, str, str, Better, str], ...] = (
    ("loss", "loss", "interval", "lower", ""),
    ("PSNR", "psnr_db", "psnr_interval_db", "higher", "dB"),
    ("SSIM", "ssim", "ssim_interval", "higher", ""),
    ("perceptual distance", "perceptual", "perceptual_interval", "lower", ""),
)
OF_SAMPLES: tuple[tuple[str, str, Better], ...] = (
    ("KID", "kid", "lower"),
    ("FID", "fid", "lower"),
    ("precision", "precision", "higher"),
    ("recall", "recall", "higher"),
)
OF_SCRIPTS: Mapping[str, tuple[str, Better, str]] = {
    "colour_error_lab": ("colour error", "lower", "CIELAB"),
    "hog_agreement": ("agreement of edges", "higher", ""),
    "kept_change_lab": ("change of what is kept", "lower", "CIELAB"),
    "handle_distance_grid_px": ("way to the target", "lower", "px"),
}
OF_DISTANCES = (
    ("latent_distance", "move of the latent"),
    ("picture_distance", "change of the picture"),
)
OF_TRANSFER: tuple[tuple[str, str, Better | None], ...] = (
    ("texture kept by shape", "texture_shape", None),
    ("texture kept by colour", "texture_colour", None),
    ("texture of the enlarged generator", "texture_generator", None),
    ("motion that arrives", "motion_correlation", "higher"),
    ("colour that arrives", "colour_correlation", "higher"),
)


def read_reconstruction(document: Document) -> list[Figure]:
    figures = [
        Figure(f"{row['method']}: {title}", row[key], _pair(row[interval]), better, unit)
        for row in document["methods"]
        for title, key, interval, better, unit in OF_METHODS
    ]
    return figures + [
        Figure(f"loss of {row['of']} / {row['to']}", row["ratio"], _pair(row["interval"]))
        for row in document["ratios"]
    ]


def read_realism(document: Document) -> list[Figure]:
    """Of the samples, and what photos reach, which no model can be asked to beat."""
    return [
        Figure(
            f"{row['space']}: {title}" + (" of photos" if of_photos else ""),
            row[key],
            _pair(row[f"{key}_interval"]),
            None if of_photos else better,
        )
        for row in document["figures"]
        for of_photos in (row["source"] == TRAINING_PHOTOS,)
        for title, key, better in OF_SAMPLES
        if row[key] is not None
    ]


def read_neighbours(document: Document) -> list[Figure]:
    """None of which can be better: a model that repeats its photos is near, a bad one far."""
    row = document["figures"]
    return [
        Figure("distance of samples", row["samples"], _pair(row["samples_interval"])),
        Figure("distance of held-out photos", row["held_out"], _pair(row["held_out_interval"])),
        Figure("pairs in which the sample is nearer", row["nearer"], _pair(row["nearer_interval"])),
    ]


def read_scripts(document: Document) -> list[Figure]:
    figures = []
    for row in document["scripts"]:
        name = row["script"]
        for key, measure in row["measures"].items():
            if key in OF_SCRIPTS:
                title, better, unit = OF_SCRIPTS[key]
                for when, judged in (("before", None), ("after", better)):
                    interval = _pair(measure[f"{when}_interval"])
                    title_then = f"{name}: {title} {when}"
                    figures.append(Figure(title_then, measure[when], interval, judged, unit))
        for key, title in OF_DISTANCES:
            interval = _pair(row[f"{key}_interval"])
            figures.append(Figure(f"{name}: {title}", row[key], interval, "lower"))
    return figures


def read_transfer(document: Document) -> list[Figure]:
    figures = []
    for title, key, better in OF_TRANSFER:
        values = [row[key] for row in document["photos"] if row[key] is not None]
        value = median(values) if values else None
        interval = median_interval(np.array(values)) if values else None
        figures.append(Figure(title, value, interval, better))
    return figures


def read_alignment(document: Document) -> list[Figure]:
    return [
        Figure(row["method"], row["end_point_error_px"], _pair(row["interval"]), "lower", "px")
        for row in document["rows"]
        if row["bin"] == "all"
    ]


def read_speed(document: Document) -> list[Figure]:
    figures = [
        Figure(row["work"], row["median_ms"], _pair(row["interval_ms"]), "lower", "ms")
        for row in document["latencies"]
    ]
    memory = document["memory"]
    return figures + [
        Figure(f"memory {when}", memory[f"{key}_mib"], None, "lower", "MiB")
        for when, key in (("with the bundle loaded", "loaded"), ("at most", "peak"))
    ]


READERS: Mapping[str, Callable[[Document], list[Figure]]] = {
    "reconstruction": read_reconstruction,
    "realism": read_realism,
    "neighbours": read_neighbours,
    "scripts": read_scripts,
    "transfer": read_transfer,
    "alignment": read_alignment,
    "speed": read_speed,
}
"""By the name of the part."""


def _pair(interval: list[float] | None) -> Interval | None:
    return None if interval is None else (interval[0], interval[1])
