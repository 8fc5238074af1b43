"""How fast does `igan data import` make a store of a zip file, against a loop with Pillow?

The loop is what people write: in one process, photo by photo, it reads the member, hashes its
content, leaves out exact duplicates, decodes, turns upright, crops the centre square, resizes with
antialiasing (Lanczos) and writes raw records to LMDB in transactions of 512. Both run in turn.

    python benchmarks/photo_import.py [shoes.zip outdoor.zip ...] [--size 64] [--rounds 5]

Without a zip file, shoes are drawn at 256 pixels and packed as JPEG files.
"""

import argparse
import hashlib
import io
import os
import platform
import shutil
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import lmdb
import numpy as np
from PIL import Image, ImageOps

from igan.data.encoding import encode_record
from igan.data.importing import import_photos
from igan.data.rendering import render, sample_parameters
from igan.data.store import Store
from igan.training.provenance import source_commit

DRAWN_PHOTOS, DRAWN_SIZE_PX = 1500, 256
LOOP_COMMIT_RECORDS = 512


def import_with_pillow(archive_path: Path, out: Path, size: int) -> int:
    """Import a zip file of photos in a plain loop; return the number of records."""
    out.mkdir()
    pending: list[tuple[bytes, bytes]] = []
    seen: set[bytes] = set()
    with (
        zipfile.ZipFile(archive_path) as archive,
        lmdb.open(str(out), map_size=2**36) as environment,
    ):

        def commit() -> None:
            with environment.begin(write=True) as transaction:
                for key, value in pending:
                    transaction.put(key, value, append=True)
            pending.clear()

        for member in archive.infolist():
            if not member.filename.endswith(".jpg"):
                continue
            data = archive.read(member)
            content = hashlib.sha256(data).digest()
            if content in seen:
                continue
            image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
            square = ImageOps.fit(image, (size, size), Image.Resampling.LANCZOS)
            pending.append((len(seen).to_bytes(8, "big"), np.asarray(square).tobytes()))
            seen.add(content)
            if len(pending) == LOOP_COMMIT_RECORDS:
                commit()
        commit()
    return len(seen)


def import_with_igan(archive_path: Path, out: Path, size: int) -> int:
    return import_photos(archive_path, out, size).imported


def drawn_archive(folder: Path) -> Path:
    path = folder / "drawn.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for index in range(DRAWN_PHOTOS):
            picture = render(sample_parameters(0, index), DRAWN_SIZE_PX)
            archive.writestr(f"{index}.jpg", encode_record(picture, "jpeg"))
    return path


def seconds_in_turn(archive: Path, size: int, rounds: int) -> tuple[int, dict[str, list[float]]]:
    """Seconds of each import; the rivals alternate, so that a drift of the machine hits both."""
    rivals: dict[str, Callable[[Path, Path, int], int]] = {
        "Pillow loop": import_with_pillow,
        "igan": import_with_igan,
    }
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    counts = set()
    for number in range(rounds + 1):
        for name, work in rivals.items():
            with tempfile.TemporaryDirectory() as folder:
                began = time.perf_counter()
                counts.add(work(archive, Path(folder) / "out.lmdb", size))
                if number > 0:
                    seconds[name].append(time.perf_counter() - began)
    if len(counts) != 1:
        raise RuntimeError(f"the imports differ: {sorted(counts)} records")
    return counts.pop(), seconds


def mean_difference(archive: Path, size: int) -> float:
    """Mean difference, in levels, of the pictures of the two: they do the same work."""
    with tempfile.TemporaryDirectory() as folder:
        a, b = Path(folder) / "a.lmdb", Path(folder) / "b.lmdb"
        count = import_with_pillow(archive, a, size)
        import_with_igan(archive, b, size)
        with lmdb.open(str(a), readonly=True, lock=False) as environment, environment.begin() as t:
            loop = [np.frombuffer(value, np.uint8) for value in t.cursor().iternext(keys=False)]
        ours = Store(b).read(range(count)).reshape(count, -1)
        return float(np.abs(np.stack(loop).astype(np.int16) - ours).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archives", type=Path, nargs="*", metavar="ZIP")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
        f"OpenCV {cv2.__version__}, commit {source_commit()}"
    )
    print(
        f"{'zip file':>14}{'photos':>8}{'Pillow loop, photos/s':>26}{'igan, photos/s':>26}"
        f"{'times faster':>14}{'levels apart':>14}"
    )
    scratch = Path(tempfile.mkdtemp())
    try:
        for archive in arguments.archives or [drawn_archive(scratch)]:
            count, seconds = seconds_in_turn(archive, arguments.size, arguments.rounds)
            medians = {name: statistics.median(all_) for name, all_ in seconds.items()}
            spread = {
                name: f"{count / medians[name]:,.0f} "
                f"({count / max(all_):,.0f} to {count / min(all_):,.0f})"
                for name, all_ in seconds.items()
            }
            print(
                f"{archive.name:>14}{count:>8}{spread['Pillow loop']:>26}{spread['igan']:>26}"
                f"{medians['Pillow loop'] / medians['igan']:>14.2f}"
                f"{mean_difference(archive, arguments.size):>14.2f}"
            )
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
