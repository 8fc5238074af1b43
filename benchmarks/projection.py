"""How fast are photos projected, against SciPy's L-BFGS-B on the same loss in Torch?

SciPy takes the photos one by one, through eager Torch; `serve.latent` takes them all at once. Both
minimise the exact float32 loss from the same starts (the projection network's answers, or with
`--random` latents drawn from the prior) with the same limit of steps, and the losses they end with
are computed by the bundle's own networks. The batch runs before and after SciPy, so that a drift of
the machine shows.

    python benchmarks/projection.py [BUNDLE STORE] [--count 64] [--iterations 200] [--out FOLDER]

Prints the means and the time until the batch is as low as SciPy ends; FOLDER gets the curves of the
mean loss over time (curves.json, curves.svg). Seconds are of the wall; the processor's beside them
are of all threads, and hardly change when the machine is shared.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize
from torch import Tensor

from igan.data.store import Store
from igan.evaluation.held_out import held_out_photos
from igan.training.provenance import source_commit
from serve.bundle import Bundle, load_bundle
from serve.latent import Bounds, Limits, ProjectionLoss, SolverProgress
from serve.latent.loss import TargetLoss
from serve.latent.projection import network_latents, optimise
from serve.photo.pixels import pixels_to_tensor
from serve.report.chart import Curves
from serve.staging import refuse_existing, staged_folder

HISTORY = 10
GRID_POINTS = 200

DEMO_BUNDLE, DEMO_STORE = Path("runs/demo/bundle"), Path("runs/demo/photos.lmdb")


def is_absent(*paths: Path) -> bool:
    """Whether one of the paths is not there, which is then said."""
    absent = [str(path) for path in paths if not path.exists()]
    if absent:
        print(f"{absent[0]} is not there; name your own, or let `igan demo` make it.")
    return bool(absent)


@dataclass(frozen=True)
class Run:
    """One rival's way: what it found, and the mean loss (K,) after seconds a photo (K,)."""

    name: str
    latents: Tensor
    seconds: float
    processor_seconds: float
    evaluations: float
    times: npt.NDArray[np.float64]
    losses: npt.NDArray[np.float64]


def by_scipy(bundle: Bundle, targets: Tensor, starts: Tensor, iterations: int) -> Run:
    """Photo by photo, eager, with SciPy's own tolerances off: 200 steps are 200 steps."""
    assert bundle.features is not None
    loss = ProjectionLoss(bundle.features.run_torch, bundle.manifest.feature_weight)
    bounds = bundle.manifest.latent.bounds
    box = None if bounds is None else [bounds] * starts.shape[1]
    found, tracks, began = [], [], Stopwatch()
    for target, start in zip(targets, starts, strict=True):
        watch = Stopwatch()
        against = loss.against(target[None])
        track: list[tuple[float, float]] = []

        def value(
            x: npt.NDArray[np.float64],
            against: TargetLoss = against,
            track: list[tuple[float, float]] = track,
            watch: Stopwatch = watch,
        ) -> tuple[float, npt.NDArray[np.float64]]:
            z = torch.from_numpy(x).float()[None].requires_grad_()
            total = against(bundle.generator.run_torch(z)).total[0]
            (gradient,) = torch.autograd.grad(total, z)
            lowest = min(track[-1][1], total.item()) if track else total.item()
            track.append((watch.seconds, lowest))
            return total.item(), gradient[0].double().numpy()

        result = minimize(
            value,
            start.double().numpy(),
            jac=True,
            method="L-BFGS-B",
            bounds=box,
            options={
                "maxiter": iterations,
                "maxfun": 10 * iterations,
                "maxcor": HISTORY,
                "ftol": 0.0,
                "gtol": 0.0,
            },
        )
        found.append(torch.from_numpy(result.x).float())
        tracks.append(np.asarray(track))
    seconds, processor = began.seconds, began.processor_seconds
    times = np.linspace(0, max(track[-1, 0] for track in tracks), GRID_POINTS)
    return Run(
        "SciPy, photo by photo",
        torch.stack(found),
        seconds,
        processor,
        float(np.mean([len(track) for track in tracks])),
        times,
        np.mean([_stairs(track, times) for track in tracks], axis=0),
    )


def in_a_batch(bundle: Bundle, targets: Tensor, starts: Tensor, iterations: int) -> Run:
    """All photos at once, as `serve.latent.project` does it."""
    assert bundle.features is not None
    watch = Stopwatch()
    loss = ProjectionLoss(bundle.features, bundle.manifest.feature_weight)
    track: list[tuple[float, float]] = []

    def note(progress: SolverProgress) -> None:
        track.append((watch.seconds / len(targets), progress.losses.mean().item()))

    solution = optimise(
        bundle.generator,
        loss.against(targets),
        starts[None],
        Bounds.from_pair(bundle.manifest.latent.bounds),
        Limits(iterations=iterations, history=HISTORY, relative_decrease=0.0),
        note,
    )
    times, losses = np.asarray(track).T
    return Run(
        "serve.latent, in a batch",
        solution.z.float(),
        watch.seconds,
        watch.processor_seconds,
        solution.evaluations.double().mean().item(),
        times,
        losses,
    )


