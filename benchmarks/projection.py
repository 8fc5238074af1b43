"""How fast are photos projected, against SciPy's L-BFGS-B on the same loss in Torch?

SciPy takes the photos one by one, through eager Torch; `serve.latent` takes several at once. Both
minimise the exact float32 loss from the same starts (the projection network's answers, or with
`--random` latents drawn from the prior) with the same limit of steps, and the losses they end with
are computed by the bundle's own networks. The rivals take turns, `--together` photos each, so that
both meet the machine's moods.

    python benchmarks/projection.py [BUNDLE STORE] [--count 64] [--iterations 200] [--out FOLDER]

Prints the means, their ratios with 95 % intervals (bootstrap over photos) and the time until the
batch is as low as SciPy ends; FOLDER gets the curves of the mean loss over time (curves.json,
curves.svg). Seconds are of the wall; the processor's beside them are of all threads, and hardly
change when the machine is shared.

64 photos and 200 steps take half an hour on two cores. With --out what is found is kept, photos in
random order, and the same command goes on; --minutes ends after that time with the photos until
then.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize
from torch import Tensor
from tqdm import tqdm

from igan.data.store import Store
from igan.errors import IganError
from igan.evaluation.bootstrap import ratio_interval
from igan.evaluation.held_out import held_out_photos
from igan.evaluation.kept_results import Arrays, KeptResults
from igan.training.provenance import source_commit
from serve.bundle import Bundle, load_bundle
from serve.errors import ServeError
from serve.latent import Bounds, Limits, ProjectionLoss, SolverProgress
from serve.latent.loss import TargetLoss
from serve.latent.projection import network_latents, optimise
from serve.photo.pixels import pixels_to_tensor
from serve.report.chart import Curves
from serve.staging import staged_file

HISTORY = 10
GRID_POINTS = 2000
BATCH, SCIPY = "serve.latent, in a batch", "SciPy, photo by photo"

Values = npt.NDArray[np.float64]

DEMO_BUNDLE, DEMO_STORE = Path("runs/demo/bundle"), Path("runs/demo/photos.lmdb")


def is_absent(*paths: Path) -> bool:
    """Whether one of the paths is not there, which is then said."""
    absent = [str(path) for path in paths if not path.exists()]
    if absent:
        print(f"{absent[0]} is not there; name your own, or let `igan demo` make it.")
    return bool(absent)


@contextmanager
def errors_in_a_sentence() -> Iterator[None]:
    """End the program with the sentence of what igan or serve cannot use."""
    try:
        yield
    except (IganError, ServeError) as error:
        sys.exit(str(error))


@dataclass(frozen=True)
class Run:
    """One rival's way with N photos.

    Attributes:
        losses: (N,), exact, where it ended.
        evaluations, seconds, processor_seconds: (N,), what each photo cost; photos of a batch share
            its costs evenly.
        times, track: (N, K), the loss of each photo after so many seconds spent on it.
    """

    losses: Values
    evaluations: Values
    seconds: Values
    processor_seconds: Values
    times: Values
    track: Values

    @classmethod
    def joined(cls, runs: Sequence["Run"]) -> "Run":
        longest = max(run.times.shape[1] for run in runs)
        return cls(
            **{
                name: np.concatenate([_padded(getattr(run, name), longest) for run in runs])
                for name in vars(runs[0])
            }
        )

    def curve(self, seconds: Values) -> Values:
        """Mean loss after so many seconds a photo."""
        places = [np.searchsorted(times, seconds, side="right") - 1 for times in self.times]
        rows = zip(self.track, places, strict=True)
        return np.mean([track[np.maximum(place, 0)] for track, place in rows], axis=0)


def by_scipy(
    bundle: Bundle,
    targets: Tensor,
    starts: Tensor,
    iterations: int,
    on_photos: Callable[[int], object],
) -> Run:
    """Photo by photo, eager, with SciPy's own tolerances off: 200 steps are 200 steps."""
    assert bundle.features is not None
    loss = ProjectionLoss(bundle.features.run_torch, bundle.manifest.feature_weight)
    bounds = bundle.manifest.latent.bounds
    box = None if bounds is None else [bounds] * starts.shape[1]
    runs = []
    for target, start in zip(targets, starts, strict=True):
        watch = Stopwatch()
        against = loss.against(target[None])
        track: list[tuple[float, float]] = []

        def value(
            x: Values,
            against: TargetLoss = against,
            track: list[tuple[float, float]] = track,
            watch: Stopwatch = watch,
        ) -> tuple[float, Values]:
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
        seconds, processor_seconds = watch.seconds, watch.processor_seconds
        times, losses = np.array(track).T
        runs.append(
            Run(
                exact_loss(bundle, torch.from_numpy(result.x).float()[None], target[None]),
                np.array([float(len(track))]),
                np.array([seconds]),
                np.array([processor_seconds]),
                times[None],
                losses[None],
            )
        )
        on_photos(1)
    return Run.joined(runs)


