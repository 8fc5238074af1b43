"""The whole path in one go, with a report: pictures, training, export, projection, edit, transfer.

  igan demo                                   on an embedded set of drawn shoes, in minutes
  igan demo --photos my_photos.zip            the same on photos of your own, a folder or zip file
  igan demo --photos my_photos.zip --recipe small64 --images 200000
                                              longer, with the recipe meant for photos

Everything lands in --out: the photo store, both training runs, the exported bundle, the edit and
report.html; and beside it what a model that ships makes of a sample picture, where checkpoints/
holds one. A demo that was interrupted goes on where it stopped when it is called again.
"""

import argparse
from pathlib import Path

RECIPES = ("demo64", "small64")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--photos", type=Path, help="a folder or zip file of photos, instead of the embedded set"
    )
    parser.add_argument("--out", type=Path, default=Path("runs/demo"), help="(runs/demo)")
    parser.add_argument(
        "--recipe",
        choices=RECIPES,
        default="demo64",
        help="demo64 takes minutes (default); small64 is the recipe for photos and takes hours "
        "on a CPU",
    )
    parser.add_argument("--images", type=int, help="images to show to the GAN (the recipe's)")
    parser.add_argument(
        "--projector-images", type=int, help="images to train the projector on (the recipe's)"
    )


def run(arguments: argparse.Namespace) -> None:
    from igan.cli.demo.stages import Demo

    report = Demo(
        arguments.out,
        arguments.photos,
        arguments.recipe,
        arguments.images,
        arguments.projector_images,
    ).run()
    bundle = report.parent / "bundle"
    print(f"\nThe report: {report}\nTwo commands to try next:")
    print(f"  igan sample {bundle} --count 64 --out samples.png")
    print(
        f"  igan edit {bundle} {next(report.parent.glob('photo.*'))} "
        f"--script {report.parent / 'edit.json'} --out my-edit"
    )
