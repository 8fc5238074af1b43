"""`--config`: a data set's recipe gives what the command line leaves unsaid."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from igan.data.recipes import Recipe


def add_recipe(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--config",
        metavar="RECIPE",
        help="a data set's recipe: shoes, church, outdoor, handbags, shirts, or a YAML file",
    )


def follow_recipe(arguments: argparse.Namespace) -> "Recipe | None":
    """Fill in what is not said on the command line; return the recipe, if one is named.

    Raises:
        ConfigError: there is no such recipe, or it is faulty.
    """
    if arguments.config is None:
        return None
    from igan.data.recipes import read_recipe
    from igan.training.config_files import find_config

    recipe = read_recipe(find_config("data", arguments.config))
    for name, value in recipe.arguments().items():
        if not getattr(arguments, name, None):
            setattr(arguments, name, value)
    return recipe
