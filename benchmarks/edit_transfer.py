"""How long does it take to carry an edit to a large photo, and where does the time go?

Eight steps of a 64-pixel network, motion and a change of colour in the whole middle of the photo,
photo in memory. Beside it the floor (one read and write of the pixels) and the naive edit
x0 + (G(z1) - G(z0)), which needs no flow. Memory is the peak above the loaded process, each size in
a process of its own (Linux).

    python benchmarks/edit_transfer.py [--threads 2] [--megapixels 1 12 50] [--rounds 5]
"""

import argparse
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch

from igan.training.provenance import source_commit
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.transfer.apply import EditTransfer
from serve.transfer.flow import estimate_neighbour_flow
from serve.transfer.ground import Ground
from serve.transfer.rivals import naive_edit

STEPS = 8
SIZE = 64


def photo_of(megapixels: float, plain_ground: bool) -> Photo:
    """A grainy square photo, a disc on white if it is to have a plain ground."""
    side = round((megapixels * 1e6) ** 0.5)
    rng = np.random.default_rng(0)
    grain = rng.integers(90, 170, (256, 256, 3), dtype=np.uint8)
    repeats = -(-side // 256)
    pixels = np.tile(grain, (repeats, repeats, 1))[:side, :side]
    if plain_ground:
        ground = np.full((side, side), 255, dtype=np.uint8)
        cv2.circle(ground, (side // 2, side // 2), round(0.35 * side), 0, -1)
        pixels[ground == 255] = 255
    return Photo(np.ascontiguousarray(pixels))


def frames_of(frame: PhotoFrame, photo: Photo) -> npt.NDArray[np.uint8]:
    """The photo's small copy, swelling and turning red."""
    first = frame.crop(photo.as_uint8(3))
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    bump = np.exp(-((x - SIZE / 2) ** 2 + (y - SIZE / 2) ** 2) / (2 * (0.2 * SIZE) ** 2))
    frames = []
    for share in np.linspace(0, 1, STEPS + 1, dtype=np.float32):
        moved = cv2.remap(
            first, x - share * 4 * bump, y + share * 2 * bump, cv2.INTER_LINEAR
        ).astype(np.float32)
        moved[..., 1:] *= 1 - 0.4 * share * bump[..., None]
        frames.append(np.rint(moved).astype(np.uint8))
    return np.stack(frames)


def seconds_in_turn(rivals: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each round; the rivals alternate, so that a drift of the machine hits all."""
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for round_number in range(rounds + 1):
        for name, act in rivals.items():
            began = time.perf_counter()
            act()
            if round_number:
                seconds[name].append(time.perf_counter() - began)
    return seconds


def report_times(megapixels: float, plain_ground: bool, rounds: int) -> None:
    photo = photo_of(megapixels, plain_ground)
    frame = PhotoFrame.whole(photo, SIZE)
    frames = frames_of(frame, photo)
    transfer = EditTransfer(photo, frame, frames)
    seconds = seconds_in_turn(
        {
            "floor: copy": lambda: photo.pixels.copy(),
            "naive edit": lambda: naive_edit(photo, frame, frames),
            "first result": lambda: EditTransfer(photo, frame, frames).photo_at(1.0),
            "  flow of neighbours": lambda: estimate_neighbour_flow(frames),
            "  ground": lambda: Ground.of(photo),
            "  all before the pixels": lambda: EditTransfer(photo, frame, frames),
            "further position": lambda: transfer.photo_at(0.55),
            "  shape only": lambda: transfer.photo_at(0.55, "shape"),
            "  colour only": lambda: transfer.photo_at(0.55, "colour"),
        },
        rounds,
    )
    where = "on plain ground" if plain_ground else "without ground"
    print(f"\n{megapixels:g} megapixels, {where}")
    for name, all_ in seconds.items():
        print(f"  {name:<26}{statistics.median(all_):8.3f} s ({min(all_):.3f} to {max(all_):.3f})")


def report_memory(megapixels: float) -> None:
    """Print the peak above the process with the photo loaded; run in a process of its own."""
    photo = photo_of(megapixels, plain_ground=True)
    frame = PhotoFrame.whole(photo, SIZE)
    frames = frames_of(frame, photo)
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    loaded = memory_gib("VmRSS")
    EditTransfer(photo, frame, frames).photo_at(1.0)
    above = memory_gib("VmHWM") - loaded
    print(f"{megapixels:g} megapixels: {above:.2f} GiB above {loaded:.2f}")


def memory_gib(field: str) -> float:
    """What Linux says of this process: VmRSS, its memory now, or VmHWM, the peak of that."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (kib,) = (line.split()[1] for line in lines if line.startswith(field + ":"))
    return int(kib) / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[1, 12, 50])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    cv2.setNumThreads(arguments.threads)
    torch.set_num_threads(arguments.threads)
    if arguments.memory is not None:
        report_memory(arguments.memory)
        return
    print(
        f"{platform.processor() or platform.machine()}, {arguments.threads} threads, "
        f"OpenCV {cv2.__version__}, commit {source_commit()}"
    )
    for megapixels in arguments.megapixels:
        for plain_ground in (False, True):
            report_times(megapixels, plain_ground, arguments.rounds)
    print("\nmemory")
    for megapixels in arguments.megapixels:
        child = [sys.executable, __file__, "--memory", str(megapixels)]
        subprocess.run([*child, "--threads", str(arguments.threads)], check=True)


if __name__ == "__main__":
    main()
