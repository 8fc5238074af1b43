"""How long is one gradient step on an exported generator, against PyTorch, eager and compiled?

A gradient step is z -> x, a loss, dL/dx -> dL/dz: what projection and editing do again and again.
All rivals hold the same random weights and take the same latents, in turn, step by step. The floor
is the time that the step's multiply-adds alone would take at the rate of the machine's largest
matrix product; nothing that computes them all can be faster.

    python benchmarks/gradient_step.py [--threads 2] [--batches 1 8] [--without-compile]

`large_batch.py` asks the same for 64 candidates at once.
"""

import argparse
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from igan.export import export_bundle
from igan.models.dcgan import Generator
from igan.training.provenance import source_commit
from serve.bundle import load_bundle
from serve.bundle.manifest import LatentSpec

LATENT_DIM = 100
WARM_UP_STEPS = 5
MATRIX_SIZE = 1024
MATRIX_PRODUCTS = 9

Step = Callable[[Tensor], Tensor]


def gradient_step(generator: Step, latents: Tensor) -> Tensor:
    z = latents.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(generator(z).square().mean(), z)
    return gradient


def seconds_in_turn(rivals: dict[str, Step], batch: int, steps: int) -> dict[str, list[float]]:
    """Seconds of each step; the rivals alternate, so that a drift of the machine hits all."""
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for step in range(WARM_UP_STEPS + steps):
        latents = torch.rand(batch, LATENT_DIM) * 2 - 1
        for name, generator in rivals.items():
            began = time.perf_counter()
            gradient_step(generator, latents)
            if step >= WARM_UP_STEPS:
                seconds[name].append(time.perf_counter() - began)
    return seconds


def multiply_adds(generator: Generator) -> int:
    """Of one gradient step on one image: forward, and as many again for dL/dz."""
    total = 0

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        assert isinstance(module.weight, Tensor)
        places = inputs[0].shape[2:].numel() if inputs[0].ndim == 4 else 1
        total += 2 * module.weight.numel() * places

    counted = [m for m in generator.modules() if isinstance(m, nn.Linear | nn.ConvTranspose2d)]
    hooks = [module.register_forward_hook(count) for module in counted]
    with torch.no_grad():
        generator(torch.zeros(1, LATENT_DIM))
    for hook in hooks:
        hook.remove()
    return total


def multiply_adds_per_second() -> float:
    """What the machine reaches on a large float32 matrix product, at best."""
    one, other = torch.rand(2, MATRIX_SIZE, MATRIX_SIZE)
    seconds = []
    for _ in range(MATRIX_PRODUCTS):
        began = time.perf_counter()
        one @ other
        seconds.append(time.perf_counter() - began)
    return MATRIX_SIZE**3 / min(seconds)


def described(seconds: list[float]) -> str:
    return f"{1e3 * statistics.median(seconds):.1f} ({1e3 * min(seconds):.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--widths", type=int, nargs="+", default=[64, 128])
    parser.add_argument("--without-compile", action="store_true", help="it takes a minute")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    compiled = not arguments.without_compile and shutil.which("g++") is not None
    print(
        f"{platform.processor() or platform.machine()}, {arguments.threads} threads, "
        f"torch {torch.__version__}, commit {source_commit()}; ms, median (fastest)"
    )
    if not compiled:
        print("torch.compile is left out: it was not wanted, or there is no g++")
    columns = ("eager", "compiled", "exported") if compiled else ("eager", "exported")
    header = "".join(f"{name:>18}" for name in columns)
    print(f"{'width':>6}{'batch':>6}{header}{'floor':>8}   times faster than {columns[:-1]}")
    for width in arguments.widths:
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
        for batch in arguments.batches:
            rivals: dict[str, Step] = {"eager": generator}
            if compiled:
                torch.compiler.reset()
                rivals["compiled"] = torch.compile(generator, dynamic=False)
            rivals["exported"] = exported
            seconds = seconds_in_turn(rivals, batch, arguments.steps)
            medians = {name: statistics.median(all_) for name, all_ in seconds.items()}
            figures = "".join(f"{described(seconds[name]):>18}" for name in columns)
            floor_ms = 1e3 * batch * multiply_adds(generator) / multiply_adds_per_second()
            ratios = (f"{medians[name] / medians['exported']:.2f}" for name in columns[:-1])
            print(f"{width:>6}{batch:>6}{figures}{floor_ms:>8.2f}   {', '.join(ratios)}")


if __name__ == "__main__":
    main()
