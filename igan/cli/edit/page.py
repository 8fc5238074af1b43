"""The sheets, films and page of an edit."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from serve.bundle import Bundle
    from serve.latent import EditResult
    from serve.photo.frame import PhotoFrame
    from serve.photo.photo import Photo
    from serve.report.page import Page

    Pictures = Sequence[npt.NDArray[np.uint8]]

SHEET_SIDE_PX = 256
CANDIDATE_SIDE_PX = 128
MOST_COLUMNS = 9
"""A row of candidates.png shows so many frames of a path at most."""


def write_edit_page(
    folder: Path,
    bundle: "Bundle",
    photo: "Photo",
    edited: "Photo",
    result: "EditResult",
    figures: dict[str, Any],
    films: Sequence[str],
) -> None:
    """sheet.png, candidates.png, films and report.html of an edited photo."""
    from igan.cli.carried_files import path_film, rivals_shown, shown, write_films
    from igan.cli.edit.strokes_shown import strokes_shown
    from serve.photo.reduction import reduce_photo
    from serve.report.page import Page

    frame = result.edit.frame
    assert frame is not None
    picture = frame.picture(photo, bundle.manifest.image.channels)
    strokes = strokes_shown(_square_of(photo, frame), frame, result.edit.constraints)
    ends = result.frames[[0, -1]]
    before, after = (
        reduce_photo(one, frame, SHEET_SIDE_PX)[0].as_uint8(3) for one in (photo, edited)
    )
    _write_sheet(
        folder / "sheet.png",
        [before, strokes, *ends, after],
        ["photo", "strokes", "projection", "edited latent", "edited photo"],
    )
    film_paths = []
    if films:
        film = path_film(photo, frame, result.frames, figures["change"])
        film_paths = write_films(film, folder, films)
    page = Page(f"An edit with {bundle.manifest.name}")
    page.pictures(
        [
            (shown(photo, frame), "the photo"),
            (shown(edited, frame), f"the edited photo ({figures['change']}, {amount_of(figures)})"),
        ],
        encoding="jpeg",
    )
    if film_paths:
        page.film(film_paths[0], "the path from the photo to the edit")
    page.heading("What was drawn, and what the model made of it")
    page.pictures(
        [
            (strokes, "the strokes"),
            (picture, "the photo through the frame"),
            (ends[0], "its projection, G(z0)"),
            (ends[-1], "the edited latent, G(z1)"),
        ],
        width_px=256,
    )
    _add_numbers(page, result, figures)
    _add_paths(page, folder, result)
    page.heading("What the transfer buys")
    page.paragraph(
        "The model's own picture is small and has lost the photo's texture; adding its change to "
        "the photo blurs and ghosts. The transfer moves and recolours the photo's own pixels."
    )
    page.pictures(rivals_shown(photo, frame, result.frames, edited), encoding="jpeg")
    _add_seconds(page, figures)
    page.write(folder / "report.html")


def write_drawn_page(
    folder: Path,
    bundle: "Bundle",
    result: "EditResult",
    figures: dict[str, Any],
    films: Sequence[str],
) -> None:
    """sheet.png, candidates.png, films and report.html of a picture drawn from strokes alone."""
    import numpy as np

    from igan.cli.carried_files import there_and_back, write_films
    from igan.cli.edit.strokes_shown import strokes_shown
    from serve.report.page import Page

    frame = result.edit.frame
    assert frame is not None
    paper = np.full((SHEET_SIDE_PX, SHEET_SIDE_PX, 3), 245, np.uint8)
    strokes = strokes_shown(paper, frame, result.edit.constraints)
    ends = result.frames[[0, -1]]
    captions = ["strokes", "random start", "drawn"]
    _write_sheet(folder / "sheet.png", [strokes, *ends], captions)
    film_paths = []
    if films:
        frames = [_enlarged(one, SHEET_SIDE_PX) for one in result.frames]
        film_paths = write_films(there_and_back(frames), folder, films)
    page = Page(f"A picture drawn with {bundle.manifest.name}")
    page.pictures(list(zip([strokes, *ends], captions, strict=True)), width_px=SHEET_SIDE_PX)
    if film_paths:
        page.film(film_paths[0], "the path from the random start to the picture")
    _add_numbers(page, result, figures)
    _add_paths(page, folder, result)
    _add_seconds(page, figures)
    page.write(folder / "report.html")


def amount_of(figures: dict[str, Any]) -> str:
    """The amount in words."""
    return f"{100 * figures['amount']:.0f} %"


def _square_of(photo: "Photo", frame: "PhotoFrame") -> "npt.NDArray[np.uint8]":
    """What the network sees of the photo, as large as sheets show it, uint8 (H, H, 3)."""
    import dataclasses

    larger = dataclasses.replace(frame, network_size_px=max(SHEET_SIDE_PX, frame.network_size_px))
    return larger.picture(photo, 3)


def _write_sheet(path: Path, row: "Pictures", captions: Sequence[str]) -> None:
    from serve.photo.photo import Photo, write_photo
    from serve.report.sheet import contact_sheet

    sheet = contact_sheet([row], column_captions=captions, enlarge_to_px=SHEET_SIDE_PX)
    write_photo(Photo(sheet), path)


def _add_numbers(page: "Page", result: "EditResult", figures: dict[str, Any]) -> None:
    page.heading("Did it do what was drawn?")
    if figures["sentences"]:
        page.points(figures["sentences"])
    objective = result.candidates[result.chosen].objective
    if objective:
        page.table(
            ["term of the objective", "value", "weight"],
            [
                [name, value, getattr(result.edit.settings.weights, name, "")]
                for name, value in objective.items()
            ],
        )


def _add_paths(page: "Page", folder: Path, result: "EditResult") -> None:
    """The frames of every candidate's path, on the page and as candidates.png if it has several."""
    import numpy as np

    from serve.photo.photo import Photo, write_photo
    from serve.report.sheet import contact_sheet

    rows, captions = [], []
    for rank, candidate in enumerate(result.candidates, start=1):
        count = min(len(candidate.frames), MOST_COLUMNS)
        places = np.linspace(0, len(candidate.frames) - 1, count).round().astype(int)
        rows.append(list(candidate.frames[places]))
        total = candidate.objective.get("total")
        captions.append(f"{rank}" if total is None else f"{rank}\n{total:.3f}")
    positions = np.linspace(0, 100 * max(1.0, result.edit.settings.amount), len(rows[0]))
    sheet = contact_sheet(
        rows, captions, [f"{place:.0f} %" for place in positions], enlarge_to_px=CANDIDATE_SIDE_PX
    )
    if len(result.candidates) > 1:
        write_photo(Photo(sheet), folder / "candidates.png")
        page.heading("The candidates")
        page.picture(
            sheet,
            f"each row the path to one of them, best first, with its objective; the result is "
            f"number {result.chosen + 1}",
        )
        page.table(*_satisfaction_table(result))
    else:
        page.heading("The path")
        page.picture(sheet, "what the model drew on the way")


