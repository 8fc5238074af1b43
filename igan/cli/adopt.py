"""Make a bundle from a generator that somebody else exported to ONNX.

  igan adopt stylish.onnx --out checkpoints/stylish
  igan adopt faces.onnx --prior normal --fix truncation=0.7 --out checkpoints/faces

The file may come from any exporter, in opsets 11 to 23. What it says of itself is found out: how
long a latent is, size and channels of the images, their layout and value range. It is compared
with ONNX Runtime, gets gradient graphs and the packaged feature space, and can then be used like
any bundle: `igan sample`, `igan edit`, `igan project --method optimisation`. To add a projection
network of its own:

  igan train projector --config small64 --generator checkpoints/stylish --run runs/stylish-p \\
      --data.stores data/photos.lmdb
  igan export runs/stylish-p --out checkpoints/stylish-p

Whatever is not supported is named. docs/adopting.md lists what is.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from igan.errors import BadInputError

if TYPE_CHECKING:
    from igan.export.adoption import Adoption


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="an ONNX file")
    parser.add_argument("--out", type=Path, required=True, help="the new folder of the bundle")
    parser.add_argument("--name", help="what the model is called (default: the name of --out)")
    parser.add_argument(
        "--prior",
        choices=["normal", "uniform"],
        default="normal",
        help="what latents were drawn from in training, N(0, 1) or evenly from [-1, 1], which no "
        "file says (default: normal)",
    )
    parser.add_argument(
        "--latent-dim",
        type=int,
        metavar="N",
        help="how long a latent is, if the file leaves it open",
    )
    parser.add_argument(
        "--value-range",
        type=float,
        nargs=2,
        metavar=("LOW", "HIGH"),
        help="what black and white are in its images, if that is found out wrongly",
    )
    parser.add_argument(
        "--fix",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="the value of a further input, such as a label or noise; one number, or as many as it "
        "takes separated by commas; can be given again",
    )
    parser.add_argument(
        "--no-features",
        action="store_true",
        help="leave the feature space out; photos are then projected by pixels alone",
    )
    parser.add_argument(
        "--feature-weight", type=float, help="weight of the feature space in the projection loss"
    )


def run(arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from igan.cli.bundle import describe_size
    from igan.export.adoption import adopt_generator
    from igan.export.adoption.adopting import FEATURE_WEIGHT
    from serve.bundle import read_manifest

    fixed = dict(_split_fix(entry) for entry in arguments.fix)
    weight = FEATURE_WEIGHT if arguments.feature_weight is None else arguments.feature_weight
    if weight < 0:
        raise BadInputError(f"--feature-weight must not be negative, but is {weight:g}.")
    with tqdm(desc="adopt", unit=" steps", leave=False) as bar:

        def show(step: str) -> None:
            bar.set_postfix_str(step)
            bar.update()

        adoption = adopt_generator(
            arguments.file,
            arguments.out,
            name=arguments.name,
            latent_dim=arguments.latent_dim,
            prior=arguments.prior,
            value_range=_checked_range(arguments.value_range),
            fixed=fixed,
            features=not arguments.no_features,
            feature_weight=weight,
            on_step=show,
        )
    print(report(adoption, arguments.prior))
    manifest = read_manifest(arguments.out)
    print(f"{arguments.out}: {', '.join(manifest.networks)}; {describe_size(manifest)}.")


def report(adoption: "Adoption", prior: str) -> str:
    """What was found out, in a few lines for a person."""
    latent, output, agreement = adoption.latent, adoption.output, adoption.agreement
    batch = "batch free" if latent.fixed_batch is None else "batch fixed at 1 and freed"
    layout = "last" if output.channels_last else "first"
    low, high = adoption.value_range
    drawn = "{:.3g} to {:.3g}".format(*adoption.image_values)
    return "\n".join(
        [
            f"made by   {adoption.producer or 'an unnamed exporter'}, opset {adoption.opset}",
            f"latents   {latent.dim} ({latent.name}, {batch}), taken to be {prior}",
            f"images    {output.size} x {output.size}, {output.channels} channels, {layout}",
            f"values    [{low:g}, {high:g}], {adoption.value_range_from}; drawn were {drawn}",
            f"operators {', '.join(adoption.operators)}",
            f"agreement images off from ONNX Runtime's by at most {agreement.largest:.1g}",
        ]
    )


def _split_fix(entry: str) -> tuple[str, str]:
    name, equals, value = entry.partition("=")
    if not (name and equals and value):
        raise BadInputError(f"`--fix {entry}` must read NAME=VALUE.")
    return name, value


def _checked_range(ends: list[float] | None) -> tuple[float, float] | None:
    if ends is None:
        return None
    low, high = ends
    if not low < high:
        raise BadInputError(f"--value-range needs the lower value first, not {low:g} {high:g}.")
    return low, high
