"""How long is one gradient step on an exported generator, against eager PyTorch?

A gradient step is z -> x, a loss, dL/dx -> dL/dz, what projection and editing do again and again.
Both
sides hold the same random weights and take the same latents, in turn, step by step.

    python benchmarks/gradient_step.py [--threads 2] [--steps 40]
"""

import argparse
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from igan.export import export_bundle
from igan.models.dcgan import Generator
from igan.training.provenance import source_commit
from serve.bundle import load_bundle
from serve.bundle.manifest import LatentSpec

LATENT_DIM = 100
WARM_UP_STEPS = 5


def gradient_step(generator: Callable[[Tensor], Tensor], latents: Tensor) -> Tensor:
    z = latents.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(generator(z).square().mean(), z)
    return gradient


def seconds_in_turn(
    rivals: dict[str, Callable[[Tensor], Tensor]], batch: int, steps: int
) -> dict[str, list[float]]:
    """Seconds of each step; the rivals alternate, so that a drift of the machine hits both."""
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for step in range(WARM_UP_STEPS + steps):
        latents = torch.rand(batch, LATENT_DIM) * 2 - 1
        for name, generator in rivals.items():
            began = time.perf_counter()
            gradient_step(generator, latents)
            if step >= WARM_UP_STEPS:
                seconds[name].append(time.perf_counter() - began)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=40)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(
        f"{platform.processor() or platform.machine()}, {arguments.threads} threads, "
        f"torch {torch.__version__}, commit {source_commit()}"
    )
    print(f"{'width':>6}{'batch':>6}{'eager ms':>26}{'exported ms':>26}{'times faster':>14}")
    for width in (64, 128):
        torch.manual_seed(0)
        generator = Generator(64, latent_dim=LATENT_DIM, width=width).eval().requires_grad_(False)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bundle"
            export_bundle(
                path,
                name="bench",
                generator=generator,
                latent=LatentSpec(LATENT_DIM, "uniform", (-1.0, 1.0)),
            )
            exported = load_bundle(path, threads=arguments.threads).generator
            for batch in (1, 8):
                seconds = seconds_in_turn(
                    {"eager": generator, "exported": exported}, batch, arguments.steps
                )
                medians = {name: 1e3 * statistics.median(all_) for name, all_ in seconds.items()}
                spread = {
                    name: f"{medians[name]:.1f} ({1e3 * min(all_):.1f} to {1e3 * max(all_):.1f})"
                    for name, all_ in seconds.items()
                }
                print(
                    f"{width:>6}{batch:>6}{spread['eager']:>26}{spread['exported']:>26}"
                    f"{medians['eager'] / medians['exported']:>14.2f}"
                )


if __name__ == "__main__":
    main()
