"""The curves of a run, read back from its CSV files."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from igan.run_folder import RunFolder

STEP = "step"
CHOSEN_BY = "realism/kid_hog_colour"
"""The best checkpoint has the lowest of this: a measure that no network is trained on."""


class Curve(NamedTuple):
    """One metric of a run.

    Attributes:
        images_seen: int64 (N,), ascending.
        values: float64 (N,).
    """

    images_seen: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]


def read_curves(run: RunFolder) -> dict[str, Curve]:
    """All metrics of a run by name, over all its starts.

    Where a run went on from an earlier checkpoint, the later values replace those after it.
    """
    found: dict[str, dict[int, float]] = {}
    for file in _files(run.metrics):
        first = True
        for images_seen, name, value in _values(file):
            if first:
                first = False
                for earlier in found.values():
                    for later in [step for step in earlier if step >= images_seen]:
                        del earlier[later]
            found.setdefault(name, {})[images_seen] = value
    return {
        name: Curve(
            np.array(sorted(points), np.int64),
            np.array([points[step] for step in sorted(points)], np.float64),
        )
        for name, points in found.items()
        if points
    }


def _files(metrics: Path) -> list[Path]:
    """The CSV file of each start, oldest first."""
    return sorted(metrics.glob("version_*/metrics.csv"), key=lambda path: int(path.parent.name[8:]))


def _values(file: Path) -> Iterator[tuple[int, str, float]]:
    with file.open(newline="") as stream:
        for row in csv.DictReader(stream):
            for name, value in row.items():
                if name != STEP and value:
                    yield int(float(row[STEP])), name, float(value)
