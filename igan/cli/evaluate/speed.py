"""Measure how long a bundle takes on this machine, and how much memory.

  igan evaluate speed checkpoints/shoes --out runs/speed

Times are medians with 95 % intervals, after warming up, with as many threads as the command was
given (OMP_NUM_THREADS); other work on the machine shows in them. Memory is that of a fresh process.
Networks run as people get them, by the fastest engine. The folder gets speed.json and report.html.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from igan.errors import BadInputError

PURPOSE = "latency and memory on this machine"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="an exported model")
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    parser.add_argument(
        "--repetitions", type=int, default=50, help="of each short piece of work (50)"
    )


def run(arguments: argparse.Namespace) -> None:
    document = evaluate_speed(arguments.bundle, arguments.out, arguments.repetitions)
    print(table(document))


def evaluate_speed(bundle_path: Path, out: Path, repetitions: int = 50) -> dict[str, Any]:
    """Time the bundle's work and measure its memory.

    Returns:
        what stands in speed.json.
    """
    from dataclasses import asdict

    from tqdm import tqdm

    from igan.evaluation.machine import machine
    from igan.evaluation.speed import measure_latency, measure_memory
    from serve.bundle import load_bundle
    from serve.report.page import Page
    from serve.staging import refuse_existing, staged_folder

    refuse_existing(out)
    if repetitions < 3:
        raise BadInputError(f"--repetitions must be at least 3, not {repetitions}.")
    bundle = load_bundle(bundle_path)
    memory = measure_memory(bundle_path)
    with tqdm(unit="time", disable=None) as bar:
        latencies = measure_latency(bundle, repetitions, bar.update)
    document = {
        "bundle": {"name": bundle.manifest.name, "digest": bundle.digest},
        "machine": machine(),
        "latencies": [asdict(latency) for latency in latencies],
        "memory": asdict(memory),
    }
    page = Page(f"Speed of {bundle.manifest.name}")
    page.commands(table(document))
    with staged_folder(out) as folder:
        (folder / "speed.json").write_text(json.dumps(document, indent=2) + "\n")
        page.write(folder / "report.html")
    return document


def table(document: dict[str, Any]) -> str:
    """The figures as lines of text."""
    about = document["machine"]
    lines = [f"{about['processor']}, {about['threads']} of {about['cores']} cores"]
    lines += [
        f"{row['work']:<38}{row['median_ms']:>9.2f} ms ({row['interval_ms'][0]:.2f} to "
        f"{row['interval_ms'][1]:.2f}, {row['repetitions']} times)"
        for row in document["latencies"]
    ]
    memory = document["memory"]
    lines.append(
        f"memory: {memory['packages_mib']:.0f} MiB with the packages, {memory['loaded_mib']:.0f} "
        f"with the bundle, {memory['peak_mib']:.0f} at most"
    )
    return "\n".join(lines)
