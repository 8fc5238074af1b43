"""Write a page about a store: what to look at before spending a GPU day on it.

Counts, sources and licences, a contact sheet, the average picture, extremes, sizes, aspects and
brightness of the photos, labels, near-duplicates in pairs, and the files that were left out. The
page is one file that needs nothing beside it. It shows the photos: pass it on as you may them.

example:
  igan data report data/shoes.lmdb --out shoes.html
"""

import argparse
from pathlib import Path

from igan.cli.data.options import BAR

PURPOSE = "write a page about a store, to look at before training"


def add_arguments(action: argparse.ArgumentParser) -> None:
    action.add_argument("store", type=Path, metavar="STORE")
    action.add_argument(
        "--out", type=Path, help="the page, NAME.html (default: beside the store, of its name)"
    )


def run(arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from igan.data.report import store_page
    from igan.data.store import Store
    from serve.staging import refuse_existing

    store = Store(arguments.store)
    out = arguments.out or store.path.with_suffix(".html")
    refuse_existing(out)
    with tqdm(unit=" pictures", **BAR) as bar:

        def show(stage: str, done: int, total: int) -> None:
            bar.set_description(f"looking at {stage}", refresh=False)
            bar.total = total
            bar.n = done
            bar.update(0)

        page = store_page(store, show)
    page.write(out)
    print(f"{out}: {len(store):,} pictures.")
