"""Find the latents of photos, and show what the model makes of them.

  igan project checkpoints/shoes photo.jpg other.jpg --out runs/projected

Writes into a new folder: sheet.png (each photo beside its reconstructions), reconstructions/,
latents.safetensors and projections.json (loss, its parts and PSNR of each photo).
"""

import argparse
import json
import math
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igan.cli.framing import add_frame_argument, frame_of
from igan.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt

    from serve.bundle import Bundle
    from serve.latent import Method, Projection, SolverProgress

METHODS = ("hybrid", "network", "optimisation")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="an exported model")
    parser.add_argument("photos", type=Path, nargs="+", metavar="PHOTO", help="photo files")
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    parser.add_argument(
        "--method",
        choices=METHODS,
        default="hybrid",
        help="the projection network, the optimiser from random starts, or the optimiser from "
        "the network's answer (hybrid, the default)",
    )
    add_frame_argument(parser)
    parser.add_argument("--starts", type=int, default=1, help="random starts of `optimisation`")
    parser.add_argument("--seed", type=int, default=0, help="of the random starts")
    parser.add_argument("--iterations", type=int, default=200, help="limit of the optimiser")


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
    )
    print(table(report))
    print(f"\n{arguments.out}/sheet.png shows them side by side.")


def project_files(
    bundle_path: Path,
    photo_paths: Sequence[Path],
    out: Path,
    method: "Method" = "hybrid",
    frame: str = "centre",
    starts: int = 1,
    seed: int = 0,
    iterations: int = 200,
) -> dict[str, Any]:
    """Project photo files and write what was found into the new folder `out`.

    Returns:
        what stands in projections.json.
    """
    import numpy as np

    from serve.bundle import load_bundle
    from serve.latent import Limits, project
    from serve.photo.photo import read_photo
    from serve.staging import refuse_existing, staged_folder

    refuse_existing(out)
    if iterations < 1:
        raise BadInputError(f"--iterations must be at least 1, not {iterations}.")
    bundle = load_bundle(bundle_path)
    image = bundle.manifest.image
    photos = [read_photo(path) for path in photo_paths]
    frames = [frame_of(photo, frame, image.size) for photo in photos]
    crops = np.stack(
        [
            frame.crop(photo.as_uint8(image.channels))
            for photo, frame in zip(photos, frames, strict=True)
        ]
    )
    began = time.perf_counter()
    starts = starts if method == "optimisation" else 1
    with progress_bar(len(photos) * starts, iterations) as show:
        projection = project(
            bundle,
            crops,
            method,
            starts=starts,
            seed=seed,
            limits=Limits(iterations=iterations),
            callback=show,
        )
    seconds = time.perf_counter() - began
    report = {
        "bundle": {"name": bundle.manifest.name, "digest": bundle.digest},
        "method": method,
        "starts": starts,
        "seed": seed,
        "iterations": iterations,
        "seconds": round(seconds, 3),
        "photos": [
            {
                "file": path.name,
                "sha256": photo.sha256,
                "frame": frame.to_json(),
                "reconstruction": f"reconstructions/{number:03d}-{path.stem}.png",
                **figures,
            }
            for number, (path, photo, frame, figures) in enumerate(
                zip(photo_paths, photos, frames, _figures(projection, crops), strict=True), start=1
            )
        ],
    }
    with staged_folder(out) as folder:
        _write(folder, bundle, crops, projection, report)
    return report


@contextmanager
def progress_bar(rows: int, iterations: int) -> "Iterator[Callable[[SolverProgress], None]]":
    """Yield a solver's callback that draws a bar over the iterations of all its rows."""
    from tqdm import tqdm

    with tqdm(total=rows * iterations, unit="step", desc="projecting", disable=None) as bar:

        def show(progress: "SolverProgress") -> None:
            done = progress.iterations.masked_fill(progress.finished, iterations).sum()
            bar.set_postfix(loss=f"{progress.losses.nanmean().item():.4f}", refresh=False)
            bar.update(int(done) - bar.n)

        yield show


def table(report: dict[str, Any]) -> str:
    """The photos' figures as lines of text, with their means below."""
    columns = (
        ("loss", "loss", ".4f"),
        ("pixels", "pixel_loss", ".4f"),
        ("features", "feature_loss", ".4f"),
        ("PSNR dB", "psnr_db", ".2f"),
        ("steps", "gradient_steps", ".0f"),
    )
    photos = report["photos"]
    width = max(len(report["method"]), *(len(photo["file"]) for photo in photos))
    lines = [f"{report['method']:<{width}}" + "".join(f"{title:>10}" for title, _, _ in columns)]
    for photo in photos:
        cells = (f"{_figure(photo[key], form):>10}" for _, key, form in columns)
        lines.append(f"{photo['file']:<{width}}" + "".join(cells))
    if len(photos) > 1:
        means = (_mean([photo[key] for photo in photos]) for _, key, _ in columns)
        cells = (
            f"{_figure(mean, form):>10}" for mean, (_, _, form) in zip(means, columns, strict=True)
        )
        lines.append(f"{'mean':<{width}}" + "".join(cells))
    return "\n".join(lines)


def _figures(
    projection: "Projection", crops: "npt.NDArray[np.uint8]"
) -> list[dict[str, float | None]]:
    from serve.latent import psnr_db

    columns = {
        "loss": projection.terms.total.tolist(),
        "pixel_loss": projection.terms.pixel.tolist(),
        "feature_loss": projection.terms.feature.tolist(),
        "psnr_db": psnr_db(projection.reconstructions, crops).tolist(),
        "gradient_steps": projection.evaluations.tolist(),
    }
    return [
        {
            key: value if math.isfinite(value) else None
            for key, value in zip(columns, row, strict=True)
        }
        for row in zip(*columns.values(), strict=True)
    ]


def _write(
    folder: Path,
    bundle: "Bundle",
    crops: "npt.NDArray[np.uint8]",
    projection: "Projection",
    report: dict[str, Any],
) -> None:
    from safetensors.torch import save_file

    from serve.photo.photo import Photo, write_photo

    save_file({"latents": projection.latents.contiguous()}, folder / "latents.safetensors")
    (folder / "reconstructions").mkdir()
    for picture, photo in zip(projection.reconstructions, report["photos"], strict=True):
        write_photo(Photo(picture), folder / photo["reconstruction"])
    sheet = _sheet(bundle, crops, projection, report)
    write_photo(Photo(sheet), folder / "sheet.png")
    (folder / "projections.json").write_text(
        json.dumps(report, indent=2, allow_nan=False) + "\n", encoding="utf-8"
    )


def _sheet(
    bundle: "Bundle",
    crops: "npt.NDArray[np.uint8]",
    projection: "Projection",
    report: dict[str, Any],
) -> "npt.NDArray[np.uint8]":
    from serve.latent import project
    from serve.report.sheet import contact_sheet

    columns = {"photo": crops}
    if projection.method == "hybrid":
        columns["network"] = project(bundle, crops, "network").reconstructions
    columns[projection.method] = projection.reconstructions
    captions = [
        f"{photo['file'][:24]}\nloss {_figure(photo['loss'], '.4f')}"
        f"\n{_figure(photo['psnr_db'], '.2f')} dB"
        for photo in report["photos"]
    ]
    return contact_sheet(list(zip(*columns.values(), strict=True)), captions, list(columns))


def _figure(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
