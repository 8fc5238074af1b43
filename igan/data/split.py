"""Which photos are held out: the source's own choice, or a hash of the photo's identity."""

import hashlib
from typing import Literal, get_args

Split = Literal["train", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

HELD_OUT_FRACTION = 0.1

_SPLIT_OF_FOLDER: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "test",
    "valid": "test",
    "validation": "test",
}


def split_by_identity(identity: str) -> Split:
    """Hold out about one identity in ten; the answer never depends on what else is in the set."""
    digest = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).digest()
    fraction = int.from_bytes(digest[:8], "big") / 2**64
    return "test" if fraction < HELD_OUT_FRACTION else "train"


def split_named_in(identity: str) -> Split | None:
    """Return the split that a folder of the path names (`train`, `test`, `val`...), or None."""
    for folder in _folders(identity):
        if (split := _SPLIT_OF_FOLDER.get(folder.lower())) is not None:
            return split
    return None


def label_named_in(identity: str) -> str | None:
    """Return the innermost folder of the path that does not name a split, or None."""
    for folder in reversed(_folders(identity)):
        if folder.lower() not in _SPLIT_OF_FOLDER:
            return folder
    return None


def _folders(identity: str) -> list[str]:
    return [part for part in identity.split("/")[:-1] if part not in ("", ".")]
