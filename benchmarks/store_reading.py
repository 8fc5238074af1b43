"""How fast do batches come out of a store, against torchvision's LSUN reader?

The same pictures lie in a store of raw records, in a store of JPEG records, and as JPEG files in an
LMDB as LSUN is published, which `torchvision.datasets.LSUNClass` reads. All give batches of
uint8 (64, H, W, 3) in the same random orders, in turn, in one process. The LSUN reader is also run
in a DataLoader with as many workers as there are decoding threads, which is what its users do.

    python benchmarks/store_reading.py [--store STORE] [--rounds 7] [--threads 2]

Without a store, shoes are drawn.
"""

import argparse
import contextlib
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import lmdb
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset
from torchvision.datasets.lsun import LSUNClass

from igan.data.encoding import Encoding, encode_record
from igan.data.rendering import render_store
from igan.data.store import Store, StoreWriter
from igan.training.provenance import source_commit

DRAWN_PICTURES = 5000
BATCH = 64


def write_store(source: Store, path: Path, encoding: Encoding) -> None:
    path.mkdir()
    with StoreWriter(path, size=source.size, channels=source.channels, encoding=encoding) as writer:
        for start in range(0, len(source), BATCH):
            indices = range(start, min(start + BATCH, len(source)))
            pictures, entries = source.read(indices), source.entries(indices)
            for pixels, entry in zip(pictures, entries, strict=True):
                writer.add(pixels, entry)


def write_lsun(source: Store, path: Path) -> None:
    """Write an LMDB as LSUN is published: hashes -> encoded pictures."""
    with lmdb.open(str(path), map_size=2**34) as environment:
        for start in range(0, len(source), BATCH):
            indices = range(start, min(start + BATCH, len(source)))
            pictures, entries = source.read(indices), source.entries(indices)
            with environment.begin(write=True) as transaction:
                for pixels, entry in zip(pictures, entries, strict=True):
                    key = entry.content_sha256.hex().encode()
                    transaction.put(key, encode_record(pixels, "jpeg"))


class Shuffled(Dataset[torch.Tensor]):
    """LSUN's pictures in a given order, as tensors."""

    def __init__(self, lsun: LSUNClass, order: np.ndarray) -> None:
        self.lsun, self.order = lsun, order

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, position: int) -> torch.Tensor:
        return torch.from_numpy(np.array(self.lsun[int(self.order[position])][0]))


def from_store(store: Store, order: np.ndarray) -> Iterator[torch.Tensor]:
    for start in range(0, len(order), BATCH):
        yield torch.from_numpy(store.read(order[start : start + BATCH]))


def from_lsun(lsun: LSUNClass, order: np.ndarray) -> Iterator[torch.Tensor]:
    for start in range(0, len(order), BATCH):
        pictures = [np.asarray(lsun[int(index)][0]) for index in order[start : start + BATCH]]
        yield torch.from_numpy(np.stack(pictures))


def seconds_in_turn(
    rivals: dict[str, Callable[[np.ndarray], Iterator[torch.Tensor]]], count: int, rounds: int
) -> dict[str, list[float]]:
    """Seconds of a pass; the rivals alternate, so that a drift of the machine hits all of them."""
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for number in range(rounds + 1):
        order = np.random.default_rng(number).permutation(count)
        for name, batches in rivals.items():
            began = time.perf_counter()
            seen = sum(len(batch) for batch in batches(order))
            if seen != count:
                raise RuntimeError(f"{name} gave {seen} of {count} pictures")
            if number > 0:
                seconds[name].append(time.perf_counter() - began)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, help="a store of 64x64x3 pictures")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        source_path = arguments.store or render_store(root / "drawn.lmdb", DRAWN_PICTURES)
        source = Store(source_path)
        for encoding in ("raw", "jpeg"):
            write_store(source, root / encoding, encoding)  # type: ignore[arg-type]
        write_lsun(source, root / "lsun_lmdb")
        raw, jpeg = Store(root / "raw"), Store(root / "jpeg", threads=arguments.threads)
        jpeg_one_thread = Store(root / "jpeg")
        with contextlib.chdir(root):  # it writes a list of keys to where it stands
            lsun = LSUNClass(str(root / "lsun_lmdb"))
        rivals: dict[str, Callable[[np.ndarray], Iterator[torch.Tensor]]] = {
            "torchvision LSUN": lambda order: from_lsun(lsun, order),
            "torchvision LSUN, workers": lambda order: iter(
                DataLoader(Shuffled(lsun, order), BATCH, num_workers=arguments.threads)
            ),
            "store, raw": lambda order: from_store(raw, order),
            "store, jpeg, one thread": lambda order: from_store(jpeg_one_thread, order),
            "store, jpeg": lambda order: from_store(jpeg, order),
        }
        seconds = seconds_in_turn(rivals, len(source), arguments.rounds)
    print(
        f"{platform.processor() or platform.machine()}, {arguments.threads} threads, "
        f"{len(source)} pictures of {source.size}x{source.size}, torch {torch.__version__}, "
        f"commit {source_commit()}"
    )
    print(f"{'':>28}{'pictures/s (slowest to fastest)':>40}{'times LSUN':>12}")
    base = statistics.median(seconds["torchvision LSUN"])
    for name, all_ in seconds.items():
        median = statistics.median(all_)
        rates = [len(source) / pass_s for pass_s in (median, max(all_), min(all_))]
        spread = "{:,.0f} ({:,.0f} to {:,.0f})".format(*rates)
        print(f"{name:>28}{spread:>40}{base / median:>12.1f}")


if __name__ == "__main__":
    main()
