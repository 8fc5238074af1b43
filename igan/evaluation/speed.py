"""How long a bundle takes for what people wait for, and how much memory, on this machine."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from igan.errors import IganError
from igan.evaluation.bootstrap import median_interval
from serve.bundle import Bundle
from serve.latent import Bounds, LatentEditor, Limits, project
from serve.latent.raster import ColourMap, GridConstraints
from serve.photo.pixels import tensor_to_pixels

WARM_UPS = 3
MANY_PICTURES = 64
PROJECTION_ITERATIONS = 60
TARGET_CHANGE = 0.5

Work = Callable[[], object]


@dataclass(frozen=True)
class Latency:
    """Wall time of one piece of work.

    Attributes:
        median_ms: over the repetitions; `interval_ms` holds it with 95 % confidence (bootstrap).
    """

    work: str
    repetitions: int
    median_ms: float
    interval_ms: tuple[float, float]


@dataclass(frozen=True)
class Memory:
    """Resident memory of a fresh process, in MiB, at its highest until then.

    Attributes:
        packages_mib: after importing what a server imports.
        loaded_mib: after loading the bundle.
        peak_mib: after pictures, a projection and an editing step.
    """

    packages_mib: float
    loaded_mib: float
    peak_mib: float


def measure_latency(
    bundle: Bundle, repetitions: int, on_time: Callable[[], object] = lambda: None
) -> list[Latency]:
    """Time the bundle's work, the pieces in turn so that a busy moment meets all of them.

    Args:
        repetitions: of the short pieces; projecting is repeated a tenth as often, but thrice.
        on_time: called after each timing.
    """
    works = pieces_of_work(bundle)
    counts = {
        name: max(3, repetitions // 10) if name in PROJECTIONS else repetitions for name in works
    }
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for name, work in works.items():
        for _ in range(1 if name in PROJECTIONS else WARM_UPS):
            work()
    for number in range(repetitions):
        for name, work in works.items():
            if number < counts[name]:
                began = time.perf_counter()
                work()
                seconds[name].append(time.perf_counter() - began)
                on_time()
    return [_latency(name, np.array(found) * 1000) for name, found in seconds.items()]


PROJECTIONS = frozenset({"projection of a photo, hybrid", "projection of a photo, optimisation"})


def pieces_of_work(bundle: Bundle) -> Mapping[str, Work]:
    """What people wait for, each by its name, on one picture unless it says otherwise."""
    latents = bundle.sample_latents(MANY_PICTURES, 0)
    with torch.no_grad():
        image = bundle.generator(latents[:1])
    photo = tensor_to_pixels(image)
    limits = Limits(iterations=PROJECTION_ITERATIONS)
    bounds = Bounds.from_pair(bundle.manifest.latent.bounds)
    marked = torch.zeros(image.shape[2:])
    marked[image.shape[2] // 2 :] = 1.0
    goal = (image[0] - TARGET_CHANGE).clamp(-1, 1) * marked

    def draw(count: int) -> None:
        with torch.no_grad():
            bundle.generator(latents[:count])

    def edit() -> None:
        editor = LatentEditor(bundle.generator, latents[:1], bounds)
        editor.set_constraints(GridConstraints(colour=ColourMap(goal, marked, marked)))
        editor.step()

    works: dict[str, Work] = {
        "a picture": lambda: draw(1),
        f"{MANY_PICTURES} pictures": lambda: draw(MANY_PICTURES),
        "a step of the editor": edit,
    }
    if bundle.projector is not None:
        works["projection of a photo, network"] = lambda: project(bundle, photo, "network")
        works["projection of a photo, hybrid"] = lambda: project(
            bundle, photo, "hybrid", limits=limits
        )
    else:
        works["projection of a photo, optimisation"] = lambda: project(
            bundle, photo, "optimisation", limits=limits
        )
    return works


def measure_memory(bundle_path: Path) -> Memory:
    """Let a fresh process do the bundle's work and say what it held.

    Raises:
        IganError: the process failed.
    """
    command = [sys.executable, "-m", "igan.evaluation.speed", str(bundle_path)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode:
        last = (finished.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise IganError(f"memory could not be measured: the process failed ({last}).")
    return Memory(**json.loads(finished.stdout))


def _latency(name: str, times_ms: np.ndarray) -> Latency:
    return Latency(name, len(times_ms), float(np.median(times_ms)), median_interval(times_ms))


def _probe(bundle_path: Path) -> dict[str, float]:
    from serve.bundle import load_bundle

    packages = _peak_mib()
    bundle = load_bundle(bundle_path)
    loaded = _peak_mib()
    for work in pieces_of_work(bundle).values():
        work()
    return {"packages_mib": packages, "loaded_mib": loaded, "peak_mib": _peak_mib()}


def _peak_mib() -> float:
    """The most memory that this process has held."""
    status = Path("/proc/self/status")
    if status.is_file():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    import resource  # Not on Windows.

    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_probe(Path(sys.argv[1]))))
