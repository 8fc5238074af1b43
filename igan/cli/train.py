"""Train a GAN on a photo store, or a projection network against a trained GAN.

  igan train gan --config small64 --run runs/shoes --data.stores data/shoes.lmdb
  igan train projector --config small64 --run runs/shoes-p --model.generator_run runs/shoes \\
      --data.stores data/shoes.lmdb
  igan train projector --config small64 --run runs/faces-p --generator checkpoints/faces \\
      --data.stores data/faces.lmdb

The last one trains against the generator of a bundle, such as `igan adopt` makes.

--config takes a YAML file or the name of one in configs/. Any key of it can be overridden, as in
`--model.total_images 20000` or `--tracking wandb`; `igan train gan --options` lists all of them.
Ctrl-C saves the run; `--resume` goes on with it. Curves, sample grids, checkpoints and the
resolved configuration land in the run folder.
"""

import argparse
from pathlib import Path

from igan.errors import ConfigError

TAKES_OVERRIDES = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = (
        "igan train {gan,projector} --config CONFIG --run RUN [--generator BUNDLE] [--resume] "
        "[--KEY VALUE]"
    )
    parser.add_argument("kind", choices=["gan", "projector"], help="what to train")
    parser.add_argument("--config", help="a YAML file, or the name of a shipped one")
    parser.add_argument("--run", type=Path, help="the run folder, such as runs/shoes")
    parser.add_argument(
        "--generator",
        type=Path,
        metavar="BUNDLE",
        help="train a projector against the generator of a bundle; it takes its sizes from there",
    )
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--options", action="store_true", help="list every key of a configuration")


def run(arguments: argparse.Namespace, overrides: list[str]) -> None:
    from igan.training.train import describe_options, train

    if arguments.options:
        print(describe_options(arguments.kind))
    elif arguments.run is None:
        raise ConfigError("name a folder for the run, such as `--run runs/shoes`.")
    else:
        options = [*_generator_options(arguments), *overrides]
        train(arguments.kind, arguments.run, arguments.config, arguments.resume, options)


def _generator_options(arguments: argparse.Namespace) -> list[str]:
    if arguments.generator is None:
        return []
    if arguments.kind != "projector" or arguments.resume or arguments.config is None:
        raise ConfigError("`--generator` starts a projector's run, and needs a `--config` with it.")
    from igan.training.bundled_generator import options_for_bundle

    return options_for_bundle(arguments.config, arguments.generator)
