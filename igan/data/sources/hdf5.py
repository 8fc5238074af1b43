"""HDF5 files in the layout of Fuel, which the paper's authors trained on and published.

The released sets (github.com/junyanz/iGAN, `church_64.hdf5`, `sketch_shoes_64.hdf5`...) hold
`imgs`, uint8 N x H x W x C; Fuel's own sets hold `features`, uint8 N x C x H x W. Both say in the
attribute `split` which rows are for training and which for testing. Sketches, of one channel, were
released as light lines on black (`create_hdf5.py`); they are read as dark lines on white.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from igan.data.sources.photo_source import PhotoSource, SourceFile, UnreadableFileError
from igan.data.sources.source_options import NO_OPTIONS, SourceOptions
from igan.data.split import Split
from igan.errors import SourceError

if TYPE_CHECKING:
    import h5py
    import numpy as np

AUTHORS_NAME, FUEL_NAME = "imgs", "features"
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_SPLITS: dict[str, Split] = {"train": "train", "valid": "test", "test": "test"}
_CHANNELS = (1, 3)


class Hdf5Source(PhotoSource):
    """Reads the rows of one HDF5 file, those of each split in their order."""

    kind = "hdf5"

    def __init__(self, path: Path, options: SourceOptions = NO_OPTIONS) -> None:
        self.path = path
        self.name = path.name

    @staticmethod
    def lies_at(path: Path) -> bool:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(_SIGNATURE)) == _SIGNATURE

    def count(self) -> int:
        with self._opened() as file:
            pictures = self._pictures(file)
            return sum(len(rows) for _, rows in _rows_of_splits(file, pictures, self.path))

    def files(self) -> Iterator[SourceFile]:
        file = self._opened()  # stays open as long as a picture of it can be loaded
        pictures = self._pictures(file)
        for split, rows in _rows_of_splits(file, pictures, self.path):
            for row in rows:
                load = partial(_read, pictures, int(row))
                yield SourceFile(f"{pictures.name.lstrip('/')}/{row}", load, split)

    def _opened(self) -> "h5py.File":
        try:
            import h5py
        except ModuleNotFoundError as error:
            raise SourceError(
                f"{self.path} is an HDF5 file, which needs the package h5py; install it with "
                "`pip install h5py`."
            ) from error
        try:
            return h5py.File(self.path, "r")
        except OSError as error:
            raise SourceError(
                f"{self.path} cannot be read as an HDF5 file; download it again."
            ) from error

    def _pictures(self, file: "h5py.File") -> "h5py.Dataset":
        import h5py

        for name in (AUTHORS_NAME, FUEL_NAME):
            pictures = file.get(name)
            if isinstance(pictures, h5py.Dataset):
                break
        else:
            raise SourceError(
                f"{self.path} has no {AUTHORS_NAME} and no {FUEL_NAME}; it is not in the layout "
                "of Fuel."
            )
        if pictures.dtype != "uint8" or pictures.ndim != 4 or _channel_axis(pictures) is None:
            raise SourceError(
                f"{self.path} holds {pictures.dtype} of the shape {pictures.shape} under {name}; "
                "uint8 pictures of one or three channels are needed."
            )
        return pictures


def _channel_axis(pictures: "h5py.Dataset") -> int | None:
    """Return which axis holds the channels, by the layout that goes with the name if it can be."""
    expected, other = (3, 1) if pictures.name.endswith(AUTHORS_NAME) else (1, 3)
    for axis in (expected, other):
        if pictures.shape[axis] in _CHANNELS:
            return axis
    return None


def _rows_of_splits(
    file: "h5py.File", pictures: "h5py.Dataset", path: Path
) -> "list[tuple[Split | None, np.ndarray]]":
    """Return the rows that each line of the attribute `split` gives to the pictures."""
    import h5py
    import numpy as np

    if (table := file.attrs.get("split")) is None:
        return [(None, np.arange(len(pictures)))]
    name = pictures.name.lstrip("/")
    found: list[tuple[Split | None, np.ndarray]] = []
    try:
        for line in table:
            if _text(line["source"]) != name or not line["available"]:
                continue
            if isinstance(line["indices"], h5py.Reference) and line["indices"]:
                rows = np.asarray(file[line["indices"]], np.int64)
            else:
                rows = np.arange(line["start"], line["stop"], dtype=np.int64)
            if rows.size and not 0 <= rows.min() <= rows.max() < len(pictures):
                raise SourceError(f"{path} names rows in its splits that it does not hold.")
            found.append((_SPLITS.get(_text(line["split"])), rows))
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise SourceError(f"{path} has splits that are not in the layout of Fuel.") from error
    return found


def _text(value: bytes | str) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)


def _read(pictures: "h5py.Dataset", row: int) -> "np.ndarray":
    """Return one picture as uint8 (H, W, C)."""
    import numpy as np

    try:
        picture = pictures[row]
    except (OSError, RuntimeError) as error:
        raise UnreadableFileError("is damaged in the HDF5 file") from error
    if _channel_axis(pictures) == 1:
        picture = np.ascontiguousarray(picture.transpose(1, 2, 0))
    sketch = pictures.name.endswith(AUTHORS_NAME) and picture.shape[2] == 1
    return 255 - picture if sketch else picture
