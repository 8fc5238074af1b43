"""Measure what the networks and methods are worth; every measurement has a help page of its own.

igan evaluate all checkpoints/shoes --photos data/shoes.lmdb --out runs/shoes-all
igan evaluate reconstruction checkpoints/shoes data/shoes.lmdb --out runs/reconstruction
igan evaluate alignment --out runs/alignment
"""

import argparse

from igan.cli.actions import add_actions, perform_action
from igan.cli.evaluate import (
    alignment,
    all,
    classes,
    compare,
    editing,
    neighbours,
    realism,
    reconstruction,
    scripts,
    speed,
    transfer,
)

ACTIONS = {
    "all": all,
    "compare": compare,
    "classes": classes,
    "reconstruction": reconstruction,
    "realism": realism,
    "neighbours": neighbours,
    "scripts": scripts,
    "editing": editing,
    "alignment": alignment,
    "transfer": transfer,
    "speed": speed,
}

run = perform_action


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_actions(parser, ACTIONS)
