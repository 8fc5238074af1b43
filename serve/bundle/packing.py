"""A bundle as one file, to be sent or kept: a zip archive that unpacks to exactly that bundle.

The archive is deterministic: the same bundle gives the same bytes. Nothing in it is trusted: before
anything is written, every entry must be a plain file that the packed manifest lists, once, of the
size that the manifest says, stored without compression (weights hardly compress, and so no archive
is larger inside than outside); afterwards every SHA-256 is checked as for any bundle.
"""

import errno
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

from serve.bundle.bundle import read_manifest
from serve.bundle.files import read_file, verified_files
from serve.bundle.manifest import LARGEST_MANIFEST_BYTES, MANIFEST_FILE, Manifest, parse_manifest
from serve.errors import BundleError
from serve.staging import refuse_existing, staged_file, staged_folder

SUFFIX = ".igan.zip"
_BEGINNING_OF_TIME = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = 0o100644 << 16
_FILE_TYPE = 0o170000 << 16
_ENCRYPTED = 1
_CHUNK_BYTES = 2**20
_UNIX = 3
# What zipfile raises for archives that are none.
_BROKEN = (
    zipfile.BadZipFile,
    NotImplementedError,
    ValueError,
    struct.error,
    EOFError,
    OverflowError,
)
# The end of a zip archive, which says how long its directory is; a comment may follow.
_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_LONGEST_COMMENT = 2**16
_LARGEST_DIRECTORY_BYTES = 2**20


def pack_bundle(
    folder: Path, archive: Path, on_file: Callable[[str], None] = lambda name: None
) -> None:
    """Write the bundle in `folder` to the new file `archive`, verified as it is read.

    Raises:
        BundleError: the bundle is damaged, or the name of `archive` does not end in .igan.zip.
        OutputExistsError: `archive` exists.
    """
    if not archive.name.endswith(SUFFIX):
        raise BundleError(f"{archive} must end in {SUFFIX}; name the packed bundle so.")
    refuse_existing(archive)
    manifest = read_manifest(folder)
    text = (folder / MANIFEST_FILE).read_bytes()
    parse_manifest(text, str(folder / MANIFEST_FILE))
    with (
        staged_file(archive) as staged,
        zipfile.ZipFile(staged, "w", zipfile.ZIP_STORED) as packed,
    ):
        packed.writestr(_entry(MANIFEST_FILE), text)
        for name, record in sorted(manifest.files.items()):
            on_file(name)
            packed.writestr(_entry(name), bytes(read_file(folder / name, record)))


def unpack_bundle(
    archive: Path, folder: Path, on_file: Callable[[str], None] = lambda name: None
) -> Manifest:
    """Write the packed bundle `archive` to the new folder `folder`, all of it or nothing.

    Raises:
        BundleError: the archive is damaged, holds what a bundle may not, or is no bundle.
        OutputExistsError: `folder` exists.
    """
    refuse_existing(folder)
    if not archive.is_file():
        raise BundleError(f"{archive} is not a packed bundle: there is no such file.")
    try:
        _check_directory(archive)
        with zipfile.ZipFile(archive) as packed:
            manifest, entries = _checked_entries(packed, archive)
            with staged_folder(folder) as staged:
                for entry in entries:
                    on_file(entry.filename)
                    _extract(packed, entry, staged / entry.filename)
                for _ in verified_files(staged, manifest.files):
                    pass
    except (*_BROKEN, OSError) as error:
        # A place that no file can have is the archive's fault, a full disk is not.
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        raise BundleError(
            f"{archive} is not a whole packed bundle ({error}); take an intact copy."
        ) from None
    return manifest


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _BEGINNING_OF_TIME)
    entry.create_system = _UNIX
    entry.external_attr = _PLAIN_FILE
    return entry


def _check_directory(archive: Path) -> None:
    """Refuse an archive whose directory alone would fill the memory."""
    with archive.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END.size - _LONGEST_COMMENT))
        ending = file.read()
    place = ending.rfind(_END_MARK)
    if place < 0 or len(ending) < place + _END.size:
        raise ValueError("it has no end as a zip file has")
    directory_bytes = _END.unpack_from(ending, place)[5]
    if directory_bytes > _LARGEST_DIRECTORY_BYTES:
        raise ValueError("its directory is too large for a bundle")


def _checked_entries(
    packed: zipfile.ZipFile, archive: Path
) -> tuple[Manifest, list[zipfile.ZipInfo]]:
    """The manifest and the entries that are to be written, none of which was written yet."""
    entries = packed.infolist()
    by_name = {entry.filename: entry for entry in entries}
    if len(by_name) < len(entries):
        raise ValueError("it holds the same name twice")
    if MANIFEST_FILE not in by_name:
        raise ValueError(f"it holds no {MANIFEST_FILE}")
    for entry in entries:
        _check_plain(entry)
    if by_name[MANIFEST_FILE].file_size > LARGEST_MANIFEST_BYTES:
        raise ValueError(f"its {MANIFEST_FILE} is too large for a manifest")
    place = f"{archive}/{MANIFEST_FILE}"
    manifest = parse_manifest(packed.read(MANIFEST_FILE), place)
    for name in sorted(by_name.keys() ^ {MANIFEST_FILE, *manifest.files}):
        lacking = name in manifest.files
        raise ValueError(
            f"it {'lacks' if lacking else 'holds'} {name!r}, which its manifest "
            f"{'lists' if lacking else 'does not list'}"
        )
    for name, record in manifest.files.items():
        if by_name[name].file_size != record.size_bytes:
            raise ValueError(f"{name!r} has another size in it than its manifest says")
    return manifest, entries


def _check_plain(entry: zipfile.ZipInfo) -> None:
    kind = entry.external_attr & _FILE_TYPE if entry.create_system == _UNIX else 0
    if entry.is_dir() or kind not in (0, _PLAIN_FILE & _FILE_TYPE):
        raise ValueError(f"{entry.filename!r} in it is not a plain file")
    if entry.flag_bits & _ENCRYPTED:
        raise ValueError(f"{entry.filename!r} in it is encrypted")
    if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
        raise ValueError(
            f"{entry.filename!r} in it is compressed; `igan bundle pack` stores files as they are"
        )


def _extract(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> None:
    """Write one entry, never more of it than its stated size."""
    left = entry.file_size
    with packed.open(entry) as source, path.open("xb") as target:
        while left > 0 and (chunk := source.read(min(left, _CHUNK_BYTES))):
            target.write(chunk)
            left -= len(chunk)
    if left:
        raise ValueError(f"{entry.filename!r} in it is cut off")
