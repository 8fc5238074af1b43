"""Does noise on the generator's weights show in every figure of realism and of reconstruction?

A copy of a bundle is evaluated beside the bundle itself. Each weight of the copy's generator is
disturbed by a normal number of a share of its tensor's deviation.

    python benchmarks/planted_defect.py [BUNDLE] --photos STORE [--noise 1.0] [--scale 0.2]

Prints every figure that can be better or worse, of both, and exits with 1 unless the disturbed one
is worse in all of them.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from projection import DEMO_BUNDLE, is_absent

from igan.cli.evaluate.compare import evaluate_compare
from igan.evaluation.suite.comparison import ComparedFigure
from igan.export.resealing import write_resealed
from serve.bundle.bundle import load_bundle
from serve.bundle.manifest import MANIFEST_FILE

PARTS = ("reconstruction", "realism")
FLOAT32 = onnx.TensorProto.FLOAT


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path, nargs="?", default=DEMO_BUNDLE)
    parser.add_argument("--photos", type=Path, default=Path("runs/demo/photos.lmdb"))
    parser.add_argument("--noise", type=float, default=1.0)
    parser.add_argument("--scale", type=float, default=0.2)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    if is_absent(arguments.bundle) or is_absent(arguments.photos):
        return
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as folder:
        disturbed = Path(folder) / "disturbed"
        write_disturbed(arguments.bundle, disturbed, arguments.noise)
        compared = evaluate_compare(
            arguments.bundle,
            disturbed,
            Path(folder) / "compared",
            store_path=arguments.photos,
            names=PARTS,
            scale=arguments.scale,
        )
    failed = [part for one in (compared.a, compared.b) for part in one.in_state("failed")]
    for part in failed:
        print(f"{part.name} failed: {part.sentence}")
    judged = [row for row in compared.figures if row.a.better is not None]
    print(f"{'':<44}{'sound':>12}{'disturbed':>12}")
    for row in judged:
        worse = "worse" if is_worse(row) else "NOT WORSE"
        print(f"{row.part + ': ' + row.a.name:<44}{row.a.text:>12}{row.b.text:>12}  {worse}")
    count = sum(map(is_worse, judged))
    print(f"{count} of {len(judged)} figures are worse with noise of {arguments.noise:g}.")
    sys.exit(bool(failed) or count < len(judged))


def is_worse(row: ComparedFigure) -> bool:
    assert row.a.value is not None
    assert row.b.value is not None
    return (row.b.value > row.a.value) == (row.a.better == "lower")


def write_disturbed(bundle_path: Path, out: Path, noise: float, seed: int = 0) -> None:
    """Write a copy of a bundle with noise on the weights that its generator's graphs share."""
    manifest = load_bundle(bundle_path).manifest
    files = {name: (bundle_path / name).read_bytes() for name in manifest.files}
    rng = np.random.default_rng(seed)
    graph = onnx.load_from_string(files[manifest.networks["generator"].forward]).graph
    for tensor in graph.initializer:
        place = {entry.key: entry.value for entry in tensor.external_data}
        if tensor.data_type != FLOAT32 or not place:
            continue
        content = bytearray(files[place["location"]])
        values = np.frombuffer(content, np.float32, int(place["length"]) // 4, int(place["offset"]))
        values += noise * values.std() * rng.standard_normal(values.shape, np.float32)
        files[place["location"]] = bytes(content)
    out.mkdir()
    document = json.loads((bundle_path / MANIFEST_FILE).read_text(encoding="utf-8"))
    write_resealed(out, files, document | {"name": f"{manifest.name}-disturbed"})


if __name__ == "__main__":
    main()
