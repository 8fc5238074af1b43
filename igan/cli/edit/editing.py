"""What `igan edit` does: carry out a script on a photo, or on none, and write the results."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igan.cli.carried_files import CHANGES, DEFAULT_FILMS
from igan.cli.edit.drawing import draw_path
from igan.cli.edit.stages import Stages
from igan.cli.framing import ChosenFrame, chosen_frames, doubt_about
from igan.errors import BadInputError

if TYPE_CHECKING:
    from serve.bundle import Bundle
    from serve.latent import Edit, EditResult
    from serve.photo.frame import PhotoFrame
    from serve.photo.photo import Photo

MOST_AMOUNT = 2


def edit_file(
    bundle_path: Path,
    photo_path: Path | None,
    script_path: Path | None,
    out: Path,
    amount: float | None = None,
    change: str = "both",
    frame: str = "centre",
    sequence: int = 0,
    films: Sequence[str] = DEFAULT_FILMS,
    color_map: Path | None = None,
    color_mask: Path | None = None,
    edge_map: Path | None = None,
    candidates: int | None = None,
    choose: int = 1,
    seed: int | None = None,
) -> dict[str, Any]:
    """Carry out an edit and write the results into the new folder `out`.

    Args:
        photo_path: None starts from random latents.
        script_path: None when the pictures are all that is asked for.
        amount, candidates, seed: instead of the script's own.
        choose: which candidate is the result, from 1.
        color_map, color_mask, edge_map: see `igan.cli.edit.three_pictures`.

    Returns:
        what stands in figures.json: seconds of each stage, the objective, files.
    """
    from serve.bundle import load_bundle
    from serve.latent import carry_out
    from serve.photo.photo import read_photo
    from serve.staging import refuse_existing, staged_folder

    refuse_existing(out)
    _check_options(amount, change, sequence, choose)
    script = _script(script_path, color_map, color_mask, edge_map)
    edit = _with_options(script, amount, candidates, seed, choose)
    photo = None if photo_path is None else read_photo(photo_path)
    bundle = load_bundle(bundle_path, engine="quick")
    placed = _placed(edit, bundle, photo, frame)
    edit = _completed(edit, bundle, photo, placed.frame)
    edit = _with_pictures(edit, color_map, color_mask, edge_map)
    square = edit.frame
    assert square is not None
    carried = () if photo is None else ("estimate flow", "apply to photo")
    with Stages(("find and edit", *carried)) as stages:
        picture = None
        if photo is not None:
            picture = square.picture(photo, bundle.manifest.image.channels)
        result = carry_out(
            edit,
            bundle,
            picture,
            rank=choose,
            on_projection=lambda progress: stages.note(f"loss {progress.losses[0]:.4f}"),
            on_editing=lambda progress: stages.note(f"step {progress.steps}"),
        )
        settings = edit.settings
        first, last = result.latents[0], result.latents[-1]
        way = draw_path(bundle, first, last, settings.frames, settings.path)
        result = dataclasses.replace(result, frames=way)
        stages.done()
        figures: dict[str, Any] = {
            "notes": [],
            "amount": settings.amount,
            "change": change,
            "explained_by_found_frame": placed.explained,
            "seconds": stages.seconds,
            "editor_steps": result.progress.steps if result.progress else 0,
            "objective": result.candidates[result.chosen].objective,
        }
        if photo is None or photo_path is None:
            with staged_folder(out) as folder:
                _write_drawn(folder, bundle, edit, result, figures, films)
            return figures
        from igan.cli.carried_files import (
            carried_name,
            conversion_note,
            write_carried,
            write_mask,
            write_sequence,
        )
        from igan.cli.edit.page import write_edit_page
        from serve.transfer.apply import EditTransfer

        transfer = EditTransfer(photo, square, way)
        stages.done()
        edited = transfer.photo_at(min(settings.amount, 1.0), change)  # type: ignore[arg-type]
        stages.done()
    figures["edited"] = carried_name(photo_path, photo, edited, "edited")
    notes = conversion_note(photo_path, photo), doubt_about(placed.explained)
    figures["notes"] = [note for note in notes if note]
    with staged_folder(out) as folder:
        write_carried(photo_path, photo, edited, folder / figures["edited"])
        write_mask(transfer, edited, folder / "mask.png")
        if sequence:
            write_sequence(photo_path, photo, transfer, folder / "sequence", sequence, change)  # type: ignore[arg-type]
        _write_numbers(folder, result, figures)
        write_edit_page(folder, bundle, photo, edited, result, figures, films)
    return figures


def _check_options(amount: float | None, change: str, sequence: int, choose: int) -> None:
    if amount is not None and not 0 <= amount <= MOST_AMOUNT:
        raise BadInputError(f"--amount must lie between 0 and {MOST_AMOUNT}, not be {amount:g}.")
    if change not in CHANGES:
        raise BadInputError(f"--change takes {', '.join(CHANGES)}, not {change!r}.")
    if sequence < 0:
        raise BadInputError(f"--sequence must not be below 0, as {sequence} is.")
    if choose < 1:
        raise BadInputError(f"--choose counts candidates from 1, and is {choose}.")


def _script(script_path: Path | None, *pictures: Path | None) -> "Edit":
    from serve.latent.edit import Edit, read_edit

    if script_path is not None:
        return read_edit(script_path)
    if not any(pictures):
        raise BadInputError(
            "there is nothing to do; give --script, or pictures with --color-map and --edge-map."
        )
    return Edit()


def _with_options(
    edit: "Edit", amount: float | None, candidates: int | None, seed: int | None, choose: int
) -> "Edit":
    """The edit as the command line wants it; what is to be computed anew leaves the cache."""
    settings = edit.settings
    if amount is not None:
        settings = dataclasses.replace(settings, amount=amount)
    if candidates is not None:
        settings = dataclasses.replace(settings, candidates=candidates)
    if choose > settings.candidates:
        raise BadInputError(
            f"--choose {choose} needs --candidates {choose} at least; only "
            f"{settings.candidates} would be shown."
        )
    anew = (candidates, seed) != (None, None) or choose > 1
    return dataclasses.replace(
        edit,
        settings=settings,
        seed=edit.seed if seed is None else seed,
        cache=None if anew else edit.cache,
    )


def _placed(edit: "Edit", bundle: "Bundle", photo: "Photo | None", frame: str) -> ChosenFrame:
    """The frame for an edit that does not bring its own."""
    from serve.photo.frame import PhotoFrame

    if photo is None:
        size = bundle.manifest.image.size
        return ChosenFrame(PhotoFrame(size, size, (0.0, 0.0, float(size), float(size)), size))
    brings_its_own = edit.frame is not None and frame == "found"
    return chosen_frames([photo], "centre" if brings_its_own else frame, bundle)[0]


def _completed(
    edit: "Edit", bundle: "Bundle", photo: "Photo | None", frame: "PhotoFrame"
) -> "Edit":
    from serve.latent.edit import BundleIdentity, PhotoIdentity

    identity = BundleIdentity(bundle.manifest.name, bundle.digest)
    if photo is None:
        return edit.completed(identity, None, frame)
    photographed = PhotoIdentity(photo.sha256, photo.width_px, photo.height_px)
    return edit.completed(identity, photographed, frame)


def _with_pictures(
    edit: "Edit", color_map: Path | None, color_mask: Path | None, edge_map: Path | None
) -> "Edit":
    from igan.cli.edit.three_pictures import constraints_of

    assert edit.frame is not None
    pictures = constraints_of(color_map, color_mask, edge_map, edit.frame)
    if not pictures:
        return edit
    return dataclasses.replace(edit, constraints=(*edit.constraints, *pictures), cache=None)


def _write_drawn(
    folder: Path,
    bundle: "Bundle",
    edit: "Edit",
    result: "EditResult",
    figures: dict[str, Any],
    films: Sequence[str],
) -> None:
    """The files of an edit without a photo."""
    from igan.cli.edit.page import write_drawn_page
    from serve.photo.photo import Photo, write_photo

    figures["edited"] = "result.png"
    write_photo(Photo(_at(result.frames, edit.settings.amount)), folder / figures["edited"])
    _write_numbers(folder, result, figures)
    write_drawn_page(folder, bundle, result, figures, films)


def _at(frames: Any, amount: float) -> Any:
    """The frame at an amount of a path that ends at 1, or at the amount if that is further."""
    return frames[round(min(amount, 1.0) * (len(frames) - 1))]


def _write_numbers(folder: Path, result: "EditResult", figures: dict[str, Any]) -> None:
    from igan.cli.edit.numbers import metrics, sentences
    from serve.latent.edit import write_edit

    figures["sentences"] = sentences(result.candidates[result.chosen].satisfaction)
    write_edit(result.edit, folder / "edit.json")
    for name, content in (("metrics", metrics(result)), ("figures", figures)):
        text = json.dumps(content, indent=2, allow_nan=False) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