def in_a_batch(
    bundle: Bundle,
    targets: Tensor,
    starts: Tensor,
    iterations: int,
    on_photos: Callable[[int], object] = lambda photos: None,
) -> Run:
    """All photos at once, as `serve.latent.project` does it."""
    assert bundle.features is not None
    watch, count = Stopwatch(), len(targets)
    loss = ProjectionLoss(bundle.features, bundle.manifest.feature_weight)
    times: list[float] = []
    track: list[Values] = []

    def note(progress: SolverProgress) -> None:
        times.append(watch.seconds / count)
        track.append(progress.losses.numpy())

    solution = optimise(
        bundle.generator,
        loss.against(targets),
        starts[None],
        Bounds.from_pair(bundle.manifest.latent.bounds),
        Limits(iterations=iterations, history=HISTORY, relative_decrease=0.0),
        note,
    )
    seconds, processor_seconds = watch.seconds, watch.processor_seconds
    on_photos(count)
    return Run(
        exact_loss(bundle, solution.z.float(), targets),
        solution.evaluations.double().numpy(),
        np.full(count, seconds / count),
        np.full(count, processor_seconds / count),
        np.tile(times, (count, 1)),
        np.stack(track, axis=1),
    )


def in_turn(bundle: Bundle, targets: Tensor, starts: Tensor, iterations: int) -> Arrays:
    """Both rivals on the same photos."""
    with tqdm(total=2 * len(targets), unit="photo", disable=None) as bar:
        work = bundle, targets, starts, iterations, bar.update
        runs = {"batch": in_a_batch(*work), "scipy": by_scipy(*work)}
    return {
        f"{rival} {name}": value for rival, run in runs.items() for name, value in vars(run).items()
    }


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


def exact_loss(bundle: Bundle, latents: Tensor, targets: Tensor) -> Values:
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


def _padded(values: Values, longest: int) -> Values:
    if values.ndim == 1:
        return values
    return np.pad(values, ((0, 0), (0, longest - values.shape[1])), mode="edge")


