"""Merge the shards of one import into a store: the very store of the undivided import.

All shards must be there, finished, and made of the same source with the same settings. They are
read only and may be removed afterwards.

example:
  igan data merge data/photos-*.lmdb --out data/photos.lmdb
"""

import argparse
from pathlib import Path

from igan.cli.data.options import BAR

PURPOSE = "put the shards of an import together"


def add_arguments(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "shards", type=Path, nargs="+", metavar="SHARD", help="stores made with --shard I/N"
    )
    action.add_argument("--out", type=Path, required=True, help="the new store, NAME.lmdb")


def run(arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from igan.data.merging import merge_shards
    from igan.data.store import Store

    with tqdm(desc="merging", unit=" photos", **BAR) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        ledger = merge_shards(arguments.shards, arguments.out, show)
    store = Store(arguments.out)
    counts = store.meta.split_counts
    print(
        f"{store.path}: {ledger.imported} photos; {counts['train']} to train on and "
        f"{counts['test']} held out."
    )
    print(
        f"{ledger.rejected} unreadable files and {ledger.duplicates} exact duplicates were left "
        f"out; digest {store.digest}"
    )
