"""Photo stores: import photos into one, draw the embedded set into one, look into one.

A store is a folder NAME.lmdb of equally sized pictures that training reads fast. About one photo
in ten is held out for measuring; folders named `train` and `test` in the source decide instead.

examples:
  igan data import photos/shoes --out data/shoes.lmdb --size 64
  igan data import shoes.zip --out data/shoes.lmdb --size 64 --fit whole --licence "CC BY 4.0"
  igan data render --count 5000 --out data/rendered.lmdb
  igan data info data/shoes.lmdb --verify
  igan data sheet data/shoes.lmdb --out shoes.png
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from igan.data.store import Store

FITS = ("centre", "whole")
ENCODINGS = ("raw", "png", "jpeg", "webp")
BAR: dict[str, Any] = {"dynamic_ncols": True, "delay": 0.3}
ENCODING_HELP = (
    "how records are kept: raw is fastest to read, png smaller, jpeg and webp smallest but lossy "
    "(default: raw)"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_import(actions)
    _add_render(actions)
    _add_info(actions)
    _add_sheet(actions)


def run(arguments: argparse.Namespace) -> None:
    arguments.perform(arguments)


def _add_action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    purpose: str,
    description: str,
) -> argparse.ArgumentParser:
    return actions.add_parser(
        name,
        help=purpose,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_import(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    action = _add_action(
        actions,
        "import",
        "import a folder or zip file of photos",
        "Import a folder (with all below it) or a zip file of photos into a new store.\n\n"
        "Unreadable files and exact duplicates are left out and listed with their reason in\n"
        "STORE/rejected.csv. The store appears under its name when it is complete.\n\n"
        "example:\n  igan data import shoes.zip --out data/shoes.lmdb --size 64",
    )
    action.add_argument("source", type=Path, metavar="SOURCE", help="folder or zip file of photos")
    action.add_argument("--out", type=Path, required=True, help="the new store, NAME.lmdb")
    action.add_argument(
        "--size", type=int, default=64, help="side of the pictures in pixels (default: 64)"
    )
    action.add_argument(
        "--fit",
        choices=FITS,
        default="centre",
        help="centre: the largest centred square of each photo; whole: all of it, its border "
        "continued to a square (default: centre)",
    )
    action.add_argument(
        "--channels",
        type=int,
        choices=(1, 3),
        default=3,
        help="3 for colour, 1 for grey, as sketch models need (default: 3)",
    )
    action.add_argument("--encoding", choices=ENCODINGS, default="raw", help=ENCODING_HELP)
    action.add_argument("--licence", default="", help="terms of these photos, kept in the store")
    action.add_argument("--workers", type=int, help="decoding threads (default: one a core)")
    action.set_defaults(perform=_import)


def _add_render(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    action = _add_action(
        actions,
        "render",
        "draw the embedded set",
        "Draw shoes of all shapes and colours into a new store: a set to try everything on,\n"
        "without any download. The same seed gives the same pictures.\n\n"
        "example:\n  igan data render --count 5000 --out data/rendered.lmdb",
    )
    action.add_argument("--count", type=int, required=True, help="number of pictures")
    action.add_argument("--out", type=Path, required=True, help="the new store, NAME.lmdb")
    action.add_argument(
        "--size", type=int, default=64, help="side of the pictures in pixels (default: 64)"
    )
    action.add_argument("--seed", type=int, default=0, help="which endless set (default: 0)")
    action.add_argument("--encoding", choices=ENCODINGS, default="raw", help=ENCODING_HELP)
    action.set_defaults(perform=_render)


def _add_info(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    action = _add_action(
        actions,
        "info",
        "say what a store holds",
        "Say what a store holds: counts, sources with their licences, digest.\n\n"
        "example:\n  igan data info data/shoes.lmdb --verify",
    )
    action.add_argument("store", type=Path, metavar="STORE")
    action.add_argument(
        "--verify", action="store_true", help="read everything and compare it with the digest"
    )
    action.set_defaults(perform=_info)


def _add_sheet(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    action = _add_action(
        actions,
        "sheet",
        "make one picture of many of a store's pictures",
        "Make a contact sheet (PNG) of pictures spread evenly over a store.\n\n"
        "example:\n  igan data sheet data/shoes.lmdb --out shoes.png",
    )
    action.add_argument("store", type=Path, metavar="STORE")
    action.add_argument("--out", type=Path, required=True, help="the sheet, NAME.png")
    action.add_argument("--count", type=int, default=96, help="number of pictures (default: 96)")
    action.add_argument("--columns", type=int, default=12, help="pictures in a row (default: 12)")
    action.set_defaults(perform=_sheet)


def _import(arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from igan.data.importing import ImportProgress, import_photos

    with tqdm(desc="importing", unit=" photos", **BAR) as bar:

        def show(progress: ImportProgress) -> None:
            bar.total = progress.total
            bar.update(progress.done - bar.n)
            left_out = progress.rejected + progress.duplicates
            if left_out:
                bar.set_postfix({"left out": left_out}, refresh=False)

        report = import_photos(
            arguments.source,
            arguments.out,
            arguments.size,
            channels=arguments.channels,
            fit=arguments.fit,
            encoding=arguments.encoding,
            licence=arguments.licence,
            workers=arguments.workers,
            progress=show,
        )
    counts = report.split_counts
    print(
        f"{report.store}: {report.imported} photos, {counts['train']} to train on and "
        f"{counts['test']} held out."
    )
    if report.rejected or report.duplicates:
        print(
            f"{report.rejected} unreadable files and {report.duplicates} exact duplicates were "
            f"left out; {report.rejected_file} says why."
        )


def _render(arguments: argparse.Namespace) -> None:
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


def _info(arguments: argparse.Namespace) -> None:
    from igan.data.store import Store

    store = Store(arguments.store)
    if arguments.verify:
        _verify(store)
    meta = store.meta
    print(f"{store.path}")
    print(f"  pictures  {meta.count} of {meta.size}x{meta.size}x{meta.channels}, {meta.encoding}")
    print(f"  split     {meta.split_counts['train']} train, {meta.split_counts['test']} test")
    print(f"  fit       {meta.fit}")
    for source in meta.sources:
        print(
            f"  source    {source.name} ({source.kind}), {source.licence or 'licence not stated'}"
        )
    print(f"  digest    {meta.digest}{' (verified)' if arguments.verify else ''}")


def _verify(store: "Store") -> None:
    from tqdm import tqdm

    with tqdm(total=len(store), desc="verifying", unit=" records", **BAR) as bar:
        store.verify(lambda records: bar.update(records - bar.n))


def _sheet(arguments: argparse.Namespace) -> None:
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
