"""Turn a finished run into a bundle of ONNX files that runs without the training code.

  igan export runs/shoes-p --out checkpoints/shoes
  igan export runs/shoes-p --out checkpoints/shoes --storage float16 --licence "CC BY 4.0"

The run of a projector gives the whole bundle: generator, projector, feature space, and the
discriminator of the GAN; that of a GAN one without projector and feature space, which projects
photos by optimisation on pixels alone.

Every graph, forward and gradient, is compared with Torch on several seeds and batch sizes; a bundle
that misses its tolerance is not written. `--storage float16` halves the files: arithmetic stays in
float32, and what the rounding costs is measured and refused above 0.005 in the image. The folder
holds a model card (README.md) and a sheet of random pictures (samples.png).
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="the run folder, such as runs/shoes-p")
    parser.add_argument("--out", type=Path, required=True, help="the new folder of the bundle")
    parser.add_argument("--name", help="what the model is called (default: the name of --out)")
    parser.add_argument(
        "--storage",
        choices=("float32", "float16"),
        default="float32",
        help="what weights are stored as (default: %(default)s)",
    )
    parser.add_argument(
        "--licence", metavar="TEXT", help="the terms of the weights, for the model card"
    )
    parser.add_argument(
        "--trust",
        action="append",
        default=[],
        metavar="MODULE",
        help="a module of your own that networks may come from; can be given again",
    )


def run(arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from igan.cli.bundle import describe_size
    from igan.export.run import TRUSTED_MODULES, export_run
    from serve.bundle import read_manifest

    with tqdm(desc="export", unit=" networks", leave=False) as bar:

        def show(role: str) -> None:
            bar.set_postfix_str(role)
            bar.update()

        export_run(
            arguments.run,
            arguments.out,
            name=arguments.name,
            storage=arguments.storage,
            licence=arguments.licence,
            trusted=[*TRUSTED_MODULES, *arguments.trust],
            on_network=show,
        )
    manifest = read_manifest(arguments.out)
    print(f"{arguments.out}: {', '.join(manifest.networks)}; {describe_size(manifest)}.")
    for role, network in manifest.networks.items():
        cost = network.storage_error
        if cost is not None:
            stored = network.storage_dtype
            print(f"{role}: storing {stored} changes its output by {cost.largest:.2g}.")
    print(f"`igan bundle info {arguments.out}` tells more, and so does the README.md in it.")
