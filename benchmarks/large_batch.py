"""How long is a gradient step for 64 candidates at once, against PyTorch at its best?

A gradient step is z -> x, a loss, dL/dx -> dL/dz, here of all candidates together. What a bundle
chooses for such a batch (`engine="auto"`) stands beside the engines that it chooses from, and
beside the network that was exported: eager, with channels last, and compiled. All rivals hold the
same random weights and take the same latents, in turn, step by step. Where the machine computes
bfloat16 in hardware, that is measured too, with what it costs in the gradient.

    python benchmarks/large_batch.py [--threads 2] [--batch 64] [--width 64]
"""

import argparse
import copy
import platform
import shutil
import statistics
import tempfile
from functools import partial
from pathlib import Path

import torch
from gradient_step import LATENT_DIM, Step, gradient_step, seconds_in_turn

from igan.export import export_bundle
from igan.models.dcgan import Generator
from igan.training.provenance import source_commit
from serve.bundle import load_bundle
from serve.bundle.interpreter import computes_bfloat16
from serve.bundle.manifest import LatentSpec

# Torch in float32, the best of which is what a user would pick instead.
TORCH = ("eager", "channels last", "compiled")


def make_rivals(folder: Path, width: int, threads: int, compile_too: bool) -> dict[str, Step]:
    """The engines of an exported generator, and the generator itself."""
    torch.manual_seed(0)
    generator = Generator(64, latent_dim=LATENT_DIM, width=width).eval().requires_grad_(False)
    path = folder / "bundle"
    latent = LatentSpec(LATENT_DIM, "uniform", (-1.0, 1.0))
    export_bundle(path, name="bench", generator=generator, latent=latent)
    chosen, quick, onnx, interpreted = (
        load_bundle(path, threads=threads, engine=engine).generator
        for engine in ("auto", "quick", "onnx", "torch")
    )
    rivals: dict[str, Step] = {"bundle": chosen, "quick": quick}
    rivals |= {"onnx": onnx, "interpreter": interpreted}
    if computes_bfloat16(torch.device("cpu")):
        rivals["bfloat16"] = partial(interpreted.run_torch, bfloat16=True)
    rivals["eager"] = generator
    rivals["channels last"] = copy.deepcopy(generator).to(memory_format=torch.channels_last)
    if compile_too:
        rivals["compiled"] = torch.compile(rivals["channels last"], dynamic=False)
    return rivals


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=9)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--without-compile", action="store_true", help="it takes a minute")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    compile_too = not arguments.without_compile and shutil.which("g++") is not None
    print(
        f"{platform.processor() or platform.machine()}, {arguments.threads} threads, "
        f"torch {torch.__version__}, commit {source_commit()}; "
        f"batch {arguments.batch}, {arguments.width}-wide, 64 pixels"
    )
    if not compile_too:
        print("torch.compile is left out: it was not wanted, or there is no g++")
    with tempfile.TemporaryDirectory() as folder:
        rivals = make_rivals(Path(folder), arguments.width, arguments.threads, compile_too)
        seconds = seconds_in_turn(rivals, arguments.batch, arguments.steps)
        latents = torch.rand(arguments.batch, LATENT_DIM) * 2 - 1
        exact = gradient_step(rivals["eager"], latents)
        best = min(statistics.median(seconds[name]) for name in TORCH if name in seconds)
        print(
            f"{'':>14}{'median ms':>11}{'fastest':>9}{'of the best Torch':>19}{'gradient off':>14}"
        )
        for name, all_ in seconds.items():
            median = statistics.median(all_)
            error = (gradient_step(rivals[name], latents) - exact).norm() / exact.norm()
            print(
                f"{name:>14}{1e3 * median:>11.1f}{1e3 * min(all_):>9.1f}"
                f"{median / best:>19.2f}{error:>14.1g}"
            )
        found = getattr(rivals["bundle"], "engines_found", {})
        print(f"the bundle chose {', '.join(sorted(set(found.values()))) or 'without a trial'}")


if __name__ == "__main__":
    main()
