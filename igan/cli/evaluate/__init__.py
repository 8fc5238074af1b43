"""Measure what the networks and methods are worth; every measurement has a help page of its own.

igan evaluate all checkpoints/shoes --photos data/shoes.lmdb --out runs/shoes-all
igan evaluate reconstruction checkpoints/shoes data/shoes.lmdb --out runs/reconstruction
igan evaluate alignment --out runs/alignment
"""

import argparse
import importlib

from igan.cli.evaluate.reconstruction import evaluate_reconstruction, table

__all__ = ["add_arguments", "evaluate_reconstruction", "run", "table"]

MEASUREMENTS = {
    "all": "everything about a bundle, in one report",
    "compare": "two bundles side by side",
    "classes": "models of several classes, each on its own and the others' photos",
    "reconstruction": "the projection methods on held-out photos",
    "realism": "generated pictures against photos, in named feature spaces",
    "neighbours": "whether generated pictures repeat photos to train on",
    "scripts": "a fixed set of scripted edits: satisfaction and closeness",
    "editing": "whether edits reach planted goals: strokes and drags",
    "alignment": "motion+colour flow against other ways to align pictures",
    "transfer": "texture and faithfulness of edits carried to real photos",
    "speed": "latency and memory on this machine",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    measurements = parser.add_subparsers(dest="what", required=True, metavar="MEASUREMENT")
    for name, purpose in MEASUREMENTS.items():
        module = importlib.import_module(f"igan.cli.evaluate.{name}")
        measurement = measurements.add_parser(
            name,
            help=purpose,
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_arguments(measurement)
        measurement.set_defaults(measure=module.run)


def run(arguments: argparse.Namespace) -> None:
    arguments.measure(arguments)
