"""Say what a store holds: counts, sources with their licences, imports, digest.

example:
  igan data info data/shoes.lmdb --labels --verify
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from igan.cli.data.options import BAR

if TYPE_CHECKING:
    from igan.data.store import Store

PURPOSE = "say what a store holds"


def add_arguments(action: argparse.ArgumentParser) -> None:
    action.add_argument("store", type=Path, metavar="STORE")
    action.add_argument(
        "--labels", action="store_true", help="count the photos of each class label, too"
    )
    action.add_argument(
        "--verify", action="store_true", help="read everything and compare it with the digest"
    )


def run(arguments: argparse.Namespace) -> None:
    from igan.data.store import Store

    store = Store(arguments.store)
    if arguments.verify:
        _verify(store)
    meta = store.meta
    trimmed = ", trimmed" if meta.trim else ""
    print(f"{store.path}")
    print(f"  pictures  {meta.count} of {meta.size}x{meta.size}x{meta.channels}, {meta.encoding}")
    print(f"  split     {meta.split_counts['train']} train, {meta.split_counts['test']} test")
    print(f"  fit       {meta.fit}{' at the top' if meta.anchor == 'top' else ''}{trimmed}")
    for source in meta.sources:
        print(
            f"  source    {source.name} ({source.kind}), {source.licence or 'licence not stated'}"
        )
    for ledger in store.imports():
        shard = f" (shard {ledger.shard})" if ledger.shard.of > 1 else ""
        left_out = f"{ledger.rejected} unreadable, {ledger.duplicates} duplicates"
        unfinished = "" if ledger.finished else "; unfinished, go on with --resume"
        print(
            f"  import    {ledger.imported} of {ledger.done} files{shard}, {left_out}{unfinished}"
        )
    if arguments.labels:
        _print_labels(store)
    print(f"  digest    {meta.digest}{' (verified)' if arguments.verify else ''}")


def _print_labels(store: "Store") -> None:
    import numpy as np

    labels = store.labels()
    numbers = store.traits()["label"]
    counts = np.bincount(numbers[numbers >= 0], minlength=len(labels))
    for label, count in zip(labels, counts, strict=True):
        print(f"  label     {label}: {count}")
    if unlabelled := int((numbers < 0).sum()):
        print(f"  label     (none): {unlabelled}")


def _verify(store: "Store") -> None:
    from tqdm import tqdm

    with tqdm(total=len(store), desc="verifying", unit=" records", **BAR) as bar:
        store.verify(lambda records: bar.update(records - bar.n))