def _satisfaction_table(result: "EditResult") -> tuple[list[str], list[list[object]]]:
    """A row for each candidate: the means of what its strokes are measured by."""
    from igan.cli.edit.numbers import MEASURES

    kinds = [name for name in MEASURES if result.candidates[0].satisfaction.mean(name)]
    columns = ["candidate", "objective", *(MEASURES[name][0] for name in kinds)]
    rows: list[list[object]] = []
    for rank, candidate in enumerate(result.candidates, start=1):
        means = [candidate.satisfaction.mean(name) for name in kinds]
        values = [float("nan") if mean is None else mean.after for mean in means]
        distance = candidate.satisfaction.picture_distance
        rows.append([rank, candidate.objective.get("total", float("nan")), *values, distance])
    return [*columns, "change of the picture"], rows


def _add_seconds(page: "Page", figures: dict[str, Any]) -> None:
    page.heading("Seconds")
    page.table(list(figures["seconds"]), [list(figures["seconds"].values())])


def _enlarged(pixels: "npt.NDArray[np.uint8]", side_px: int) -> "npt.NDArray[np.uint8]":
    """A picture (S, S, C) repeated to about this size, uint8 (H, H, 3)."""
    import numpy as np

    factor = max(1, side_px // len(pixels))
    larger = pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    return np.repeat(larger, 3, axis=2) if larger.shape[2] == 1 else larger
