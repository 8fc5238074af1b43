"""What is the projection network's answer worth as a start?

On held-out photos, the same solver from P's answer (hybrid), from one random start (optimisation)
and from several random starts of which the best is kept, after every number of steps.

    python benchmarks/projection_starts.py [BUNDLE STORE] [--count 64] [--starts 20]

Prints the ratio of the mean losses with its 95 % interval (bootstrap over photos) for limits from 5
steps to the last, and the network evaluations that stand behind them. Photos with a near-duplicate
in the training set are left out.
"""

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from projection import DEMO_BUNDLE, DEMO_STORE, is_absent

from igan.data.store import Store
from igan.evaluation.bootstrap import ratio_interval
from igan.evaluation.held_out import held_out_photos
from igan.training.provenance import source_commit
from serve.bundle import load_bundle
from serve.latent import Limits, SolverProgress, project

LIMITS = (5, 10, 20, 30, 50, 80, 120, 200)
Array = npt.NDArray[np.float64]


class LossesByIteration:
    """A solver's callback that keeps each row's loss and evaluations after each iteration."""

    def __init__(self) -> None:
        self._seen: list[tuple[Array, Array, Array]] = []

    def __call__(self, progress: SolverProgress) -> None:
        seen = progress.iterations, progress.losses, progress.evaluations
        self._seen.append(tuple(value.double().numpy() for value in seen))  # type: ignore[arg-type]

    def after(self, limit: int) -> tuple[Array, Array]:
        """Losses and evaluations (rows,) where each row has done `limit` iterations, or ended."""
        iterations, losses, evaluations = (np.stack(part) for part in zip(*self._seen, strict=True))
        reached = iterations >= limit
        place = np.where(reached.any(0), reached.argmax(0), len(reached) - 1)
        rows = np.arange(losses.shape[1])
        return losses[place, rows], evaluations[place, rows]


def described(one: Array, other: Array) -> tuple[str, str]:
    """mean(one) / mean(other) over photos, and its 95 % interval."""
    low, high = ratio_interval(one, other)
    return f"{one.mean() / other.mean():.3f}", f"{low:.3f} to {high:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path, nargs="?", default=DEMO_BUNDLE)
    parser.add_argument("store", type=Path, nargs="?", default=DEMO_STORE)
    parser.add_argument("--count", type=int, default=64, help="held-out photos (64)")
    parser.add_argument("--starts", type=int, default=20, help="random starts (20)")
    parser.add_argument("--iterations", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    if is_absent(arguments.bundle, arguments.store):
        return
    torch.set_num_threads(arguments.threads)
    bundle = load_bundle(arguments.bundle, threads=arguments.threads)
    store = Store(arguments.store)
    held_out = held_out_photos(store, arguments.count)
    photos = store.read(held_out.indices)
    limits = Limits(iterations=arguments.iterations, relative_decrease=0.0)
    hybrid, random = LossesByIteration(), LossesByIteration()
    project(bundle, photos, "hybrid", limits=limits, callback=hybrid)
    project(bundle, photos, "optimisation", starts=arguments.starts, limits=limits, callback=random)
    print(
        f"{bundle.manifest.name}, {len(photos)} held-out photos ({held_out.near_duplicates} "
        f"near-duplicates left out), {arguments.starts} random starts, commit {source_commit()}"
    )
    print(f"{'limit':>6}{'hybrid':>9}{'random':>9}{'ratio':>7}{'95 %':>16}{'best':>9}", end="")
    print(f"{'hybrid/best':>13}{'95 %':>16}{'evaluations':>14}")
    for limit in [limit for limit in LIMITS if limit <= arguments.iterations]:
        found, spent = hybrid.after(limit)
        losses, evaluations = random.after(limit)
        losses = losses.reshape(arguments.starts, -1)
        best, all_evaluations = losses.min(0), evaluations.reshape(arguments.starts, -1).sum(0)
        ratio, interval = described(found, losses[0])
        of_best, best_interval = described(found, best)
        print(
            f"{limit:>6}{found.mean():>9.4f}{losses[0].mean():>9.4f}{ratio:>7}{interval:>16}"
            f"{best.mean():>9.4f}{of_best:>13}{best_interval:>16}"
            f"{f'{spent.mean():.0f} of {all_evaluations.mean():.0f}':>14}"
        )


if __name__ == "__main__":
    main()
