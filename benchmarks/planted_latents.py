"""Are latents found again whose pictures are given?

Pictures G(z*) of latents drawn from the prior, rounded to 8 bits, are projected; P has not seen
them.

    python benchmarks/planted_latents.py [BUNDLE] [--count 200] [--iterations 80]
    python benchmarks/planted_latents.py BUNDLE --out FOLDER --minutes 10

Prints the share of pictures that come back with at least 35 dB, its 95 % interval (Wilson), and the
distribution of the PSNR. 200 pictures and 80 iterations of hybrid take about eight minutes on two
cores. With --out what is found is kept and the same command goes on; --minutes ends after that
time with the pictures until then.
"""

import argparse
import time
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from projection import DEMO_BUNDLE, errors_in_a_sentence, is_absent
from tqdm import tqdm

from igan.evaluation.bootstrap import share_interval
from igan.evaluation.generated_pictures import pictures_of_network
from igan.evaluation.kept_results import Arrays, KeptResults
from igan.training.provenance import source_commit
from serve.bundle import Bundle, load_bundle
from serve.latent import METHODS, Limits, Method, SolverProgress, project, psnr_db

GOAL_DB = 35.0
PICTURES_AT_ONCE = 20


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path, nargs="?", default=DEMO_BUNDLE)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--iterations", type=int, default=80)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=["network", "hybrid"])
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="keep what is found, and go on")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin nothing later")
    arguments = parser.parse_args()
    if is_absent(arguments.bundle):
        return
    deadline = time.monotonic() + 60 * arguments.minutes
    torch.set_num_threads(arguments.threads)
    bundle = load_bundle(arguments.bundle, threads=arguments.threads, engine="quick")
    latents = bundle.sample_latents(arguments.count, arguments.seed)
    pictures = pictures_of_network(bundle.generator, latents)
    kept = KeptResults(
        arguments.out,
        {
            "bundle": bundle.digest,
            "count": arguments.count,
            "seed": arguments.seed,
            "iterations": arguments.iterations,
        },
    )
    print(
        f"{bundle.manifest.name}, {arguments.iterations} iterations, commit {source_commit()}\n"
        f"{'method':<14}{'pictures':>9}{'>= 35 dB':>10}{'95 %':>18}{'least':>8}{'5 %':>8}"
        f"{'10 %':>8}{'median':>8}{'steps':>8}"
    )
    for method in arguments.methods:
        found = kept.parts(
            {
                f"{method}-{first:04}": partial(
                    _found_again,
                    bundle,
                    pictures[first : first + PICTURES_AT_ONCE],
                    method,
                    arguments.iterations,
                )
                for first in range(0, len(pictures), PICTURES_AT_ONCE)
            },
            deadline,
        )
        if found:
            print(_row(method, found), flush=True)


def _found_again(
    bundle: Bundle, pictures: npt.NDArray[np.uint8], method: Method, iterations: int
) -> Arrays:
    """PSNR and evaluations (N,) of pictures, uint8 (N, S, S, C)."""
    with tqdm(desc=method, total=len(pictures) * iterations, disable=None) as bar:

        def note(progress: SolverProgress) -> None:
            done = progress.iterations.masked_fill(progress.finished, iterations)
            bar.update(int(done.sum()) - bar.n)

        limits = Limits(iterations=iterations)
        projection = project(bundle, pictures, method, limits=limits, callback=note)
    return {
        "psnr_db": psnr_db(projection.reconstructions, pictures),
        "evaluations": projection.evaluations.numpy(),
    }


def _row(method: str, found: list[Arrays]) -> str:
    psnrs_db, evaluations = (
        np.concatenate([part[name] for part in found]) for name in ("psnr_db", "evaluations")
    )
    reached = psnrs_db >= GOAL_DB
    low, high = share_interval(reached)
    least, fifth, tenth, median = np.percentile(psnrs_db, [0, 5, 10, 50])
    return (
        f"{method:<14}{len(psnrs_db):>9}{reached.mean():>10.1%}{f'{low:.1%} to {high:.1%}':>18}"
        f"{least:>8.1f}{fifth:>8.1f}{tenth:>8.1f}{median:>8.1f}{evaluations.mean():>8.0f}"
    )


if __name__ == "__main__":
    with errors_in_a_sentence():
        main()
