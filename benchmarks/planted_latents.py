"""Are latents found again whose pictures are given?

Pictures G(z*) of latents drawn from the prior, rounded to 8 bits, are projected by every method; P
has not seen them.

    python benchmarks/planted_latents.py [BUNDLE] [--count 200] [--seed 1000]

Prints the share of pictures that come back with at least 35 dB, and the distribution of the PSNR.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from projection import DEMO_BUNDLE, is_absent

from igan.training.provenance import source_commit
from serve.bundle import load_bundle
from serve.latent import METHODS, Limits, project, psnr_db
from serve.photo.pixels import tensor_to_pixels

GOAL_DB = 35.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path, nargs="?", default=DEMO_BUNDLE)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--iterations", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    arguments = parser.parse_args()
    if is_absent(arguments.bundle):
        return
    torch.set_num_threads(arguments.threads)
    bundle = load_bundle(arguments.bundle, threads=arguments.threads)
    latents = bundle.sample_latents(arguments.count, arguments.seed)
    with torch.no_grad():
        pictures = tensor_to_pixels(torch.cat([bundle.generator(z) for z in latents.split(16)]))
    print(
        f"{bundle.manifest.name}, {len(pictures)} planted pictures, {arguments.iterations} "
        f"iterations, commit {source_commit()}"
    )
    print(f"{'method':<14}{'>= 35 dB':>10}{'5 %':>8}{'10 %':>8}{'median':>8}{'steps':>8}")
    for method in arguments.methods:
        projection = project(
            bundle, pictures, method, limits=Limits(iterations=arguments.iterations)
        )
        found_db = psnr_db(projection.reconstructions, pictures)
        low, tenth, median = np.percentile(found_db, [5, 10, 50])
        print(
            f"{method:<14}{(found_db >= GOAL_DB).mean():>10.1%}{low:>8.1f}{tenth:>8.1f}"
            f"{median:>8.1f}{projection.evaluations.double().mean().item():>8.0f}"
        )


if __name__ == "__main__":
    main()
