"""Does the memory of an import grow with the number of photos?

The same import runs over a folder of photos and over one of ten times as many, each in a process
of its own, whose largest anonymous memory (RssAnon of Linux) is read. Tools that count resident
memory add pages of the mapped store: file cache, which the system takes back at need. The rival is
the usual list of decoded pictures that is turned into one array at the end.

    python benchmarks/import_memory.py [--photos 2000] [--size 64] [--workers 2]
"""

import argparse
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from igan.data.encoding import encode_record
from igan.data.rendering import render, sample_parameters
from igan.training.provenance import source_commit

DRAWN_PHOTOS, DRAWN_SIZE_PX = 200, 256
PHOTOS_A_FOLDER = 500

ANONYMOUS_KIB = """
def anonymous_kib():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))
"""

IMPORT = f"""{ANONYMOUS_KIB}
import sys
from igan.data.importing import import_photos
source, out, size, workers = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
peak_kib = 0
def watch(progress):
    global peak_kib
    if progress.done % 50 == 0:
        peak_kib = max(peak_kib, anonymous_kib())
count = import_photos(source, out, size, workers=workers, progress=watch).imported
print(count, peak_kib)
"""

LIST_OF_PICTURES = f"""{ANONYMOUS_KIB}
import pathlib, sys
import numpy as np
from PIL import Image
source, out, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
paths = sorted(pathlib.Path(source).rglob("*.jpg"))
pictures = np.stack([np.asarray(Image.open(path).resize((size, size))) for path in paths])
print(len(pictures), anonymous_kib())
"""


def write_photos(folder: Path, count: int) -> Path:
    """Write photos of different contents: drawn ones again and again, with other bytes at the end.

    A JPEG decoder stops before those.
    """
    drawn = [
        encode_record(render(sample_parameters(0, index), DRAWN_SIZE_PX), "jpeg")
        for index in range(min(count, DRAWN_PHOTOS))
    ]
    for number in range(count):
        path = folder / f"{number // PHOTOS_A_FOLDER:04}" / f"{number:07}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(drawn[number % len(drawn)] + number.to_bytes(8, "big"))
    return folder


def peak_mib(script: str, *arguments: object) -> tuple[int, float]:
    """Run a script that prints a count and the anonymous memory it took, in KiB."""
    finished = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
    )
    count, peak_kib = map(int, finished.stdout.split())
    return count, peak_kib / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, commit {source_commit()}")
    print(f"{'photos':>10}{'igan data import, MiB':>24}{'list of pictures, MiB':>24}")
    for factor in (1, 10):
        with tempfile.TemporaryDirectory() as folder:
            photos = write_photos(Path(folder) / "photos", factor * arguments.photos)
            rest = (arguments.size, arguments.workers)
            count, ours = peak_mib(IMPORT, photos, Path(folder) / "out.lmdb", *rest)
            _, rival = peak_mib(LIST_OF_PICTURES, photos, Path(folder) / "out.npy", *rest)
        if count != factor * arguments.photos:
            raise RuntimeError(f"{count} of {factor * arguments.photos} photos were imported")
        print(f"{count:>10}{ours:>24.0f}{rival:>24.0f}")


if __name__ == "__main__":
    main()
