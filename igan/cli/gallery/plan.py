"""What is shown of a category: the sample pictures, the edits and the transformations."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igan.errors import BadInputError

if TYPE_CHECKING:
    from serve.app.samples import SamplePhoto

PLAN = "gallery.json"


@dataclass(frozen=True)
class PlannedEdit:
    """A script and the sample that it edits; `title` says what it shows."""

    title: str
    photo: Path
    script: Path


@dataclass(frozen=True)
class PlannedTransformation:
    """A sample that shall look like another."""

    photo: Path
    other: Path


@dataclass(frozen=True)
class CategoryPlan:
    """What the gallery shows with the bundles of one category.

    Attributes:
        bundles: the names that they have in their manifests.
        frame: which square of a sample the network sees, as `--frame` names it.
        folder: where the samples lie.
        samples: all of the category.
        edits: the first is shown at full size too.
    """

    category: str
    bundles: tuple[str, ...]
    frame: str
    folder: Path
    samples: "tuple[SamplePhoto, ...]"
    edits: tuple[PlannedEdit, ...]
    transformations: tuple[PlannedTransformation, ...]

    @property
    def photos(self) -> list[Path]:
        """The files of the samples."""
        return [self.folder / sample.file for sample in self.samples]


def read_plans(folder: Path) -> list[CategoryPlan]:
    """Read what `gallery.json` in a folder of samples plans.

    Raises:
        PhotoError: the folder holds no list of samples, or not all that it lists.
        BadInputError: the plan is missing or wrong, or names what is not there.
    """
    from serve.app.samples import read_samples
    from serve.errors import EditError

    file = folder / PLAN
    samples = read_samples(folder)
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        return [_category(entry, folder, samples) for entry in document]
    except OSError as error:
        raise BadInputError(f"{file} cannot be read: {error.strerror or error}.") from None
    except (BadInputError, EditError, TypeError, ValueError) as error:
        raise BadInputError(f"{file} is no plan of a gallery: {error}") from None


def plan_of_category(plans: Sequence[CategoryPlan], category: str) -> CategoryPlan:
    """The plan of a category.

    Raises:
        BadInputError: there is none.
    """
    for plan in plans:
        if plan.category == category:
            return plan
    known = ", ".join(plan.category for plan in plans)
    raise BadInputError(f"nothing is planned for {category!r}, but for {known or 'nothing'}.")


def plan_of_bundle(plans: Sequence[CategoryPlan], name: str) -> CategoryPlan | None:
    """The plan that lists a bundle of this name."""
    return next((plan for plan in plans if name in plan.bundles), None)


def _category(entry: Any, folder: Path, samples: "Sequence[SamplePhoto]") -> CategoryPlan:
    from serve.latent.fields import Fields

    fields = Fields(entry, "a category")
    category = fields.text("category")
    chosen = {sample.name: sample for sample in samples if sample.category == category}

    def photo(name: str) -> Path:
        if name not in chosen:
            raise BadInputError(f"there is no sample {name!r} among the {category}.")
        return folder / chosen[name].file

    def edit(one: Any) -> PlannedEdit:
        keys = Fields(one, "an edit")
        script = folder / keys.text("script")
        if not script.is_file():
            raise BadInputError(f"there is no script {script}.")
        planned = PlannedEdit(keys.text("title"), photo(keys.text("sample")), script)
        keys.close()
        return planned

    def transformation(one: Any) -> PlannedTransformation:
        keys = Fields(one, "a transformation")
        planned = PlannedTransformation(photo(keys.text("sample")), photo(keys.text("like")))
        keys.close()
        return planned

    plan = CategoryPlan(
        category,
        tuple(map(str, fields.listing("bundles"))),
        fields.text("frame"),
        folder,
        tuple(chosen.values()),
        tuple(map(edit, fields.listing("edits"))),
        tuple(map(transformation, fields.listing("transformations"))),
    )
    fields.close()
    return plan
