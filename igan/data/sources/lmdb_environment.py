"""LMDB environments that others made."""

from pathlib import Path
from typing import TYPE_CHECKING

from igan.errors import SourceError, StoreError

if TYPE_CHECKING:
    import lmdb

DATA_FILE = "data.mdb"
PHOTO_STORE_KEY = b"__meta__"


def has_key(folder: Path, key: bytes) -> bool:
    """Tell whether an LMDB environment lies in a folder and holds a key."""
    try:
        with open_environment(folder).begin() as transaction:
            return transaction.get(key) is not None
    except SourceError:
        return False


def open_environment(folder: Path) -> "lmdb.Environment":
    """Open any LMDB environment read-only, and no file that was cut off.

    Raises:
        SourceError: there is none, or it cannot be read.
    """
    from igan.data.lmdb_file import open_for_reading, whole_length

    data_file = folder / DATA_FILE
    try:
        if data_file.stat().st_size < whole_length(data_file):
            raise SourceError(f"{folder} was cut off; unpack or download it again.")
        return open_for_reading(folder)
    except ValueError as error:
        raise SourceError(f"{folder} holds no LMDB environment; download it again.") from error
    except (OSError, StoreError) as error:
        raise SourceError(f"{folder} cannot be read ({error}).") from error
