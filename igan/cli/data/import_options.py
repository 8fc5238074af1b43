"""What to take from a source of photos, and what pictures to make of them."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igan.cli.data.options import add_encoding

if TYPE_CHECKING:
    from igan.data.sources import SourceOptions

FITS = ("crop", "pad", "squash")
ANCHORS = ("centre", "top")
PICTURE_SETTINGS = ("size", "channels", "fit", "anchor", "trim", "encoding")
SOURCE_OPTIONS = ("categories", "half", "root", "query", "downloads", "allow_private_hosts")


def add_picture_settings(group: "argparse._ArgumentGroup") -> None:
    unsaid: dict[str, Any] = {"default": argparse.SUPPRESS}
    group.add_argument("--size", type=int, help="side in pixels (default: 64)", **unsaid)
    group.add_argument(
        "--fit",
        choices=FITS,
        help="crop: the largest square of each photo; pad: all of it, its border continued to a "
        "square; squash: all of it, its aspect changed (default: crop)",
        **unsaid,
    )
    group.add_argument(
        "--anchor", choices=ANCHORS, help="where that square lies (default: centre)", **unsaid
    )
    group.add_argument(
        "--trim", action="store_true", help="take away uniform borders first", **unsaid
    )
    group.add_argument(
        "--channels",
        type=int,
        choices=(1, 3),
        help="3 for colour, 1 for grey, as sketch models need (default: 3)",
        **unsaid,
    )
    add_encoding(group, **unsaid)


def add_source_options(group: "argparse._ArgumentGroup") -> None:
    unsaid: dict[str, Any] = {"default": argparse.SUPPRESS}
    group.add_argument(
        "--source", dest="kind", metavar="KIND", help="what it is (default: what it looks like)"
    )
    group.add_argument(
        "--category",
        dest="categories",
        action="append",
        metavar="NAME",
        help="take this category; may be given several times",
        **unsaid,
    )
    group.add_argument(
        "--half", choices=("left", "right"), help="of pictures that hold two", **unsaid
    )
    group.add_argument("--root", type=Path, help="folder of the files in a list", **unsaid)
    group.add_argument("--query", help="take the products that this describes", **unsaid)
    group.add_argument("--downloads", type=Path, help="folder for what is downloaded", **unsaid)
    group.add_argument(
        "--allow-private-hosts",
        action="store_true",
        help="download from private networks, too",
        **unsaid,
    )
    group.add_argument(
        "--licence", default="", help="terms of these photos (default: those of the data set)"
    )


def picture_settings_given(given: dict[str, Any]) -> dict[str, Any]:
    """Return those of the arguments that say what pictures to make."""
    return {name: given[name] for name in PICTURE_SETTINGS if name in given}


def source_options_given(given: dict[str, Any]) -> "SourceOptions":
    """Return what the arguments say of what to take from the source."""
    from igan.data.sources import SourceOptions

    chosen = {name: given[name] for name in SOURCE_OPTIONS if name in given}
    if "categories" in chosen:
        chosen["categories"] = tuple(chosen["categories"])
    return SourceOptions(**chosen)


def check_as_begun(out: Path, given: dict[str, Any]) -> None:
    """Refuse arguments that contradict those with which a store was begun.

    Raises:
        ConfigError: one does.
    """
    from igan.data.import_ledger import options_document
    from igan.data.importing import unfinished_path
    from igan.data.store import Store
    from igan.errors import ConfigError

    store = Store(out if out.exists() else unfinished_path(out))
    begun = {name: getattr(store.meta, name) for name in PICTURE_SETTINGS}
    asked = picture_settings_given(given)
    if ledgers := store.imports():
        ledger = ledgers[-1]
        begun |= {"source": ledger.source_path, "kind": ledger.source_kind}
        begun |= {"shard": str(ledger.shard), "licence": store.meta.sources[ledger.source].licence}
        begun |= {name: ledger.source_options.get(name) for name in SOURCE_OPTIONS}
        asked |= options_document(source_options_given(given))
        asked |= {name: given[name] for name in ("kind", "licence", "shard") if given.get(name)}
        if given.get("source") is not None:
            asked["source"] = str(given["source"].absolute())
    for name, value in asked.items():
        if (list(value) if isinstance(value, tuple) else value) != begun[name]:
            raise ConfigError(
                f"{out} was begun with {name.replace('_', ' ')} {begun[name]}, not {value}; leave "
                "that out, or make another store."
            )
