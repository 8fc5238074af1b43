"""The report on reconstruction: the paper's table and figure, for one or several models."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from igan.evaluation.category import Detection, detection, false_alarms
from igan.evaluation.neighbours import NEIGHBOUR_SPACE
from igan.evaluation.reconstruction import MethodComparison, MethodFigures
from serve.latent.category import FEWEST_PHOTOS
from serve.report.page import Page
from serve.report.sheet import contact_sheet

Pictures = npt.NDArray[np.uint8]

DRAWN_PHOTOS = 24
COLUMNS = (
    ("loss", "loss", ".4f"),
    ("pixels", "pixel", ".4f"),
    ("features", "feature", ".4f"),
    ("PSNR dB", "psnr_db", ".2f"),
    ("SSIM", "ssim", ".3f"),
    ("perceptual", "perceptual", ".4f"),
    ("steps", "gradient_steps", ".0f"),
    ("s a photo", "seconds_per_photo", ".2f"),
)


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """One model on the held-out photos of one store.

    Attributes:
        bundle, store: their names, with the digests.
        photos: uint8 (N, S, S, C).
        near_duplicates: held-out photos left out because a photo to train on shows the same.
        comparison: the methods on these photos.
        nearest: the photo to train on that is nearest to each photo, uint8 (N, S, S, C); None where
            the store has none.
    """

    bundle: str
    bundle_digest: str
    store: str
    store_digest: str
    photos: Pictures
    near_duplicates: int
    comparison: MethodComparison
    nearest: Pictures | None

    @property
    def title(self) -> str:
        return f"{self.bundle} on {self.store}"

    @property
    def network_losses(self) -> npt.NDArray[np.float64]:
        """Of the projection network, by which photos of other kinds are told."""
        methods = [row.method for row in self.comparison.figures]
        return self.comparison.losses(methods.index("network"))

    def to_json(self) -> dict[str, Any]:
        return {
            "bundle": {"name": self.bundle, "digest": self.bundle_digest},
            "store": {"name": self.store, "digest": self.store_digest},
            "photos": len(self.photos),
            "near_duplicates_left_out": self.near_duplicates,
            "methods": [asdict(row) for row in self.comparison.figures],
            "ratios": [asdict(ratio) for ratio in self.comparison.ratios],
        }


def told_apart(
    reconstructions: Sequence[Reconstruction],
) -> tuple[dict[str, float], list[tuple[Reconstruction, Detection]]]:
    """How well each model tells photos of further stores from those of its first one.

    Returns:
        the share of false alarms of each bundle on its own photos, and the detection of others.
        Bundles with too few photos of their own are left out.
    """
    alarms: dict[str, float] = {}
    found = []
    first = {row.bundle_digest: row for row in reversed(reconstructions)}
    for row in reconstructions:
        own = first[row.bundle_digest]
        if len(own.photos) < 2 * FEWEST_PHOTOS:
            continue
        if row is own:
            alarms[row.bundle] = false_alarms(own.network_losses)
        else:
            found.append((row, detection(own.network_losses, row.network_losses)))
    return alarms, found


def sheet(row: Reconstruction) -> Pictures:
    """Photos in columns from the best to the worst hybrid loss, evenly picked, as in the paper.

    Below each photo its reconstructions by the methods, and last the nearest photo to train on.
    """
    losses = row.comparison.losses(-1)
    order = np.argsort(losses, kind="stable")
    picked = order[np.unique(np.linspace(0, len(order) - 1, DRAWN_PHOTOS).round().astype(int))]
    rows = {"photo": row.photos}
    for figures, projection in zip(row.comparison.figures, row.comparison.projections, strict=True):
        rows[figures.label] = projection.reconstructions
    if row.nearest is not None:
        rows["nearest training photo"] = row.nearest
    return contact_sheet(
        [list(pictures[picked]) for pictures in rows.values()],
        list(rows),
        [f"{losses[photo]:.3f}" for photo in picked],
        enlarge_to_px=64,
    )


def table(reconstructions: Sequence[Reconstruction]) -> str:
    """The figures as aligned lines of text, ratios below each model's."""
    width = max(len(figures.label) for row in reconstructions for figures in row.comparison.figures)
    blocks = []
    for row in reconstructions:
        lines = [f"{row.title}: {_photos(row)}"]
        lines.append(" " * width + "".join(f"{title:>11}" for title, _, _ in COLUMNS))
        lines[-1] += "   95 % of loss"
        for figures in row.comparison.figures:
            cells = "".join(f"{cell:>11}" for cell in _cells(figures))
            lines.append(f"{figures.label:<{width}}{cells}   {_interval(figures.interval)}")
        lines += [
            f"{ratio.of} / {ratio.to}: {ratio.ratio:.3f} ({_interval(ratio.interval, '.3f')})"
            for ratio in row.comparison.ratios
        ]
        blocks.append("\n".join(lines))
    return "\n\n".join([*blocks, *_told_apart_sentences(reconstructions)])


