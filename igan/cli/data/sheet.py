"""Make a contact sheet (PNG) of pictures spread evenly over a store.

example:
  igan data sheet data/shoes.lmdb --out shoes.png
"""

import argparse
from pathlib import Path

PURPOSE = "make one picture of many of a store's pictures"


def add_arguments(action: argparse.ArgumentParser) -> None:
    action.add_argument("store", type=Path, metavar="STORE")
    action.add_argument("--out", type=Path, required=True, help="the sheet, NAME.png")
    action.add_argument("--count", type=int, default=96, help="number of pictures (default: 96)")
    action.add_argument("--columns", type=int, default=12, help="pictures in a row (default: 12)")


def run(arguments: argparse.Namespace) -> None:
    import numpy as np

    from igan.data.store import Store
    from igan.errors import ConfigError
    from serve.photo.photo import Photo, write_photo
    from serve.report.sheet import contact_sheet
    from serve.staging import refuse_existing

    if arguments.count < 1 or arguments.columns < 1:
        raise ConfigError("a sheet needs at least one picture and one column; give larger numbers.")
    refuse_existing(arguments.out)
    store = Store(arguments.store)
    shown = min(arguments.count, len(store))
    pictures = store.read(np.linspace(0, len(store) - 1, shown).round().astype(int))
    rows = [pictures[i : i + arguments.columns] for i in range(0, shown, arguments.columns)]
    write_photo(Photo(contact_sheet([list(row) for row in rows])), arguments.out)
    print(f"{arguments.out}: {shown} of {len(store)} pictures.")
