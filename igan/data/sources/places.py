"""Places: MIT's scene photos, as its list files and image folders are unpacked into one folder.

Zhou, Lapedriza, Khosla, Oliva, Torralba, *Places: A 10 million Image Database for Scene
Recognition*, PAMI 2017. Places365 (places2.csail.mit.edu): `filelist_places365-*.tar` gives the
lists, `train_256_places365standard.tar` and alike `data_256/a/airfield/00000001.jpg`, `val_256.tar`
`val_256/Places365_val_00000001.jpg`, and `*_large*.tar` the same in `data_large` and `val_large`;
torchvision adds `_standard` or `_challenge`. `places365standard_easyformat.tar` has
`train/airfield/...` and `val/airfield/...`. Places205: lists in `trainvalsplit_places205`, and
photos in `data/vision/torralba/deeplearning/images256/a/abbey/...`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from igan.data.sources.folder import photo_paths
from igan.data.sources.list import lines_of, path_and_label, read_listed_file
from igan.data.sources.natural_outdoor import NATURAL_OUTDOOR, PRESET
from igan.data.sources.photo_source import PhotoSource, SourceFile, own_splits
from igan.data.sources.source_options import NO_OPTIONS, SourceOptions
from igan.data.split import Split
from igan.errors import SourceError

_Photo = tuple[str, Split | None, str | None]
"""Its path below the folder, its split and its category."""

CATEGORIES_FILE = "categories_places365.txt"


@dataclass(frozen=True)
class _Part:
    """A list of photos, and the folders in which they may lie, the best first."""

    listing: str
    split: Split
    folders: tuple[str, ...]


_PARTS = (
    _Part(
        "places365_train_standard.txt",
        "train",
        ("data_large_standard", "data_256_standard", "data_large", "data_256"),
    ),
    _Part(
        "places365_train_challenge.txt",
        "train",
        ("data_large_challenge", "data_256_challenge", "data_large", "data_256"),
    ),
    _Part("places365_val.txt", "test", ("val_large", "val_256")),
    _Part(
        "trainvalsplit_places205/train_places205.csv",
        "train",
        ("data/vision/torralba/deeplearning/images256", "images256"),
    ),
    _Part(
        "trainvalsplit_places205/val_places205.csv",
        "test",
        ("data/vision/torralba/deeplearning/images256", "images256"),
    ),
)
_EASY_FOLDERS: tuple[tuple[str, Split], ...] = (("train", "train"), ("val", "test"))
_EASY_CATEGORY = "airfield"


class PlacesSource(PhotoSource):
    """Reads Places205 or Places365, the photos in the order of their lists.

    `categories` are names such as `forest/broadleaf` (or `/f/forest/broadleaf`), and
    `outdoor-natural` for all of `NATURAL_OUTDOOR` that there are.
    """

    kind = "places"
    licence = (
        "Places: for non-commercial research and education only, not to be passed on; the photos "
        "belong to their owners"
    )
    takes = frozenset({"categories"})

    def __init__(self, path: Path, options: SourceOptions = NO_OPTIONS) -> None:
        self.path = path
        self.name = path.resolve().name
        self.categories = options.categories

    @staticmethod
    def lies_at(path: Path) -> bool:
        return any((path / part.listing).is_file() for part in _PARTS) or any(
            (path / folder / _EASY_CATEGORY).is_dir() for folder, _ in _EASY_FOLDERS
        )

    def count(self) -> int:
        return sum(1 for _ in self._photos())

    def files(self) -> Iterator[SourceFile]:
        for identity, split, category in self._photos():
            load = partial(read_listed_file, self.path, identity)
            yield SourceFile(identity, load, split, category)

    def _photos(self) -> Iterator[_Photo]:
        parts = [part for part in _PARTS if (self.path / part.listing).is_file()]
        return self._listed(parts) if parts else self._easy()

    def _listed(self, parts: list[_Part]) -> Iterator[_Photo]:
        if sum(part.split == "train" for part in parts) > 1:
            raise SourceError(
                f"{self.path} holds the training lists of two releases; move all but one away."
            )
        names = self._category_names(parts)
        wanted = self._wanted(set(names.values()))
        splits = own_splits([part.split for part in parts])
        for part, split in zip(parts, splits, strict=True):
            folder = self._folder_of(part)
            for line in lines_of(self.path / part.listing):
                listed, number = path_and_label(line)
                category = names.get(number or "")
                if wanted is None or category in wanted:
                    yield f"{folder}/{listed.lstrip('/')}", split, category

    def _folder_of(self, part: _Part) -> str:
        for folder in part.folders:
            if (self.path / folder).is_dir():
                return folder
        raise SourceError(
            f"{self.path / part.listing} lists photos, but none of the folders "
            f"{', '.join(part.folders)} is beside it; unpack the photos there, or move the list "
            "away."
        )

    def _category_names(self, parts: list[_Part]) -> dict[str, str]:
        """Return what each number is called, by the file of categories or by the training list."""
        own = self.path / CATEGORIES_FILE
        if own.is_file() and "365" in parts[0].listing:
            return {
                number: category_name(name)
                for name, number in map(path_and_label, lines_of(own))
                if number is not None
            }
        names: dict[str, str] = {}
        for part in parts:
            for listed, number in map(path_and_label, lines_of(self.path / part.listing)):
                folder = str(PurePosixPath(listed).parent)
                if number is not None and folder != ".":
                    names.setdefault(number, category_name(folder))
        if not names:
            raise SourceError(
                f"{own} is missing, and so it is not known what the lists' categories are called; "
                "copy it there from github.com/CSAILVision/places365."
            )
        return names

    def _wanted(self, known: set[str]) -> set[str] | None:
        """Return the categories to take, or None for all.

        Raises:
            SourceError: one is asked for that there is not.
        """
        if not self.categories:
            return None
        wanted: set[str] = set()
        for asked in self.categories:
            found = known & (NATURAL_OUTDOOR if asked == PRESET else {category_name(asked)})
            if not found:
                raise SourceError(
                    f"{self.path} has no category {asked}; there are {len(known)}, such as "
                    f"{', '.join(sorted(known)[:3])}, and {PRESET} for all of open nature."
                )
            wanted |= found
        return wanted

    def _easy(self) -> Iterator[_Photo]:
        """Yield the photos of the easy format, whose folders name the categories."""
        folders = [
            (folder, split) for folder, split in _EASY_FOLDERS if (self.path / folder).is_dir()
        ]
        known = {
            easy_category_name(entry.name)
            for folder, _ in folders
            for entry in (self.path / folder).iterdir()
            if entry.is_dir()
        }
        if not known:
            raise SourceError(
                f"{self.path} holds neither a list of Places nor its categories in folders train "
                "and val; name the folder into which its tar files were unpacked."
            )
        wanted = self._wanted(known)
        splits = own_splits([split for _, split in folders])
        for (folder, _), split in zip(folders, splits, strict=True):
            for identity in photo_paths(self.path, folder):
                _, category, *names = identity.split("/")
                category = easy_category_name(category)
                if names and (wanted is None or category in wanted):
                    yield identity, split, category


def category_name(name: str) -> str:
    """Return `forest/broadleaf` for `/f/forest/broadleaf`, `f/forest/broadleaf` and itself."""
    parts = name.strip("/").split("/")
    return "/".join(parts[1:] if len(parts) > 1 and len(parts[0]) == 1 else parts)


def easy_category_name(folder: str) -> str:
    """Return `forest/broadleaf` for the easy format's folder `forest-broadleaf`."""
    return folder.replace("-", "/")
