"""Photos in tar files: one, a folder of shards, or shards named as `train-{0000..0099}.tar`.

Shards follow WebDataset (github.com/webdataset/webdataset): neighbouring members with one name up
to the first dot of the file name are one sample; its `cls` member is the class label.
"""

import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from lzma import LZMAError
from pathlib import Path, PurePosixPath

from igan.data.sources.photo_source import (
    PhotoSource,
    SourceFile,
    UnreadableFileError,
    check_file_size,
    is_photo_name,
    own_splits,
    split_and_label_named_in,
)
from igan.data.sources.regular_file import read_span
from igan.data.sources.source_options import NO_OPTIONS, SourceOptions
from igan.data.split import Split, split_named_in
from igan.errors import SourceError

SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
LABEL_SUFFIX = "cls"
LARGEST_LABEL_BYTES = 4096
LARGEST_SAMPLE = 16

_NUMBERS = re.compile(r"\{(\d+)\.\.(\d+)\}")
_DAMAGE = (tarfile.TarError, EOFError, zlib.error, LZMAError, TypeError)  # a cut gzip header


class TarSource(PhotoSource):
    """Reads tar files member by member; nothing is extracted.

    Members of plain tar files are read where they lie, in any order. A compressed one can only be
    read from its beginning, so `files` itself unpacks its members.
    """

    kind = "tar"

    def __init__(self, path: Path, options: SourceOptions = NO_OPTIONS) -> None:
        self.path = path
        self.name = path.name

    @staticmethod
    def lies_at(path: Path) -> bool:
        if path.is_dir():
            names = [entry.name for entry in path.iterdir()]
            return any(map(_is_tar_name, names)) and not any(map(is_photo_name, names))
        first = next(iter(shards_named_by(path)), path)
        return first.is_file() and (_is_tar_name(first.name) or _is_tar(first))

    def count(self) -> None:
        """Return None: a tar file has no directory."""
        self._shards()

    def files(self) -> Iterator[SourceFile]:
        shards = self._shards()
        splits = own_splits([_split_named_by(shard) for shard in shards])
        for shard, split in zip(shards, splits, strict=True):
            yield from _files(shard, f"{shard.name}/" if len(shards) > 1 else "", split)

    def _shards(self) -> list[Path]:
        shards = shards_named_by(self.path)
        if not shards:
            raise SourceError(f"{self.path} holds no tar files; name some, or a folder of them.")
        if missing := [shard for shard in shards if not shard.is_file()]:
            raise SourceError(f"{missing[0]} is missing, or no file; download it again.")
        return shards


def shards_named_by(path: Path) -> list[Path]:
    """Return the tar files of a folder, those that a pattern names, or the one file."""
    if path.is_dir():
        return sorted(file for file in path.iterdir() if _is_tar_name(file.name))
    if (numbers := _NUMBERS.search(path.name)) is None:
        return [path]
    first, last = numbers.groups()
    return [
        path.with_name(_NUMBERS.sub(f"{number:0{len(first)}d}", path.name, count=1))
        for number in range(int(first), int(last) + 1)
    ]


def _split_named_by(shard: Path) -> Split | None:
    words = re.split("[^A-Za-z]+", shard.name)
    return split_named_in("/".join((*words, shard.name)))


def _is_tar_name(name: str) -> bool:
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")


def _is_tar(path: Path) -> bool:
    try:
        return tarfile.is_tarfile(path)
    except _DAMAGE:
        return False


@dataclass(frozen=True)
class _Member:
    name: str
    load: Callable[[], bytes]


def _files(shard: Path, prefix: str, split: Split | None) -> Iterator[SourceFile]:
    archive, in_one_pass = _opened(shard)
    with archive:
        members = _members(archive, shard, in_one_pass)
        for _, sample in groupby(members, key=lambda member: _sample_name(member.name)):
            while neighbours := list(islice(sample, LARGEST_SAMPLE)):
                yield from _sample_files(neighbours, prefix, split)


def _opened(shard: Path) -> tuple[tarfile.TarFile, bool]:
    """Return an archive, and whether it is compressed and so can be read in one pass only."""
    try:
        try:
            return tarfile.open(shard, "r:", errors="surrogateescape"), False
        except tarfile.ReadError:
            return tarfile.open(shard, "r|*", errors="surrogateescape"), True
    except (*_DAMAGE, OSError) as error:
        raise SourceError(
            f"{shard} cannot be read as a tar file ({error}); download or pack it again."
        ) from error


def _members(archive: tarfile.TarFile, shard: Path, in_one_pass: bool) -> Iterator[_Member]:
    """Yield photos and labels; a damaged archive ends with a member that cannot be loaded."""
    try:
        while (header := archive.next()) is not None:
            archive.members.clear()  # type: ignore[attr-defined]  # grows by every member
            if is_photo_name(header.name) or _suffix(header.name) == LABEL_SUFFIX:
                yield _Member(header.name, _loader(archive, shard, header, in_one_pass))
        problem = None if in_one_pass else _problem_at_end(archive, shard)
    except (*_DAMAGE, OSError) as error:
        problem = f"is cut off or damaged ({error})"
    if problem is not None:
        yield _Member(shard.name, partial(_fail, problem))


def _loader(
    archive: tarfile.TarFile, shard: Path, header: tarfile.TarInfo, in_one_pass: bool
) -> Callable[[], bytes]:
    if not header.isfile():
        return partial(_fail, "is not a regular file")
    if header.sparse is not None:
        return partial(_fail, "is stored with holes, which is not read")
    try:
        check_file_size(header.size)
    except UnreadableFileError as error:
        return partial(_fail, str(error))
    if not in_one_pass:
        return partial(read_span, shard, header.offset_data, header.size)
    unpacked = archive.extractfile(header)
    assert unpacked is not None  # a regular file has bytes
    data = unpacked.read()
    return (lambda: data) if len(data) == header.size else partial(_fail, "is cut off")


def _fail(problem: str) -> bytes:
    raise UnreadableFileError(problem)


def _sample_files(members: list[_Member], prefix: str, split: Split | None) -> Iterator[SourceFile]:
    label = next(filter(None, map(_label, members)), None)
    for member in members:
        if _suffix(member.name) != LABEL_SUFFIX:
            own_split, folder_label = split_and_label_named_in(member.name)
            yield SourceFile(
                prefix + member.name, member.load, own_split or split, label or folder_label
            )


def _label(member: _Member) -> str | None:
    if _suffix(member.name) != LABEL_SUFFIX:
        return None
    try:
        data = member.load()
    except UnreadableFileError:
        return None
    return str(data[:LARGEST_LABEL_BYTES], "utf-8", "replace").strip() or None


def _sample_name(name: str) -> str:
    path = PurePosixPath(name)
    return str(path.with_name(path.name.partition(".")[0] or path.name)) if path.name else name


def _suffix(name: str) -> str:
    return PurePosixPath(name).name.partition(".")[2].lower()


def _problem_at_end(archive: tarfile.TarFile, shard: Path) -> str | None:
    """Return what is wrong where the members of a plain archive end, which a zero block marks."""
    with shard.open("rb") as file:
        file.seek(archive.offset)
        block = file.read(tarfile.BLOCKSIZE)
    if not block:
        return "has no end mark; it may be cut off"
    return "is damaged: not all of its members were found" if any(block) else None
