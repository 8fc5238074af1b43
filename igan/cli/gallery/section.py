"""A bundle's section of the gallery: its pictures, and the Markdown around them."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from igan.cli.gallery.judgement import JUDGED, JUDGED_SAMPLES, JUDGED_SEED, judgement_of
from igan.cli.gallery.plan import CategoryPlan, PlannedEdit, PlannedTransformation

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from serve.bundle import Bundle

Blocks = list[str]


class Section:
    """Makes the parts of one bundle's section, in the order in which they are read.

    Args:
        bundle: what is shown.
        plan: what its category's samples are good for; None shows what needs no photo.
        folder: an empty one for the pictures.
        shown_as: this folder, as the page will link to it.
        page_folder: where the page will stand.
    """

    def __init__(
        self,
        bundle: "Bundle",
        plan: CategoryPlan | None,
        folder: Path,
        shown_as: Path,
        page_folder: Path,
    ) -> None:
        self.bundle, self.plan = bundle, plan
        self.name = bundle.manifest.name
        self._folder, self._shown_as, self._page_folder = folder, shown_as, page_folder

    @property
    def parts(self) -> list[tuple[str, Callable[[], Blocks]]]:
        """Each with what it shows; calling it makes its pictures and returns its Markdown."""
        parts: list[tuple[str, Callable[[], Blocks]]] = [
            ("what it is", self._heading),
            ("random samples", self._samples),
            ("a walk", self._walk),
        ]
        plan = self.plan
        if plan is None:
            return [*parts, ("no samples", partial(self._nothing_to_edit, "no sample pictures"))]
        if self.bundle.projector is None or self.bundle.features is None:
            reason = "no projection network and feature space in it"
            return [*parts, ("no edits", partial(self._nothing_to_edit, reason))]
        parts.append(("reconstructions", partial(self._reconstructions, plan)))
        parts += [
            (edit.title, partial(self._edit, plan, number, edit))
            for number, edit in enumerate(plan.edits)
        ]
        parts += [
            (f"{one.photo.stem} like {one.other.stem}", partial(self._transformation, plan, one))
            for one in plan.transformations
        ]
        return parts

    def _heading(self) -> Blocks:
        from igan.export.model_card import CARD_FILE

        path = self.bundle.path
        blocks = [f"## {self.name}"]
        size = sum(file.size_bytes for file in self.bundle.manifest.files.values())
        image = self.bundle.manifest.image
        networks = ", ".join(self.bundle.networks)
        about = (
            f"{image.size} x {image.size} pixels, {networks}; {size / 2**20:.1f} MiB, digest "
            f"`{self.bundle.digest[:12]}`"
        )
        card = path / CARD_FILE
        if not card.is_file():
            return [*blocks, f"{about}."]
        return [*blocks, f"{about}. [Its card]({self._link(card)}) has its figures."]

    def _samples(self) -> Blocks:
        from igan.cli.gallery.pictures import samples_grid

        judgement = judgement_of(self.bundle.path, self.name, self.bundle.digest)
        rejects = () if judgement is None else judgement.rejects
        grid = samples_grid(self.bundle, JUDGED_SAMPLES, JUDGED_SEED, rejects)
        if judgement is None:
            verdict = (
                f"Nobody has judged them yet: write the numbers of the rejects into `{JUDGED}` "
                f"beside the bundle, for the digest `{self.bundle.digest}`."
            )
        else:
            verdict = (
                f"{JUDGED_SAMPLES - len(rejects)} of {JUDGED_SAMPLES} pass; {len(rejects)} are "
                f"rejected and crossed out, the rule being: {judgement.rule}. Judged by "
                f"{judgement.judged_by}."
            )
        return [
            "### Random samples",
            f"The first {JUDGED_SAMPLES} of seed {JUDGED_SEED}, none left out. {verdict}",
            self._picture("samples", grid, f"{JUDGED_SAMPLES} random samples"),
            _command("sample", self.bundle.path, "--count", JUDGED_SAMPLES, "--out", "samples.png"),
        ]

    def _walk(self) -> Blocks:
        from igan.cli.gallery.pictures import walk

        return [
            "### A walk",
            "From one random latent to the next along the arc between them, in even steps.",
            self._picture("walk", walk(self.bundle), "a walk through four random latents"),
        ]

    def _nothing_to_edit(self, reason: str) -> Blocks:
        return [f"There is {reason}, and so nothing here is projected or edited."]

    def _reconstructions(self, plan: CategoryPlan) -> Blocks:
        from igan.cli.project import project_files

        with TemporaryDirectory() as scratch:
            out = Path(scratch) / "out"
            project_files(self.bundle.path, plan.photos, out, method="all", frame=plan.frame)
            picture = self._picture("reconstructions", _read(out / "sheet.png"), "reconstructions")
        return [
            "### Reconstructions",
            "Samples projected by the network alone, by the optimiser from a random start, and by "
            "the optimiser from the network's answer, with their losses.",
            picture,
            _command(
                "project",
                self.bundle.path,
                *plan.photos,
                *("--method", "all", "--frame", plan.frame, "--out", "runs/projected"),
            ),
        ]

    def _edit(self, plan: CategoryPlan, number: int, edit: PlannedEdit) -> Blocks:
        from igan.cli.edit import edit_file
        from igan.cli.gallery.pictures import at_full_size
        from serve.photo.photo import read_photo

        name = edit.script.stem
        blocks = ["### Edits"] if number == 0 else []
        with TemporaryDirectory() as scratch:
            out = Path(scratch) / "out"
            figures = edit_file(
                self.bundle.path, edit.photo, edit.script, out, frame=plan.frame, films=()
            )
            blocks += [
                f"**{edit.title}.**",
                self._picture(name, _read(out / "sheet.png"), edit.title),
                "\n".join(f"- {sentence}" for sentence in figures["sentences"]),
            ]
            if number == 0:
                photo, edited = read_photo(edit.photo), read_photo(out / figures["edited"])
                blocks += [
                    "The same on the photo at its full size:",
                    self._picture(f"{name}-full", at_full_size(photo, edited), "at full size"),
                ]
        options = ("--script", edit.script, "--frame", plan.frame, "--out", f"runs/{name}")
        return [*blocks, _command("edit", self.bundle.path, edit.photo, *options)]

    def _transformation(self, plan: CategoryPlan, one: PlannedTransformation) -> Blocks:
        from igan.cli.transform import transform_files

        name = f"{one.photo.stem}-like-{one.other.stem}"
        with TemporaryDirectory() as scratch:
            out = Path(scratch) / "out"
            transform_files(self.bundle.path, one.photo, one.other, out, frame=plan.frame, films=())
            picture = self._picture(name, _read(out / "sheet.png"), name)
        return [
            "### A generative transformation",
            "One photo on its way to another, with no strokes: above what the model draws, below "
            "the photo, carried along.",
            picture,
            _command(
                "transform",
                self.bundle.path,
                one.photo,
                one.other,
                *("--frame", plan.frame, "--out", f"runs/{name}"),
            ),
        ]

    def _picture(self, name: str, pixels: "npt.NDArray[np.uint8]", alternative: str) -> str:
        from igan.cli.gallery.pictures import write_jpeg

        write_jpeg(pixels, self._folder / f"{name}.jpg")
        return f"![{alternative}]({(self._shown_as / name).as_posix()}.jpg)"

    def _link(self, file: Path) -> str:
        return Path(os.path.relpath(file, self._page_folder)).as_posix()


def _read(file: Path) -> "npt.NDArray[np.uint8]":
    from serve.photo.photo import read_photo

    return read_photo(file).as_uint8(3)


def _command(name: str, *arguments: Any) -> str:
    return f"```bash\nigan {name} {' '.join(map(str, arguments))}\n```"
