"""Find the latents of photos, and show what the model makes of them.

  igan project checkpoints/shoes photo.jpg other.jpg --out runs/projected
  igan project checkpoints/shoes *.jpg --method all --frame found --out runs/projected

The folder gets sheet.png (each photo beside its reconstructions), report.html (the same with the
photos, the squares that were projected and all figures), reconstructions/, latents.safetensors (an
array for each method) and results.json. Lower is better for the loss and the perceptual distance,
higher for PSNR and SSIM. Of photos that are not of the model's kind this is said, where the bundle
was measured (`igan bundle measure`).
"""

import argparse
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igan.cli.framing import add_frame_argument, chosen_frames, doubt_about
from igan.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt

    from igan.evaluation.perceptual import PerceptualDistance
    from serve.bundle import Bundle
    from serve.latent import Method, Projection, SolverProgress
    from serve.photo.frame import PhotoFrame
    from serve.photo.photo import Photo

METHODS = ("hybrid", "network", "optimisation")
ALL = "all"
SHOWN_SIDE_PX = 320
FRAME_COLOUR, FRAME_LINE_PX = (220, 60, 40), 2
COLUMNS = (
    ("loss", "loss", ".4f"),
    ("pixels", "pixel_loss", ".4f"),
    ("features", "feature_loss", ".4f"),
    ("PSNR dB", "psnr_db", ".2f"),
    ("SSIM", "ssim", ".3f"),
    ("perceptual", "perceptual", ".4f"),
    ("steps", "gradient_steps", ".0f"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="an exported model")
    parser.add_argument("photos", type=Path, nargs="+", metavar="PHOTO", help="photo files")
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    parser.add_argument(
        "--method",
        choices=(*METHODS, ALL),
        default="hybrid",
        help="the projection network, the optimiser from random starts, the optimiser from the "
        "network's answer (hybrid, the default), or all three",
    )
    add_frame_argument(parser, found=True)
    parser.add_argument(
        "--starts", type=int, default=1, help="random starts of `optimisation`; the best counts (1)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the random starts (0)")
    parser.add_argument("--iterations", type=int, default=200, help="limit of the optimiser (200)")
    add_lpips_argument(parser)


def add_lpips_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lpips",
        type=Path,
        metavar="WEIGHTS",
        help="measure LPIPS, with this safetensors file of torchvision's AlexNet (conv1 to conv5); "
        "without it the perceptual distance is AlexNet's activations unweighted, conv1 to conv4",
    )


def run(arguments: argparse.Namespace) -> None:
    report = project_files(
        arguments.bundle,
        arguments.photos,
        arguments.out,
        method=arguments.method,
        frame=arguments.frame,
        starts=arguments.starts,
        seed=arguments.seed,
        iterations=arguments.iterations,
        lpips_weights=arguments.lpips,
    )
    print(table(report))
    for photo in report["photos"]:
        for sentence in _warnings(photo):
            print(f"\n{photo['file']}: {sentence}")
    print(f"\n{arguments.out}/report.html shows them side by side.")


def project_files(
    bundle_path: Path,
    photo_paths: Sequence[Path],
    out: Path,
    method: str = "hybrid",
    frame: str = "centre",
    starts: int = 1,
    seed: int = 0,
    iterations: int = 200,
    lpips_weights: Path | None = None,
) -> dict[str, Any]:
    """Project photo files and write what was found into the new folder `out`.

    Returns:
        what stands in results.json.
    """
    import numpy as np

    from serve.bundle import load_bundle
    from serve.latent import Limits, project
    from serve.photo.photo import read_photo
    from serve.staging import refuse_existing, staged_folder

    refuse_existing(out)
    if iterations < 1:
        raise BadInputError(f"--iterations must be at least 1, not {iterations}.")
    if starts < 1:
        raise BadInputError(f"--starts must be at least 1, not {starts}.")
    distance = perceptual_distance(lpips_weights)
    bundle = load_bundle(bundle_path)
    photos = [read_photo(path) for path in photo_paths]
    seconds: dict[str, float] = {}
    began = time.perf_counter()
    chosen = chosen_frames(photos, frame, bundle)
    frames = [one.frame for one in chosen]
    if frame == "found":
        seconds["placing"] = time.perf_counter() - began
    for path, photo_frame in zip(photo_paths, frames, strict=True):
        _refuse_small(path, photo_frame)
    pictures = np.stack(
        [
            photo_frame.picture(photo, bundle.manifest.image.channels)
            for photo, photo_frame in zip(photos, frames, strict=True)
        ]
    )
    projections: dict[str, Projection] = {}
    for name in _methods(method):
        began = time.perf_counter()
        count = starts if name == "optimisation" else 1
        with progress_bar(len(photos) * count, iterations, name) as show:
            projections[name] = project(
                bundle,
                pictures,
                name,
                starts=count,
                seed=seed,
                limits=Limits(iterations=iterations),
                callback=show,
            )
        seconds[name] = time.perf_counter() - began
    figures = {
        name: _figures(projection, pictures, distance) for name, projection in projections.items()
    }
    verdicts = _verdicts(bundle, pictures, projections)
    report = {
        "bundle": {"name": bundle.manifest.name, "digest": bundle.digest},
        "method": method,
        "frame": frame,
        "starts": starts,
        "seed": seed,
        "iterations": iterations,
        "perceptual": distance.name,
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        "photos": [
            {
                "file": path.name,
                "sha256": photo.sha256,
                "frame": photo_frame.to_json(),
                "explained_by_found_frame": chosen[row].explained,
                "category": verdicts[row],
                "methods": {
                    name: {
                        "reconstruction": f"reconstructions/{row + 1:03d}-{path.stem}-{name}.png",
                        **figures[name][row],
                    }
                    for name in projections
                },
            }
            for row, (path, photo, photo_frame) in enumerate(
                zip(photo_paths, photos, frames, strict=True)
            )
        ],
    }
    with staged_folder(out) as folder:
        _write(folder, report, photos, frames, pictures, projections)
    return report


