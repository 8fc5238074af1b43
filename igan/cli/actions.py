"""Commands that are a choice of actions: `igan data import`, `igan study make`."""

import argparse
from collections.abc import Mapping
from types import ModuleType


def add_actions(parser: argparse.ArgumentParser, actions: Mapping[str, ModuleType]) -> None:
    """Give a command its actions, each with a help page of its own.

    Args:
        actions: by name, modules with PURPOSE, a docstring that teaches, `add_arguments` and `run`.
    """
    choice = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, module in actions.items():
        action = choice.add_parser(
            name,
            help=module.PURPOSE,
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_arguments(action)
        action.set_defaults(perform=module.run)


def perform_action(arguments: argparse.Namespace) -> None:
    """Run the action that was chosen."""
    arguments.perform(arguments)
