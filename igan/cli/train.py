"""Train a GAN on a photo store, or a projection network against a trained GAN.

  igan train gan --config strong64 --run runs/shoes --data.stores data/shoes.lmdb
  igan train projector --config small64 --run runs/shoes-p --model.generator_run runs/shoes \\
      --data.stores data/shoes.lmdb
  igan train projector --config small64 --run runs/faces-p --generator checkpoints/faces \\
      --data.stores data/faces.lmdb

The last one trains against the generator of a bundle, such as `igan adopt` makes. Several stores,
`--data.stores '[data/shoes.lmdb, data/bags.lmdb]'`, train one model of all their categories.

--config takes a YAML file or the name of one in configs/. Any key of it can be overridden, as in
`--model.total_images 20000` or `--tracking wandb`; `igan train gan --options` lists all of them.
`--dry-run` builds everything, takes a few steps and says what the run is and how long it takes.

Ctrl-C saves the run; `--resume` goes on with it, after a crash or a power cut too. The run folder's
report.html shows curves, samples and what happened, and is kept up to date; --tracking adds Weights
& Biases or TensorBoard. A run that diverges is rolled back once, then stopped.
"""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from igan.errors import ConfigError

if TYPE_CHECKING:
    from igan.training.dry_run import DryRun

TAKES_OVERRIDES = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = (
        "igan train {gan,projector} --config CONFIG --run RUN [--generator BUNDLE] "
        "[--init-from RUN] [--resume] [--dry-run] [--KEY VALUE]"
    )
    parser.add_argument("kind", choices=["gan", "projector"], help="what to train")
    parser.add_argument("--config", help="a YAML file, or the name of a shipped one")
    parser.add_argument("--run", help="the run folder, such as runs/shoes; may hold $VARIABLES")
    parser.add_argument(
        "--generator",
        type=Path,
        metavar="BUNDLE",
        help="train a projector against the generator of a bundle; it takes its sizes from there",
    )
    parser.add_argument(
        "--init-from",
        type=Path,
        metavar="RUN",
        help="start from the networks of another run, such as of another category",
    )
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument(
        "--dry-run", action="store_true", help="say what the run would be, and train nothing"
    )
    parser.add_argument("--options", action="store_true", help="list every key of a configuration")


def run(arguments: argparse.Namespace, overrides: list[str]) -> None:
    from igan.training.train import describe_options, train

    if arguments.options:
        print(describe_options(arguments.kind))
        return
    options = [*_generator_options(arguments), *overrides]
    if arguments.dry_run:
        _dry_run(arguments, options)
    elif arguments.run is None:
        raise ConfigError("name a folder for the run, such as `--run runs/shoes`.")
    else:
        train(
            arguments.kind,
            Path(os.path.expandvars(arguments.run)),
            arguments.config,
            arguments.resume,
            options,
            arguments.init_from,
            _say,
        )


def described(found: "DryRun") -> str:
    """What a dry run found, as lines of text."""
    lines = [found.config.rstrip(), ""]
    width = max(map(len, found.parameters), default=0) + 2
    lines.append(f"{'network':<{width}}{'parameters':>14}{'trained':>14}")
    for name, (trained, parameters) in found.parameters.items():
        lines.append(f"{name:<{width}}{parameters:>14,}{trained:>14,}")
    rate = found.images_per_step / found.seconds_per_step
    lines += [
        "",
        f"memory   {_mebibytes(found.state_bytes)} MiB of weights, averages, gradients and "
        f"moments; {_mebibytes(found.peak_bytes)} MiB in use at the most",
        f"speed    {1e3 * found.seconds_per_step:.0f} ms for a step of {found.images_per_step} "
        f"images, {rate:.1f} images/s",
        f"time     {_duration(found.expected_s)} for {found.total_images:,} images on this machine",
    ]
    return "\n".join(lines)


def _dry_run(arguments: argparse.Namespace, options: list[str]) -> None:
    from igan.training.dry_run import dry_run
    from igan.training.train import config_arguments

    print(
        described(
            dry_run(arguments.kind, config_arguments(arguments.kind, arguments.config, options))
        )
    )


def _say(sentence: str) -> None:
    from tqdm import tqdm

    tqdm.write(f"igan: {sentence}")


def _mebibytes(count: int) -> str:
    return f"{count / 2**20:,.0f}"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"


def _generator_options(arguments: argparse.Namespace) -> list[str]:
    if arguments.generator is None:
        return []
    if arguments.kind != "projector" or arguments.resume or arguments.config is None:
        raise ConfigError("`--generator` starts a projector's run, and needs a `--config` with it.")
    from igan.training.bundled_generator import options_for_bundle

    return options_for_bundle(arguments.config, arguments.generator)
