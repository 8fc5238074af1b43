"""UT Zappos50K: 50,025 catalogue photos of shoes on white, and what is known of each.

Yu and Grauman, *Fine-Grained Visual Comparisons with Local Learning*, CVPR 2014;
vision.cs.utexas.edu/projects/finegrained/utzap50k. `ut-zap50k-images.zip` (`-square.zip`: the same,
padded to squares) holds `Shoes/Oxfords/Bostonian/100627.72.jpg` and so on: category, subcategory,
brand. In `ut-zap50k-data.zip` row n of `meta-data.csv` describes the n-th path of `image-path.mat`.
The folders of some brands are spelt differently there (a dot at the end, `%2E`, `&#174;`), so that
paths are matched by category, subcategory and file name.
"""

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from igan.data.sources.folder import FolderSource
from igan.data.sources.matlab import read_cell_strings
from igan.data.sources.photo_source import PhotoSource, SourceFile
from igan.data.sources.source_options import NO_OPTIONS, SourceOptions
from igan.data.sources.zip import ZipSource
from igan.errors import SourceError

IMAGE_FOLDERS = ("ut-zap50k-images", "ut-zap50k-images-square")
DATA_FOLDER = "ut-zap50k-data"
PATHS_FILE, PATHS_NAME = "image-path.mat", "imagepath"
DESCRIPTIONS_FILE = "meta-data.csv"
CATEGORIES = ("Boots", "Sandals", "Shoes", "Slippers")

_Key = tuple[str, str, str]


class ZapposSource(PhotoSource):
    """Reads the folder of photos, the folder that holds it, or its zip file as it is.

    `categories` are `Shoes`, `Shoes/Oxfords`, and properties such as `Gender=Women` or
    `Closure=Lace up`, which need the files of `ut-zap50k-data.zip` beside or in the photos' folder.
    Of categories, and of the values of one property, any may hold; different properties must all.
    """

    kind = "zappos"
    licence = (
        "UT Zappos50K: for academic, non-commercial use only; the photos are those of Zappos.com"
    )
    takes = frozenset({"categories"})

    def __init__(self, path: Path, options: SourceOptions = NO_OPTIONS) -> None:
        self.path = path
        self.name = path.resolve().name
        self.categories = options.categories

    @staticmethod
    def lies_at(path: Path) -> bool:
        return path.stem in IMAGE_FOLDERS or any((path / name).is_dir() for name in IMAGE_FOLDERS)

    def count(self) -> int:
        return sum(1 for _ in self.files())

    def files(self) -> Iterator[SourceFile]:
        folders = {asked.strip("/") for asked in self.categories if "=" not in asked}
        described = self._described()
        met: set[str] = set()
        for file in self._photos():
            identity = _from_category_on(file.identity)
            category, subcategory, _ = key = _key(identity)
            label = f"{category}/{subcategory}"
            met |= {category, label}
            if folders and not folders & {category, label}:
                continue
            if described is None or key in described:
                yield replace(file, identity=identity, label=label)
        if unknown := sorted(folders - met):
            raise SourceError(
                f"{self.path} has no category {unknown[0]}; it has {', '.join(sorted(met))}."
            )

    def _photos(self) -> Iterator[SourceFile]:
        if self.path.is_file():
            yield from ZipSource(self.path).files()
            return
        holding = [self.path / name for name in IMAGE_FOLDERS if (self.path / name).is_dir()]
        if len(holding) > 1:
            raise SourceError(
                f"{self.path} holds the photos twice, as they are and squared; name one of "
                f"{holding[0]} and {holding[1]}."
            )
        root = holding[0] if holding else self.path
        yield from FolderSource(root).files()

    def _described(self) -> set[_Key] | None:
        """Return which photos have the properties that are asked for, or None when none are."""
        asked: dict[str, set[str]] = {}
        for name, is_property, value in (term.partition("=") for term in self.categories):
            if is_property:
                asked.setdefault(name, set()).add(value)
        if not asked:
            return None
        paths_file = self._side_file(PATHS_FILE)
        try:
            paths = read_cell_strings(paths_file.read_bytes(), PATHS_NAME)
        except (OSError, ValueError) as error:
            raise SourceError(f"{paths_file} {error}; unpack it again.") from error
        descriptions_file = self._side_file(DESCRIPTIONS_FILE)
        with descriptions_file.open(newline="", encoding="utf-8", errors="replace") as file:
            reader = csv.DictReader(file)
            columns = list(reader.fieldnames or ())
            rows = [{name: row.get(name) or "" for name in asked} for row in reader]
        if unknown := [name for name in asked if name not in columns]:
            raise SourceError(
                f"{descriptions_file} has no property {unknown[0]}; it has {', '.join(columns)}."
            )
        if len(rows) != len(paths):
            raise SourceError(
                f"{descriptions_file} describes {len(rows)} photos and {paths_file} names "
                f"{len(paths)}; unpack both from one ut-zap50k-data.zip."
            )
        found = {
            _key(_from_category_on(path))
            for path, row in zip(paths, rows, strict=True)
            if all(values & set(row[name].split(";")) for name, values in asked.items())
        }
        if not found:
            terms = ", ".join(term for term in self.categories if "=" in term)
            raise SourceError(f"{descriptions_file} describes no photo with {terms}.")
        return found

    def _side_file(self, name: str) -> Path:
        beside = (self.path, self.path.parent)
        for folder in (*(place / DATA_FOLDER for place in beside), *beside):
            if (folder / name).is_file():
                return folder / name
        raise SourceError(
            f"choosing by a property needs {name} of ut-zap50k-data.zip; unpack it beside "
            f"{self.path}."
        )


def _from_category_on(path: str) -> str:
    """Return a path without the folders above its category, the same however it was unpacked."""
    parts = PurePosixPath(path).parts
    start = next((n for n, part in enumerate(parts[:-1]) if part in CATEGORIES), 0)
    return "/".join(parts[start:])


def _key(path: str) -> _Key:
    """Return category, subcategory and file name of a path that begins with its category."""
    *folders, name = path.split("/")
    category, subcategory = (*folders, "", "")[:2]
    return category, subcategory, name