def markdown(reconstructions: Sequence[Reconstruction], perceptual: str) -> str:
    """The same as one table, for a page of documentation."""
    titles, rows = _one_table(reconstructions)
    lines = [f"| {' | '.join(row)} |" for row in [titles, ["---"] * len(titles), *rows]]
    notes = [*_ratio_sentences(reconstructions), *_told_apart_sentences(reconstructions)]
    below = "".join(f"\n- {note}" for note in notes)
    return "\n".join(lines) + f"\n\nPerceptual: {perceptual}.\n{below}\n"


def page(
    reconstructions: Sequence[Reconstruction],
    sheets: Sequence[Pictures],
    perceptual: str,
    iterations: int,
) -> Page:
    """The report, with a sheet for each model on each store."""
    report = Page("Reconstruction of held-out photos")
    report.paragraph(
        f"The projection network, optimisation from random starts and hybrid, at most {iterations} "
        "iterations of the same solver. Means over photos; intervals are 95 % bootstrap over "
        "photos. Lower is better for the loss and the perceptual distance "
        f"({perceptual}), higher for PSNR and SSIM."
    )
    titles, rows = _one_table(reconstructions)
    report.table(titles, rows)
    report.points([*_ratio_sentences(reconstructions), *_told_apart_sentences(reconstructions)])
    for row, drawn in zip(reconstructions, sheets, strict=True):
        report.heading(row.title)
        report.picture(
            drawn,
            f"{_photos(row)}; from the least hybrid loss (given above) to the greatest, evenly "
            f"picked. Nearest: {NEIGHBOUR_SPACE}.",
        )
    return report


def _one_table(reconstructions: Sequence[Reconstruction]) -> tuple[list[str], list[list[str]]]:
    titles = ["model", "photos", "method", "loss", "95 % interval"]
    titles += [title for title, _, _ in COLUMNS[1:]]
    rows = []
    for row in reconstructions:
        for figures in row.comparison.figures:
            loss, *others = _cells(figures)
            rows.append(
                [
                    row.bundle,
                    f"{row.store} ({len(row.photos)})",
                    figures.label,
                    loss,
                    _interval(figures.interval),
                    *others,
                ]
            )
    return titles, rows


def _ratio_sentences(reconstructions: Sequence[Reconstruction]) -> list[str]:
    return [
        f"{row.title}: mean loss of {ratio.of} over {ratio.to} is {ratio.ratio:.3f} "
        f"({_interval(ratio.interval, '.3f')})."
        for row in reconstructions
        for ratio in row.comparison.ratios
    ]


def _told_apart_sentences(reconstructions: Sequence[Reconstruction]) -> list[str]:
    alarms, found = told_apart(reconstructions)
    sentences = [
        f"{bundle} says of {share:.1%} of its own held-out photos that they are not of its kind."
        for bundle, share in alarms.items()
    ]
    sentences += [
        f"{row.bundle} says so of {told.detected:.1%} of the photos of {row.store} (ROC-AUC "
        f"{told.roc_auc:.3f})."
        for row, told in found
    ]
    return sentences


def _photos(row: Reconstruction) -> str:
    left_out = f", {row.near_duplicates} copies of photos to train on left out"
    return f"{len(row.photos)} held-out photos" + (left_out if row.near_duplicates else "")


def _cells(figures: MethodFigures) -> list[str]:
    values = [(getattr(figures, key), form) for _, key, form in COLUMNS]
    return ["-" if value is None else format(value, form) for value, form in values]


def _interval(interval: tuple[float, float], form: str = ".4f") -> str:
    return f"{interval[0]:{form}} to {interval[1]:{form}}"
