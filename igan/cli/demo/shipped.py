"""The edit of a sample picture with a model that ships."""

from pathlib import Path
from typing import NamedTuple

from igan.cli.gallery.plan import PLAN, PlannedEdit, plan_of_category, read_plans
from igan.cli.shipped import bundles_in

CATEGORY = "shoes"


class ShippedEdit(NamedTuple):
    """A model that ships, and what it is shown to do."""

    bundle: Path
    edit: PlannedEdit
    frame: str


def shipped_edit(checkpoints: Path, samples: Path) -> ShippedEdit | None:
    """The first edit that the gallery plans, with the first model of its category that ships.

    None outside a checkout, and where no such model is.
    """
    from serve.bundle.bundle import read_manifest

    bundles = bundles_in(checkpoints)
    if not bundles or not (samples / PLAN).is_file():
        return None
    plan = plan_of_category(read_plans(samples), CATEGORY)
    fitting = [path for path in bundles if read_manifest(path).name in plan.bundles]
    return ShippedEdit(fitting[0], plan.edits[0], plan.frame) if fitting and plan.edits else None
