"""The perception study: do people take pictures for real photos?

The paper's protocol as a kit: photos, generated pictures, and edits carried to photos by shape
alone and by shape and colour, judged by people on one static page. See docs/study.md.

examples:
  igan study make checkpoints/shoes --photos data/shoes.lmdb --out studies/shoes
  igan study serve studies/shoes
  igan study analyse studies/shoes studies/shoes/answers --out studies/shoes-result
  igan study simulate studies/shoes --out studies/simulated
"""

import argparse

from igan.cli.actions import add_actions, perform_action
from igan.cli.study import analyse, make, serve, simulate

ACTIONS = {"make": make, "serve": serve, "analyse": analyse, "simulate": simulate}

run = perform_action


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_actions(parser, ACTIONS)
