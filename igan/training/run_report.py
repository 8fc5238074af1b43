"""The page of a run: curves, pictures and what happened, from the files of its folder alone."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from igan.run_folder import RunFolder
from igan.training.run_curves import CHOSEN_BY, Curve, read_curves
from serve.report.chart import Curves
from serve.report.page import Page

KID_TITLE = "KID to held-out photos, edges and colours"
CHARTS = (
    ("Losses", ("train/loss_d", "train/loss_g", "train/loss", "heldout/loss")),
    (KID_TITLE, (CHOSEN_BY,)),
    ("KID in the space of AlexNet", ("realism/kid_alexnet",)),
    (
        "Frechet distance (FID) to training photos",
        ("realism/fid_alexnet", "realism/fid_hog_colour"),
    ),
    ("What D answers", ("judged/train", "judged/held_out", "judged/samples")),
    ("Overfitting of D: 0 none, 1 whole", ("judged/overfitting",)),
    ("Logits of the batch", ("train/logit_real", "train/logit_fake")),
    (
        "Norms of gradients",
        ("gradients/generator", "gradients/discriminator", "gradients/projector"),
    ),
    ("Variety of samples, photos = 1", ("health/variety",)),
    ("Error of the latent", ("train/latent_error",)),
    ("Length of the latents of held-out photos, the prior's = 1", ("heldout/latent_length",)),
)
PICTURES = (
    ("Samples from fixed latents", "samples"),
    ("Walks between latents", "walks"),
    ("Samples and their nearest training photos", "nearest"),
    ("Photo, network, hybrid, optimisation", "panels"),
)
PICTURES_IN_TIME = 3
SHOWN_WIDTH_PX = 528
MOST_POINTS = 200


def write_run_report(run: RunFolder, images_seen: int, total_images: int, elapsed_s: float) -> None:
    """Write `report.html` into the run's folder; it needs nothing beside it."""
    page = Page(f"Run {run.path.name}")
    page.paragraph(_progress(images_seen, total_images, elapsed_s))
    if run.best_figures.is_file():
        best = json.loads(run.best_figures.read_text())
        page.paragraph(
            f"The best checkpoint so far is from {best['images_seen']:,} images, by "
            f"{best['chosen_by']} = {best[best['chosen_by']]:.4g}."
        )
    if run.log.is_file():
        page.heading("What happened")
        page.points(run.log.read_text().splitlines())
    curves = read_curves(run)
    page.heading("Curves")
    page.charts(_charts(curves), "Over real images seen.")
    minutes = curves.get("time/minutes")
    if minutes is not None and CHOSEN_BY in curves:
        page.charts([_over_minutes(curves[CHOSEN_BY], minutes)], "Over minutes of training.")
    for title, folder in PICTURES:
        files = sorted((run.path / folder).glob("*.png"))
        if files:
            page.heading(title)
            page.pictures(
                [(_pixels(file), f"{int(file.stem):,} images") for file in _in_time(files)],
                SHOWN_WIDTH_PX,
            )
    if run.config.is_file():
        page.heading("Configuration")
        page.commands(run.config.read_text())
    page.write(run.report)


def _progress(images_seen: int, total_images: int, elapsed_s: float) -> str:
    rate = images_seen / elapsed_s if elapsed_s > 0 else 0.0
    sentence = (
        f"{images_seen:,} of {total_images:,} images seen in {_duration(elapsed_s)}, "
        f"{rate:.1f} images/s"
    )
    if 0 < images_seen < total_images:
        left_s = elapsed_s * (total_images - images_seen) / images_seen
        sentence += f"; about {_duration(left_s)} left"
    return sentence + "."


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def _charts(curves: dict[str, Curve]) -> list[Curves]:
    return [
        Curves({name: _smoothed(curves[name]) for name in present}, title, " images")
        for title, names in CHARTS
        if (present := [name for name in names if name in curves])
    ]


def _smoothed(curve: Curve) -> Curve:
    """Means over stretches, where there are more points than a drawing can show."""
    if len(curve.values) <= MOST_POINTS:
        return curve
    parts = np.array_split(np.arange(len(curve.values)), MOST_POINTS)
    return Curve(
        np.array([curve.images_seen[part[-1]] for part in parts]),
        np.array([curve.values[part].mean() for part in parts]),
    )


def _over_minutes(curve: Curve, minutes: Curve) -> Curves:
    when = np.interp(curve.images_seen, minutes.images_seen, minutes.values)
    return Curves({CHOSEN_BY: (when, curve.values)}, KID_TITLE, " min")


def _in_time(files: list[Path]) -> list[Path]:
    """The newest and some before it, evenly spread over the run."""
    places = np.linspace(0, len(files) - 1, min(len(files), PICTURES_IN_TIME)).round().astype(int)
    return [files[place] for place in reversed(places)]


def _pixels(file: Path) -> npt.NDArray[np.uint8]:
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))
