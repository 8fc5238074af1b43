"""Turn a finished run into a bundle of ONNX files, checked against Torch.

  igan export runs/shoes-p --out checkpoints/shoes

The run of a projector gives the whole bundle; that of a GAN one without projector and features.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="the run folder, such as runs/shoes-p")
    parser.add_argument("--out", type=Path, required=True, help="the new folder of the bundle")
    parser.add_argument("--name", help="what the model is called (default: the name of --out)")
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
            trusted=[*TRUSTED_MODULES, *arguments.trust],
            on_network=show,
        )
    manifest = read_manifest(arguments.out)
    print(f"{arguments.out}: {', '.join(manifest.networks)}; {describe_size(manifest)}.")
    print(f"`igan bundle info {arguments.out}` tells more.")
