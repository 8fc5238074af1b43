"""Draw shoes of all shapes and colours into a new store: a set to try everything on.

It needs no download. The same seed gives the same pictures.

example:
  igan data render --count 5000 --out data/rendered.lmdb
"""

import argparse
from pathlib import Path

from igan.cli.data.options import BAR, add_encoding

PURPOSE = "draw the embedded set"


def add_arguments(action: argparse.ArgumentParser) -> None:
    action.add_argument("--count", type=int, required=True, help="number of pictures")
    action.add_argument("--out", type=Path, required=True, help="the new store, NAME.lmdb")
    action.add_argument(
        "--size", type=int, default=64, help="side of the pictures in pixels (default: 64)"
    )
    action.add_argument("--seed", type=int, default=0, help="which endless set (default: 0)")
    add_encoding(action)


def run(arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from igan.data.rendering import render_store
    from igan.data.store import Store

    with tqdm(total=arguments.count, desc="drawing", unit=" pictures", **BAR) as bar:
        store = render_store(
            arguments.out,
            arguments.count,
            arguments.size,
            arguments.seed,
            encoding=arguments.encoding,
            progress=lambda done: bar.update(done - bar.n),
        )
    counts = Store(store).meta.split_counts
    print(f"{store}: {counts['train']} pictures to train on and {counts['test']} held out.")