def perceptual_distance(lpips_weights: Path | None) -> "PerceptualDistance":
    """LPIPS with a weights file, the package's own distance without one."""
    from igan.evaluation.perceptual import alexnet_distance, lpips

    return alexnet_distance() if lpips_weights is None else lpips(lpips_weights)


@contextmanager
def progress_bar(
    rows: int, iterations: int, title: str = "projecting"
) -> "Iterator[Callable[[SolverProgress], None]]":
    """Yield a solver's callback that draws a bar over the iterations of all its rows."""
    from tqdm import tqdm

    with tqdm(total=rows * iterations, unit="step", desc=title, disable=None) as bar:

        def show(progress: "SolverProgress") -> None:
            done = progress.iterations.masked_fill(progress.finished, iterations).sum()
            bar.set_postfix(loss=f"{progress.losses.nanmean().item():.4f}", refresh=False)
            bar.update(int(done) - bar.n)

        yield show


def table(report: Mapping[str, Any]) -> str:
    """The photos' figures as lines of text, a method at a time, with their means below."""
    photos = report["photos"]
    blocks = []
    for method in photos[0]["methods"]:
        rows = [(photo["file"], photo["methods"][method]) for photo in photos]
        if len(rows) > 1:
            means = {key: _mean([figures[key] for _, figures in rows]) for _, key, _ in COLUMNS}
            rows.append(("mean", means))
        width = max(len(method), *(len(name) for name, _ in rows))
        lines = [f"{method:<{width}}" + "".join(f"{title:>11}" for title, _, _ in COLUMNS)]
        lines += [
            f"{name:<{width}}"
            + "".join(f"{_figure(figures[key], form):>11}" for _, key, form in COLUMNS)
            for name, figures in rows
        ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _methods(method: str) -> "tuple[Method, ...]":
    """In the order of the paper's figure."""
    return ("network", "optimisation", "hybrid") if method == ALL else (method,)  # type: ignore[return-value]


def _refuse_small(path: Path, frame: "PhotoFrame") -> None:
    x0, y0, x1, y1 = frame.region
    smaller = min(x1 - x0, y1 - y0)
    if smaller < frame.network_size_px:
        raise BadInputError(
            f"{path}: the square to project is {smaller:g} pixels wide, but the model needs at "
            f"least {frame.network_size_px}; give a larger photo or another --frame."
        )


def _figures(
    projection: "Projection", pictures: "npt.NDArray[np.uint8]", distance: "PerceptualDistance"
) -> list[dict[str, float | None]]:
    from serve.latent import psnr_db
    from serve.latent.ssim import ssim

    columns = {
        "loss": projection.terms.total.tolist(),
        "pixel_loss": projection.terms.pixel.tolist(),
        "feature_loss": projection.terms.feature.tolist(),
        "psnr_db": psnr_db(projection.reconstructions, pictures).tolist(),
        "ssim": ssim(projection.reconstructions, pictures).tolist(),
        "perceptual": distance(projection.reconstructions, pictures).tolist(),
        "gradient_steps": projection.evaluations.tolist(),
    }
    return [
        {
            key: value if math.isfinite(value) else None
            for key, value in zip(columns, row, strict=True)
        }
        for row in zip(*columns.values(), strict=True)
    ]


def _verdicts(
    bundle: "Bundle",
    pictures: "npt.NDArray[np.uint8]",
    projections: "Mapping[str, Projection]",
) -> list[dict[str, Any] | None]:
    """What a measured bundle says of each photo's kind; None where it cannot tell."""
    from dataclasses import asdict

    from serve.latent import project
    from serve.latent.category import HeldOutLosses

    known = HeldOutLosses.of(bundle.manifest)
    if known is None or bundle.projector is None:
        return [None] * len(pictures)
    answered = projections.get("network") or project(bundle, pictures, "network")
    return [asdict(known.verdict(loss)) for loss in answered.terms.total.tolist()]


def _write(
    folder: Path,
    report: dict[str, Any],
    photos: "Sequence[Photo]",
    frames: "Sequence[PhotoFrame]",
    pictures: "npt.NDArray[np.uint8]",
    projections: "Mapping[str, Projection]",
) -> None:
    from safetensors.torch import save_file

    from serve.photo.photo import Photo, write_photo
    from serve.report.sheet import contact_sheet

    save_file(
        {name: projection.latents.contiguous() for name, projection in projections.items()},
        folder / "latents.safetensors",
    )
    (folder / "reconstructions").mkdir()
    for name, projection in projections.items():
        for picture, photo in zip(projection.reconstructions, report["photos"], strict=True):
            write_photo(Photo(picture), folder / photo["methods"][name]["reconstruction"])
    columns = [pictures, *(projection.reconstructions for projection in projections.values())]
    captions = [_caption(photo) for photo in report["photos"]]
    sheet = contact_sheet(
        list(zip(*columns, strict=True)), captions, ["photo", *projections], enlarge_to_px=128
    )
    write_photo(Photo(sheet), folder / "sheet.png")
    (folder / "results.json").write_text(
        json.dumps(report, indent=2, allow_nan=False) + "\n", encoding="utf-8"
    )
    _write_page(folder / "report.html", report, photos, frames, pictures, projections)


def _warnings(photo: Mapping[str, Any]) -> list[str]:
    """What a person should know before believing in a projection."""
    sentences = []
    category, doubt = photo["category"], doubt_about(photo["explained_by_found_frame"])
    if category is not None and not category["belongs"]:
        sentences.append(category["sentence"])
    if doubt is not None:
        sentences.append(doubt)
    return sentences


def _caption(photo: Mapping[str, Any]) -> str:
    lines = [photo["file"][:24]]
    lines += [
        f"{name} {_figure(figures['loss'], '.4f')}" for name, figures in photo["methods"].items()
    ]
    if photo["category"] is not None and not photo["category"]["belongs"]:
        lines.append("of another kind")
    return "\n".join(lines)


def _write_page(
    path: Path,
    report: Mapping[str, Any],
    photos: "Sequence[Photo]",
    frames: "Sequence[PhotoFrame]",
    pictures: "npt.NDArray[np.uint8]",
    projections: "Mapping[str, Projection]",
) -> None:
    from serve.report.page import Page

    page = Page(f"Photos projected with {report['bundle']['name']}")
    page.paragraph(
        "Each photo with the square that was projected, that square at the model's size, and what "
        "the model makes of it. The loss is the pixels' plus the weighted features'; lower is "
        f"better for it and for the perceptual distance ({report['perceptual']}), higher for PSNR "
        "and SSIM."
    )
    for row, (entry, photo, frame) in enumerate(zip(report["photos"], photos, frames, strict=True)):
        page.heading(entry["file"])
        belongs = entry["category"] is not None and entry["category"]["belongs"]
        for sentence in [*([entry["category"]["sentence"]] if belongs else []), *_warnings(entry)]:
            page.paragraph(sentence)
        page.pictures([(_framed(photo, frame), "the photo")], encoding="jpeg")
        shown = [(pictures[row], "what was projected")]
        shown += [
            (projection.reconstructions[row], name) for name, projection in projections.items()
        ]
        page.pictures(shown, width_px=192)
        page.table(
            ["method", *(title for title, _, _ in COLUMNS)],
            [
                [name, *(_figure(figures[key], form) for _, key, form in COLUMNS)]
                for name, figures in entry["methods"].items()
            ],
        )
    page.write(path)


def _framed(photo: "Photo", frame: "PhotoFrame") -> "npt.NDArray[np.uint8]":
    """The photo made small, with the projected square drawn into it."""
    import cv2
    import numpy as np

    from serve.photo.reduction import reduce_photo

    x0, y0, x1, y1 = frame.region
    longest_px = max(photo.width_px, photo.height_px)
    shown_share = longest_px / max(longest_px, x1 - x0, y1 - y0)
    smaller, frame = reduce_photo(photo, frame, max(1, round(SHOWN_SIDE_PX * shown_share)))
    x0, y0, x1, y1 = (round(edge) for edge in frame.region)
    above, left = max(0, -y0) + FRAME_LINE_PX, max(0, -x0) + FRAME_LINE_PX
    below = max(0, y1 - smaller.height_px) + FRAME_LINE_PX
    right = max(0, x1 - smaller.width_px) + FRAME_LINE_PX
    canvas = cv2.copyMakeBorder(
        smaller.as_uint8(3), above, below, left, right, cv2.BORDER_CONSTANT, value=(255, 255, 255)
    )
    corner, opposite = (x0 + left, y0 + above), (x1 + left, y1 + above)
    return np.asarray(
        cv2.rectangle(canvas, corner, opposite, FRAME_COLOUR, FRAME_LINE_PX), np.uint8
    )


def _figure(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
