"""Import photos into a store: a folder, an archive, or a data set as it is published.

Photos are decoded, turned upright, made square and small, and written in the order of the source.
What cannot be read and exact duplicates are left out and listed with their reason in
STORE/rejected.csv. A new store appears under its name when it is complete; an import that was
interrupted, or killed, goes on where it stopped with --resume.

examples:
  igan data import shoes.zip --out data/shoes.lmdb --size 64
  igan data import photos/ --out data/photos.lmdb --size 128 --fit pad --licence "CC BY 4.0"
  igan data import lsun/ --source lsun --category church_outdoor --out data/church.lmdb
  igan data import ut-zap50k-images.zip --config shoes --out data/shoes.lmdb
  igan data import more/ --append --out data/photos.lmdb
  igan data import --resume --out data/photos.lmdb
  igan data import photos/ --shard 3/8 --out data/photos-3.lmdb    (then `igan data merge`)
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igan.cli.data.import_options import (
    add_picture_settings,
    add_source_options,
    check_as_begun,
    picture_settings_given,
    source_options_given,
)
from igan.cli.data.options import BAR
from igan.cli.data.recipe import add_recipe, follow_recipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from tqdm import tqdm

    from igan.data.importing import ImportProgress, ImportReport

PURPOSE = "import photos: a folder, an archive, a published data set"


def add_arguments(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "source", type=Path, nargs="?", metavar="SOURCE", help="folder or file of photos"
    )
    action.add_argument("--out", type=Path, required=True, help="the store, NAME.lmdb")
    add_recipe(action)
    course = action.add_mutually_exclusive_group()
    course.add_argument(
        "--append", action="store_true", help="add to the store, made as its pictures are"
    )
    course.add_argument(
        "--resume", action="store_true", help="go on with an import that was interrupted"
    )
    add_picture_settings(action.add_argument_group("pictures"))
    add_source_options(action.add_argument_group("source"))
    action.add_argument("--workers", type=int, help="threads that decode (default: one a core)")
    action.add_argument(
        "--shard", default=argparse.SUPPRESS, metavar="I/N", help="import the I-th of N parts only"
    )


def run(arguments: argparse.Namespace) -> None:
    from igan.data.importing import unfinished_import

    recipe = follow_recipe(arguments)
    try:
        report = _import(arguments)
    except KeyboardInterrupt:
        if unfinished_import(arguments.out) is None:
            raise
        raise KeyboardInterrupt(
            f"interrupted; go on with `igan data import --resume --out {arguments.out}`."
        ) from None
    _tell(report)
    if recipe is not None and "shard" not in vars(arguments):
        problem = recipe.count_problem(report.imported + report.duplicates)
        if problem is not None:
            print(f"warning: {problem}")


def _import(arguments: argparse.Namespace) -> "ImportReport":
    from tqdm import tqdm

    from igan.data.import_ledger import WHOLE_SOURCE, Shard
    from igan.data.importing import (
        append_photos,
        import_photos,
        resume_import,
        unfinished_import,
    )
    from igan.errors import ConfigError

    out: Path = arguments.out
    given = vars(arguments)
    shard = Shard.parse(given["shard"]) if "shard" in given else WHOLE_SOURCE
    pictures = picture_settings_given(given)
    origin: dict[str, Any] = {
        "licence": arguments.licence,
        "kind": arguments.kind,
        "options": source_options_given(given),
    }
    if arguments.workers is not None and arguments.workers < 1:
        raise ConfigError(f"{arguments.workers} workers cannot import; give at least 1.")
    with tqdm(desc="importing", unit=" photos", **BAR) as bar:
        course: dict[str, Any] = {
            "workers": arguments.workers,
            "progress": _shown_on(bar),
            "preparation": _preparation_shown_on(bar),
        }
        if arguments.resume and (unfinished_import(out) is not None or out.exists()):
            check_as_begun(out, given)
            return resume_import(out, **course)
        if arguments.source is None:
            raise ConfigError("no photos are named; name the folder or the file that holds them.")
        if not arguments.append:
            return import_photos(arguments.source, out, **pictures, **origin, shard=shard, **course)
        if "shard" in given:
            raise ConfigError("shards make new stores; import them without --append, and merge.")
        check_as_begun(out, pictures)
        return append_photos(arguments.source, out, **origin, **course)


def _shown_on(bar: "tqdm[Any]") -> "Callable[[ImportProgress], None]":
    is_new = True

    def show(progress: "ImportProgress") -> None:
        nonlocal is_new
        if is_new:
            is_new = False
            bar.reset(progress.total)
            bar.initial = bar.n = progress.done - 1
            bar.set_description("importing")
        bar.update(progress.done - bar.n)
        left_out = progress.rejected + progress.duplicates
        if left_out:
            bar.set_postfix({"left out": left_out}, refresh=False)

    return show


def _preparation_shown_on(bar: "tqdm[Any]") -> "Callable[[int, int | None], None]":
    def show(done: int, total: int | None) -> None:
        bar.set_description("preparing", refresh=False)
        bar.total = total
        bar.update(done - bar.n)

    return show


def _tell(report: "ImportReport") -> None:
    counts = report.split_counts
    earlier = f" were added to {report.count - report.imported}" if report.is_append else ""
    print(
        f"{report.store}: {report.imported} photos{earlier}; {counts['train']} to train on and "
        f"{counts['test']} held out."
    )
    if report.rejected or report.duplicates:
        print(
            f"{report.rejected} unreadable files and {report.duplicates} exact duplicates were "
            f"left out; {report.rejected_file} says why."
        )
