"""What does the editing objective add to a gradient step, and how many steps a second are left?

A bare gradient step is z -> x, the mean square of x, dL/dx -> dL/dz; a full one has the editing
objective instead: a colour stroke, a sketched line, a dragged patch and smoothness. "By autograd"
is the same objective written with Torch's convolutions and left to autograd, which is what a user
would write; it comes to the same gradient. Besides, each brush alone. All take the same latents of
the same exported 64-wide generator in turn, step by step, and what is added is the median of the
differences from the bare step beside it.

Where other work makes steps longer and shorter by more than what is added, the second table says
more: the loss alone, from x to dL/dx, which holds all of the difference.

    python benchmarks/edit_step.py [BUNDLE] [--threads 2] [--batches 1 64]
"""

import argparse
import math
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from gradient_step import LATENT_DIM, WARM_UP_STEPS, Step
from torch import Tensor
from torch.nn import functional

from igan.export import export_bundle
from igan.models.dcgan import Generator
from igan.training.provenance import source_commit
from serve.bundle import load_bundle
from serve.bundle.manifest import LatentSpec
from serve.latent.constraints import ColourStroke, PatchDrag, SketchStroke
from serve.latent.hog import FLAT, SOFTNESS
from serve.latent.objective import ObjectiveWeights, edit_terms, smoothness_term
from serve.latent.raster import ColourMap, GridConstraints, HogMap, rasterise
from serve.photo.frame import PhotoFrame

STEPS = {1: 200, 64: 9}
STROKES = (
    ColourStroke(((60, 150), (110, 160), (160, 150)), (190, 30, 40), width_px=24),
    SketchStroke(((60, 90), (90, 70), (140, 75)), width_px=5),
    PatchDrag(((160, 120), (220, 120), (220, 180), (160, 180)), move=(8, -20)),
)
"""In a photo of 256 pixels: on the grid a stroke of 30 x 8 pixels, a line of 22 and a patch of
15 x 15."""

Network = Callable[[Tensor], Tensor]
Loss = Callable[[Tensor, Tensor], Tensor]
"""Of images and their latents."""


def bare_loss(images: Tensor, z: Tensor) -> Tensor:
    return images.square().mean()


def editing_loss(grid: GridConstraints, start: Tensor, images: Tensor, z: Tensor) -> Tensor:
    return edit_terms(images, z, start, grid, ObjectiveWeights()).total.sum()


def plain_loss(grid: GridConstraints, start: Tensor, images: Tensor, z: Tensor) -> Tensor:
    """The same objective as one writes it down."""
    weights = ObjectiveWeights()
    total = weights.smoothness * smoothness_term(z, start)
    for name, paint in grid.colours.items():
        total = total + getattr(weights, name) * plain_colour_term(images, paint)
    for name, edges in grid.edges.items():
        total = total + getattr(weights, name) * plain_hog_term(images, edges)
    return total.sum()


def plain_colour_term(images: Tensor, marked: ColourMap) -> Tensor:
    error = (images - marked.colour).square().mean(1)
    return (error * marked.weight).flatten(1).sum(1) / marked.coverage.sum()


def plain_hog_term(images: Tensor, marked: HogMap) -> Tensor:
    sobel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 4
    angles = torch.arange(8) * math.pi / 8
    kernels = angles.cos()[:, None, None] * sobel + angles.sin()[:, None, None] * sobel.T
    grey = functional.pad(images.mean(1, keepdim=True) / 2, (1, 1, 1, 1), mode="replicate")
    gx, gy = functional.conv2d(grey, torch.stack([sobel, sobel.T])[:, None]).split(1, dim=1)
    size = (gx.square() + gy.square() + SOFTNESS**2).sqrt()
    along = functional.conv2d(grey, kernels[:, None])
    strengths = size * (along / size).square().square().square() * marked.mask
    ramp = 1 - (torch.arange(16) + 0.5 - 8).abs() / 8
    window = (ramp[:, None] * ramp / 64).expand(8, 1, 16, 16)
    cells = functional.conv2d(strengths, window, stride=8, padding=4, groups=8)
    histograms = cells / (cells.square().sum(1, keepdim=True) + FLAT**2).sqrt()
    error = (histograms - marked.target).square().sum(1)
    return (error * marked.weight).flatten(1).sum(1) / marked.coverage.sum()