class Stopwatch:
    """Seconds of the wall and of the processor since it was made."""

    def __init__(self) -> None:
        self._began, self._processor = time.perf_counter(), time.process_time()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began

    @property
    def processor_seconds(self) -> float:
        return time.process_time() - self._processor


def exact_loss(bundle: Bundle, latents: Tensor, targets: Tensor) -> npt.NDArray[np.float64]:
    loss = ProjectionLoss(bundle.features, bundle.manifest.feature_weight)
    with torch.no_grad():
        parts = [
            loss(bundle.generator(z), target).total
            for z, target in zip(latents.split(16), targets.split(16), strict=True)
        ]
    return torch.cat(parts).double().numpy()


def milliseconds(work: Callable[[], object], rounds: int = 7) -> float:
    work()
    taken = []
    for _ in range(rounds):
        watch = Stopwatch()
        work()
        taken.append(watch.seconds)
    return 1e3 * float(np.median(taken))


def gradient_step(network: Callable[[Tensor], Tensor], batch: Tensor) -> Callable[[], object]:
    def step() -> object:
        x = batch.clone().requires_grad_()
        output = network(x)
        return torch.autograd.grad(output, x, torch.ones_like(output))

    return step


def print_where_the_time_goes(bundle: Bundle, targets: Tensor, starts: Tensor) -> None:
    """One gradient step on one photo: the quick way, ONNX Runtime, and eager Torch."""
    assert bundle.features is not None
    onnx = load_bundle(bundle.path, threads=torch.get_num_threads(), engine="onnx").networks
    print("\none gradient step on one photo, ms      quick   onnx  eager")
    for name, network, batch in (
        ("generator", bundle.generator, starts[:1]),
        ("features", bundle.features, targets[:1]),
    ):
        ways = (network.run_quick, onnx[name], network.run_torch)
        cells = "".join(f"{milliseconds(gradient_step(way, batch)):>7.1f}" for way in ways)
        print(f"  {name:<36}{cells}")


def _stairs(
    track: npt.NDArray[np.float64], times: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    place = np.searchsorted(track[:, 0], times, side="right") - 1
    return track[np.maximum(place, 0), 1]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path, nargs="?", default=DEMO_BUNDLE)
    parser.add_argument("store", type=Path, nargs="?", default=DEMO_STORE)
    parser.add_argument("--count", type=int, default=64, help="held-out photos (64)")
    parser.add_argument("--iterations", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--random", action="store_true", help="start from the prior, not from P")
    parser.add_argument("--once", action="store_true", help="do not repeat the batch after SciPy")
    parser.add_argument("--out", type=Path, help="folder to make, for the curves")
    arguments = parser.parse_args()
    if is_absent(arguments.bundle, arguments.store):
        return
    if arguments.out is not None:
        refuse_existing(arguments.out)
    torch.set_num_threads(arguments.threads)
    bundle = load_bundle(arguments.bundle, threads=arguments.threads, engine="quick")
    store = Store(arguments.store)
    photos = store.read(held_out_photos(store, arguments.count).indices)
    targets = pixels_to_tensor(photos)
    bounds = Bounds.from_pair(bundle.manifest.latent.bounds)
    if arguments.random:
        starts = bundle.sample_latents(len(targets), seed=0)
    else:
        assert bundle.projector is not None, "the bundle has no projection network; use --random"
        starts = network_latents(bundle.projector, targets, bounds)
    print(
        f"{len(targets)} photos, {arguments.iterations} iterations, {arguments.threads} threads, "
        f"torch {torch.__version__}, commit {source_commit()}"
    )
    in_a_batch(bundle, targets[:8], starts[:8], 1)
    work = bundle, targets, starts, arguments.iterations
    runs = [in_a_batch(*work), by_scipy(*work)]
    runs += [] if arguments.once else [in_a_batch(*work)]
    print(f"{'':<28}{'mean loss':>10}{'steps':>8}{'s/photo':>9}{'CPU s/photo':>13}")
    for run in runs:
        loss = exact_loss(bundle, run.latents, targets).mean()
        print(
            f"{run.name:<28}{loss:>10.5f}{run.evaluations:>8.0f}{run.seconds / len(targets):>9.2f}"
            f"{run.processor_seconds / len(targets):>13.2f}"
        )
    scipy = runs[1]
    for run in (runs[0], *runs[2:]):
        low = np.flatnonzero(run.losses <= scipy.losses[-1])
        until = f"after {run.times[low[0]]:.2f} s a photo" if len(low) else "never"
        print(
            f"the batch is as low as SciPy ends {until}; "
            f"all of its steps take {scipy.seconds / run.seconds:.1f} times less"
            + (
                f", to there {scipy.seconds / len(targets) / run.times[low[0]]:.1f} times"
                if len(low)
                else ""
            )
        )
    print_where_the_time_goes(bundle, targets, starts)
    if arguments.out is not None:
        lines = {run.name: (run.times, run.losses) for run in runs[:2]}
        curves = Curves(lines, "mean projection loss over seconds a photo", " s", 640)
        with staged_folder(arguments.out) as folder:
            (folder / "curves.svg").write_text(curves.svg())
            data = {
                name: {"seconds_per_photo": times.tolist(), "mean_loss": losses.tolist()}
                for name, (times, losses) in lines.items()
            }
            (folder / "curves.json").write_text(json.dumps(data) + "\n")


if __name__ == "__main__":
    main()
