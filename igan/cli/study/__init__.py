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

from igan.cli.study import analyse, make, serve, simulate

ACTIONS = {"make": make, "serve": serve, "analyse": analyse, "simulate": simulate}
"""One module an action: PURPOSE, a docstring that teaches, `add_arguments` and `run`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, module in ACTIONS.items():
        action = actions.add_parser(
            name,
            help=module.PURPOSE,
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_arguments(action)
        action.set_defaults(perform=module.run)


def run(arguments: argparse.Namespace) -> None:
    arguments.perform(arguments)