def make_losses(generator: Network, start: Tensor) -> dict[str, Loss]:
    frame = PhotoFrame(256, 256, (0, 0, 256, 256), 64)
    with torch.no_grad():
        picture = generator(start[:1])[0]
    grid = rasterise(STROKES, frame, 3, picture)
    parts = {
        "colour": GridConstraints(colour=grid.colour),
        "sketch": GridConstraints(sketch=grid.sketch),
        "warp": GridConstraints(warp=grid.warp),
        "all of them": grid,
    }
    return {
        "bare": bare_loss,
        **{name: partial(editing_loss, part, start) for name, part in parts.items()},
        "by autograd": partial(plain_loss, grid, start),
    }


def whole_step(generator: Network, loss: Loss, latents: Tensor) -> Tensor:
    """dL/dz."""
    z = latents.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(generator(z), z), z)
    return gradient


def loss_alone(images: Tensor, loss: Loss, latents: Tensor) -> Tensor:
    """dL/dx of given images."""
    x, z = images.clone().requires_grad_(), latents.clone().requires_grad_()
    gradient, _ = torch.autograd.grad(loss(x, z), (x, z), allow_unused=True)
    return gradient


def seconds_in_turn(rivals: dict[str, Step], batch: int, steps: int) -> dict[str, list[float]]:
    """Seconds of each step; the rivals alternate, so that a drift of the machine hits all."""
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for step in range(WARM_UP_STEPS + steps):
        latents = torch.rand(batch, LATENT_DIM) * 2 - 1
        for name, rival in rivals.items():
            began = time.perf_counter()
            rival(latents)
            if step >= WARM_UP_STEPS:
                seconds[name].append(time.perf_counter() - began)
    return seconds


def print_table(title: str, seconds: dict[str, list[float]]) -> None:
    bare = np.array(seconds["bare"])
    print(f"\n{title:<24}{'median':>9}{'fastest':>9}{'added':>9}{'steps/s':>9}")
    for name, all_ in seconds.items():
        median, added = statistics.median(all_), float(np.median(np.array(all_) - bare))
        print(
            f"{name:<24}{1e3 * median:>9.2f}{1e3 * min(all_):>9.2f}{1e3 * added:>9.2f}"
            f"{1 / median:>9.1f}"
        )


def random_bundle(folder: Path) -> Path:
    torch.manual_seed(0)
    generator = Generator(64, latent_dim=LATENT_DIM, width=64).eval().requires_grad_(False)
    path = folder / "bundle"
    latent = LatentSpec(LATENT_DIM, "uniform", (-1.0, 1.0))
    export_bundle(path, name="bench", generator=generator, latent=latent)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "bundle", nargs="?", type=Path, help="of 64 pixels; random 64-wide by default"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 64])
    parser.add_argument("--steps", type=int, help="of each; many of one latent, few of a batch")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(
        f"{platform.processor() or platform.machine()}, {arguments.threads} threads, "
        f"torch {torch.__version__}, commit {source_commit()}; ms"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.bundle or random_bundle(Path(folder))
        generator = load_bundle(path, threads=arguments.threads).generator
        start = torch.rand(1, LATENT_DIM) * 2 - 1
        losses = make_losses(generator, start)
        steps: dict[str, Step] = {
            name: partial(whole_step, generator, loss) for name, loss in losses.items()
        }
        probe = torch.rand(2, LATENT_DIM) * 2 - 1
        exact, ours = steps["by autograd"](probe), steps["all of them"](probe)
        print(f"gradients agree to {float((ours - exact).norm() / exact.norm()):.1g}")
        for batch in arguments.batches:
            count = arguments.steps or STEPS.get(batch, 20)
            print_table(f"batch {batch}, z to dL/dz", seconds_in_turn(steps, batch, count))
            with torch.no_grad():
                images = generator(torch.rand(batch, LATENT_DIM) * 2 - 1)
            alone: dict[str, Step] = {
                name: partial(loss_alone, images, loss) for name, loss in losses.items()
            }
            print_table(f"batch {batch}, x to dL/dx", seconds_in_turn(alone, batch, 3 * count))


if __name__ == "__main__":
    main()
