"""What is the projection network's answer worth as a start?

On held-out photos, the same solver from P's answer (hybrid), from one random start (optimisation)
and from several random starts of which the best is kept, after every number of steps.

    python benchmarks/projection_starts.py [BUNDLE STORE] [--photos 32] [--starts 20]
    python benchmarks/projection_starts.py BUNDLE STORE --starts 1 --iterations 200
    python benchmarks/projection_starts.py BUNDLE STORE --iterations 200 --out FOLDER --minutes 60

Prints the ratios of the mean losses with their 95 % intervals (bootstrap over photos): hybrid over
one random start and over the best of all, each after as many steps, and over the best of all when
hybrid has spent a tenth of the network evaluations of all, for which it goes on beyond the limit of
a random start. After 0 steps hybrid is the projection network alone.

A start of a photo takes about 27 ms for each of the --iterations on two cores: 32 photos and 20
starts ten minutes with 30 and an hour with 200, a single start six minutes with 200. With --out
what is found is kept, photos in random order, and the same command goes on; --minutes ends after
that time with the photos until then. Photos that a photo to train on shows too are left out.
"""

import argparse
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
from projection import DEMO_BUNDLE, DEMO_STORE, errors_in_a_sentence, is_absent
from torch import Tensor
from tqdm import tqdm

from igan.data.store import Store
from igan.evaluation.held_out import held_out_photos
from igan.evaluation.kept_results import Arrays, KeptResults
from igan.evaluation.starts import TENTH, Descents, Ratio, compare_starts
from igan.training.provenance import source_commit
from serve.bundle import Bundle, load_bundle
from serve.latent import Bounds, Limits, ProjectionLoss, SolverProgress
from serve.latent.projection import IMAGES_AT_ONCE, network_latents, optimise
from serve.photo.pixels import pixels_to_tensor

LIMITS = (0, 5, 10, 20, 30, 50, 80, 100, 120, 150, 200)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path, nargs="?", default=DEMO_BUNDLE)
    parser.add_argument("store", type=Path, nargs="?", default=DEMO_STORE)
    parser.add_argument("--photos", type=int, default=32, help="held out (32)")
    parser.add_argument("--starts", type=int, default=20, help="random starts (20)")
    parser.add_argument("--iterations", type=int, default=30, help="of a random start (30)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="keep what is found, and go on")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin nothing later")
    arguments = parser.parse_args()
    if is_absent(arguments.bundle, arguments.store):
        return
    deadline = time.monotonic() + 60 * arguments.minutes
    torch.set_num_threads(arguments.threads)
    bundle = load_bundle(arguments.bundle, threads=arguments.threads, engine="quick")
    assert bundle.projector is not None, "the bundle has no projection network"
    store, starts, iterations = Store(arguments.store), arguments.starts, arguments.iterations
    held_out = held_out_photos(store, arguments.photos)
    order = np.random.default_rng(0).permutation(held_out.indices)
    targets = pixels_to_tensor(store.read(order))
    firsts = bundle.sample_latents(starts * len(order), seed=0).reshape(starts, len(order), -1)
    limits = [limit for limit in LIMITS if limit <= iterations]
    kept = KeptResults(
        arguments.out,
        {
            "bundle": bundle.digest,
            "store": store.digest,
            "photos": order.tolist(),
            "starts": starts,
            "iterations": iterations,
        },
    )
    answers = network_latents(
        bundle.projector, targets, Bounds.from_pair(bundle.manifest.latent.bounds)
    )
    enough = round(iterations * max(1, TENTH * starts))
    hybrid = Descents(
        **kept.part(
            "hybrid",
            lambda: vars(_descend(bundle, targets, answers[None], enough, "hybrid")),
        )
    )
    together = max(1, IMAGES_AT_ONCE // starts)
    parts = {first: slice(first, first + together) for first in range(0, len(order), together)}
    groups = kept.parts(
        {
            f"photos-{first:03}": partial(
                _from_random_starts, bundle, targets[part], firsts[:, part], iterations, limits
            )
            for first, part in parts.items()
        },
        deadline,
    )
    if not groups:
        print("no time was left for random starts")
        return
    losses, evaluations = (
        np.concatenate([group[name] for group in groups], axis=2)
        for name in ("losses", "evaluations")
    )
    done = losses.shape[2]
    hybrid = Descents(**{name: values[:, :done] for name, values in vars(hybrid).items()})
    print(
        f"{bundle.manifest.name}, {done} of {len(order)} held-out photos "
        f"({held_out.near_duplicates} copies left out), {starts} random starts, "
        f"commit {source_commit()}"
    )
    print(f"{'':>6}{'hybrid':>9}{'one':>9}{'hybrid / one':>24}{'best':>9}", end="")
    print(f"{'hybrid / best':>24}{'evaluations':>13}{'by a tenth of them':>24}")
    for row, limit in enumerate(limits):
        found = compare_starts(hybrid, limit, losses[row], evaluations[row])
        print(
            f"{limit:>6}{found.hybrid:>9.4f}{found.one:>9.4f}{_text(found.to_one):>24}"
            f"{found.best:>9.4f}{_text(found.to_best):>24}"
            f"{f'{found.evaluations:.0f} of {found.all_evaluations:.0f}':>13}"
            f"{_text(found.frugal_to_best):>24}"
        )


def _descend(
    bundle: Bundle, targets: Tensor, starts: Tensor, iterations: int, name: str
) -> Descents:
    """Descend towards photos (N, C, S, S) from starts (K, N, latent_dim); rows are start-major."""
    loss = ProjectionLoss(bundle.features, bundle.manifest.feature_weight)
    rounds: list[SolverProgress] = []
    with tqdm(desc=name, total=starts.shape[0] * len(targets) * iterations, disable=None) as bar:

        def note(progress: SolverProgress) -> None:
            rounds.append(progress)
            done = progress.iterations.masked_fill(progress.finished, iterations)
            bar.update(int(done.sum()) - bar.n)

        optimise(
            bundle.generator,
            loss.against(targets),
            starts,
            Bounds.from_pair(bundle.manifest.latent.bounds),
            Limits(iterations=iterations, relative_decrease=0.0),
            note,
        )
    return Descents.of(rounds)


def _from_random_starts(
    bundle: Bundle, targets: Tensor, starts: Tensor, iterations: int, limits: list[int]
) -> Arrays:
    """Losses and evaluations (limits, K, N) after each of the limits."""
    descents = _descend(bundle, targets, starts, iterations, "random starts")
    found = zip(*(descents.after(limit) for limit in limits), strict=True)
    losses, evaluations = (np.stack(part).reshape(-1, *starts.shape[:2]) for part in found)
    return {"losses": losses, "evaluations": evaluations}


def _text(ratio: Ratio) -> str:
    return f"{ratio.value:.3f} ({ratio.low:.3f}-{ratio.high:.3f})"


if __name__ == "__main__":
    with errors_in_a_sentence():
        main()
