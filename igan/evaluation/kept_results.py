"""What a long measurement has found so far, kept so that one that was stopped goes on."""

import json
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from igan.errors import BadInputError
from serve.staging import staged_file

Arrays = Mapping[str, npt.NDArray[Any]]


class KeptResults:
    """The parts of one measurement, each in a file of its own.

    Args:
        folder: made where it is not there; None keeps nothing.
        measurement: what is measured and how, as JSON, so that parts are not taken for those of
            another.

    Raises:
        BadInputError: the folder holds another measurement, or something else.
    """

    def __init__(self, folder: Path | None, measurement: Mapping[str, Any]) -> None:
        self._folder = folder
        if folder is None:
            return
        description = json.dumps(measurement, indent=2, sort_keys=True) + "\n"
        file = folder / "measurement.json"
        if file.is_file():
            is_this_one = file.read_text(encoding="utf-8") == description
        else:
            is_this_one = not folder.exists() or not any(folder.iterdir())
        if not is_this_one:
            raise BadInputError(
                f"{folder} does not hold results of this very measurement; give the options it was "
                "begun with, or name another folder."
            )
        with staged_file(file) as staged:
            staged.write_text(description, encoding="utf-8")

    def part(self, name: str, measure: Callable[[], Arrays]) -> Arrays:
        """The named part as it was kept, or else as it is measured now."""
        if self._folder is None:
            return measure()
        if not self._is_kept(name):
            found = measure()
            with staged_file(self._file(name)) as staged:
                np.savez(staged, **found)  # type: ignore[arg-type]
        with np.load(self._file(name), allow_pickle=False) as kept:
            return dict(kept)

    def parts(
        self, measures: Mapping[str, Callable[[], Arrays]], deadline: float = math.inf
    ) -> list[Arrays]:
        """The named parts in order, until one would have to be begun after `deadline`.

        Args:
            deadline: on `time.monotonic`.
        """
        found = []
        for name, measure in measures.items():
            if not self._is_kept(name) and time.monotonic() >= deadline:
                break
            found.append(self.part(name, measure))
        return found

    def _is_kept(self, name: str) -> bool:
        return self._folder is not None and self._file(name).is_file()

    def _file(self, name: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{name}.npz"
