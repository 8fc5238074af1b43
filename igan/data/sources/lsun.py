"""LSUN: one LMDB environment a category, a picture's hash -> its JPEG or WebP file.

Yu, Seff, Zhang, Song, Funkhouser, Xiao, *LSUN: Construction of a Large-scale Image Dataset using
Deep Learning with Humans in the Loop*, arXiv:1506.03365; published by github.com/fyu/lsun as
`church_outdoor_train_lmdb.zip` and alike. The scene categories shrink the smaller side to 256 px.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from igan.data.sources.lmdb_environment import (
    DATA_FILE,
    PHOTO_STORE_KEY,
    has_key,
    open_environment,
)
from igan.data.sources.photo_source import (
    PhotoSource,
    SourceFile,
    UnreadableFileError,
    own_splits,
)
from igan.data.sources.source_options import NO_OPTIONS, SourceOptions
from igan.data.split import Split
from igan.errors import SourceError

if TYPE_CHECKING:
    import lmdb

_NAME = re.compile(r"(?P<category>.+?)(?:_(?P<split>train|val|test))?(?:_lmdb)?$")
_SPLITS: dict[str | None, Split | None] = {"train": "train", "val": "test", "test": "test"}


class LsunSource(PhotoSource):
    """Reads one category's environment, or a folder of several, in the order of the hashes.

    `categories` are the names in front of `_train_lmdb`: `church_outdoor`.
    """

    kind = "lsun"
    licence = (
        "LSUN: its authors state no licence; the photos were found by web search and belong to "
        "their owners; for research"
    )
    takes = frozenset({"categories"})

    def __init__(self, path: Path, options: SourceOptions = NO_OPTIONS) -> None:
        self.path = path
        self.name = path.resolve().name
        self.categories = options.categories

    @staticmethod
    def lies_at(path: Path) -> bool:
        return bool(_environments(path))

    def count(self) -> int:
        return sum(open_environment(folder).stat()["entries"] for folder in self._chosen())

    def files(self) -> Iterator[SourceFile]:
        chosen = self._chosen()
        splits = own_splits([_category_and_split(folder)[1] for folder in chosen])
        for folder, split in zip(chosen, splits, strict=True):
            environment = open_environment(folder)
            category, _ = _category_and_split(folder)
            prefix = f"{folder.name}/" if len(chosen) > 1 else ""
            for key in _keys(environment, folder):
                identity = prefix + key.decode("utf-8", "surrogateescape")
                yield SourceFile(identity, partial(_read, environment, key), split, category)

    def _chosen(self) -> list[Path]:
        folders = _environments(self.path)
        known = {_category_and_split(folder)[0] for folder in folders}
        if unknown := [name for name in self.categories if name not in known]:
            raise SourceError(
                f"{self.path} has no category {unknown[0]}; it has {', '.join(sorted(known))}."
            )
        if not folders:
            raise SourceError(
                f"{self.path} holds no LSUN category; name a folder such as "
                "church_outdoor_train_lmdb, unpacked."
            )
        return [
            folder
            for folder in folders
            if not self.categories or _category_and_split(folder)[0] in self.categories
        ]


def _environments(path: Path) -> list[Path]:
    if (path / DATA_FILE).is_file():
        found = [path]
    else:
        found = sorted(file.parent for file in path.glob(f"*/{DATA_FILE}")) if path.is_dir() else []
    return [folder for folder in found if not has_key(folder, PHOTO_STORE_KEY)]


def _category_and_split(folder: Path) -> tuple[str, Split | None]:
    match = _NAME.fullmatch(folder.resolve().name)
    assert match is not None  # a name is never empty
    return match["category"], _SPLITS.get(match["split"])


def _keys(environment: "lmdb.Environment", folder: Path) -> Iterator[bytes]:
    import lmdb

    try:
        with environment.begin() as transaction, transaction.cursor() as cursor:
            yield from cursor.iternext(keys=True, values=False)
    except lmdb.Error as error:
        raise SourceError(f"{folder} is damaged ({error}); download it again.") from error


def _read(environment: "lmdb.Environment", key: bytes) -> bytes:
    import lmdb

    try:
        with environment.begin() as transaction:
            return transaction.get(key, b"")
    except lmdb.Error as error:
        raise UnreadableFileError(f"is damaged in the LMDB environment ({error})") from error