def _ratio(values: Values, others: Values) -> str:
    low, high = ratio_interval(values, others)
    return f"{values.mean() / others.mean():.3g} ({low:.3g} to {high:.3g})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path, nargs="?", default=DEMO_BUNDLE)
    parser.add_argument("store", type=Path, nargs="?", default=DEMO_STORE)
    parser.add_argument("--count", type=int, default=64, help="held-out photos (64)")
    parser.add_argument("--together", type=int, default=32, help="photos of a turn (32)")
    parser.add_argument("--iterations", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--random", action="store_true", help="start from the prior, not from P")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="keep what is found, and go on")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin nothing later")
    arguments = parser.parse_args()
    if is_absent(arguments.bundle, arguments.store):
        return
    deadline = time.monotonic() + 60 * arguments.minutes
    torch.set_num_threads(arguments.threads)
    bundle = load_bundle(arguments.bundle, threads=arguments.threads, engine="quick")
    store = Store(arguments.store)
    order = np.random.default_rng(0).permutation(held_out_photos(store, arguments.count).indices)
    targets = pixels_to_tensor(store.read(order))
    bounds = Bounds.from_pair(bundle.manifest.latent.bounds)
    if arguments.random:
        starts = bundle.sample_latents(len(targets), seed=0)
    else:
        assert bundle.projector is not None, "the bundle has no projection network; use --random"
        starts = network_latents(bundle.projector, targets, bounds)
    kept = KeptResults(
        arguments.out,
        {
            "bundle": bundle.digest,
            "store": store.digest,
            "photos": order.tolist(),
            "together": arguments.together,
            "iterations": arguments.iterations,
            "threads": arguments.threads,
            "random": arguments.random,
        },
    )
    in_a_batch(bundle, targets[:8], starts[:8], 1)
    turns = zip(targets.split(arguments.together), starts.split(arguments.together), strict=True)
    found = kept.parts(
        {
            f"turn-{number:02}": partial(in_turn, bundle, wanted, begun, arguments.iterations)
            for number, (wanted, begun) in enumerate(turns)
        },
        deadline,
    )
    if not found:
        print("no time was left")
        return
    batch, scipy = (
        Run.joined([Run(**_of(rival, arrays)) for arrays in found]) for rival in ("batch", "scipy")
    )
    print(
        f"{len(batch.losses)} photos, {arguments.iterations} iterations, {arguments.threads} "
        f"threads, torch {torch.__version__}, commit {source_commit()}"
    )
    curves = _curves(batch, scipy)
    _print_figures(batch, scipy, curves)
    print_where_the_time_goes(bundle, targets, starts)
    if arguments.out is not None:
        chart = Curves(curves, "mean projection loss over seconds a photo", " s", 640)
        with staged_file(arguments.out / "curves.svg") as staged:
            staged.write_text(chart.svg())
        data = {
            name: {"seconds_per_photo": seconds.tolist(), "mean_loss": losses.tolist()}
            for name, (seconds, losses) in curves.items()
        }
        with staged_file(arguments.out / "curves.json") as staged:
            staged.write_text(json.dumps(data) + "\n")


def _curves(batch: Run, scipy: Run) -> dict[str, tuple[Values, Values]]:
    """Seconds a photo, and the mean loss after them, until SciPy's last photo ends."""
    seconds = np.linspace(0, scipy.times[:, -1].max(), GRID_POINTS)
    return {name: (seconds, run.curve(seconds)) for name, run in ((BATCH, batch), (SCIPY, scipy))}


def _print_figures(batch: Run, scipy: Run, curves: dict[str, tuple[Values, Values]]) -> None:
    print(f"{'':<28}{'mean loss':>10}{'steps':>8}{'s/photo':>9}{'CPU s/photo':>13}")
    for name, run in ((BATCH, batch), (SCIPY, scipy)):
        print(
            f"{name:<28}{run.losses.mean():>10.5f}{run.evaluations.mean():>8.0f}"
            f"{run.seconds.mean():>9.2f}{run.processor_seconds.mean():>13.2f}"
        )
    print(f"loss, batch / SciPy: {_ratio(batch.losses, scipy.losses)}")
    print(f"seconds, SciPy / batch: {_ratio(scipy.seconds, batch.seconds)}")
    print(f"CPU seconds: {_ratio(scipy.processor_seconds, batch.processor_seconds)}")
    seconds, losses = curves[BATCH]
    low = np.flatnonzero(losses <= curves[SCIPY][1][-1])
    if len(low):
        until = seconds[low[0]]
        times = scipy.seconds.mean() / until
        print(f"as low as SciPy ends after {until:.2f} s a photo, {times:.1f} times sooner")
    else:
        print("the batch is never as low as SciPy ends")


def _of(rival: str, arrays: Arrays) -> dict[str, Values]:
    return {
        name.removeprefix(f"{rival} "): value
        for name, value in arrays.items()
        if name.startswith(rival)
    }


if __name__ == "__main__":
    with errors_in_a_sentence():
        main()
