"""How long until a bundle is verified and ready, and how much memory does it hold?

Each rival loads the same networks (64-wide generator, projector, AlexNet features) in a process of
its own, in turn: the bundle, verified; plain ONNX Runtime sessions on the same files, believed as
they are; the Torch modules from safetensors. Imports are timed apart.

    python benchmarks/bundle_loading.py [BUNDLE] [--rounds 3] [--threads 2]
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from safetensors.torch import save_file

from igan.export import export_bundle
from igan.models.dcgan import Generator
from igan.models.features import AlexNetFeatures
from igan.models.projector import Projector
from igan.training.provenance import source_commit
from serve.bundle.manifest import LatentSpec

LATENT_DIM = 100

COMMON = """
import json, sys, time
def resident_mb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))
path, threads = sys.argv[1], int(sys.argv[2])
report, before = {}, 0.0
def tell(name, began):
    report[name] = (time.perf_counter() - began, resident_mb() - before)
began = time.perf_counter()
"""
BUNDLE = """
import torch
from serve.bundle import load_bundle
torch.set_num_threads(threads)
tell("imports", began)
before = resident_mb()
began = time.perf_counter()
bundle = load_bundle(path)
tell("verified", began)
began = time.perf_counter()
for network in bundle.networks.values(): network.open()
tell("sessions", began)
began = time.perf_counter()
latents = bundle.sample_latents(1, 0).requires_grad_()
images = bundle.generator(latents)
(images.mean() + bundle.features(images).mean()).backward()
bundle.projector(images)
tell("first step", began)
print(json.dumps(report))
"""
SESSIONS = """
import glob, numpy, onnxruntime, torch
tell("imports", began)
before = resident_mb()
began = time.perf_counter()
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
sessions = {
    file: onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    for file in sorted(glob.glob(path + "/*.onnx"))
}
tell("sessions", began)
print(json.dumps(report))
"""
MODULES = """
import torch
from safetensors.torch import load_file
from igan.models.dcgan import Generator
from igan.models.features import AlexNetFeatures
from igan.models.projector import Projector
torch.set_num_threads(threads)
tell("imports", began)
before = resident_mb()
began = time.perf_counter()
networks = {
    "generator": Generator(64, latent_dim=100, width=64),
    "projector": Projector(64, latent_dim=100, width=64),
    "features": AlexNetFeatures(),
}
for name, network in networks.items():
    network.load_state_dict(load_file(f"{path}/{name}.safetensors"))
    network.eval().requires_grad_(False)
tell("sessions", began)
began = time.perf_counter()
latents = torch.rand(1, 100).requires_grad_()
images = networks["generator"](latents)
(images.mean() + networks["features"](images).mean()).backward()
networks["projector"](images.detach())
tell("first step", began)
print(json.dumps(report))
"""
RIVALS = {
    "bundle, verified": BUNDLE,
    "ONNX Runtime, believed": SESSIONS,
    "Torch modules": MODULES,
}


def make_bundle(folder: Path) -> Path:
    torch.manual_seed(0)
    networks = {
        "generator": Generator(64, latent_dim=LATENT_DIM, width=64),
        "projector": Projector(64, latent_dim=LATENT_DIM, width=64),
        "features": AlexNetFeatures(),
    }
    export_bundle(
        folder / "bundle",
        name="bench",
        generator=networks["generator"],
        latent=LatentSpec(LATENT_DIM, "uniform", (-1.0, 1.0)),
        projector=networks["projector"],
        features=networks["features"],
        feature_weight=0.1,
    )
    for name, network in networks.items():
        save_file(network.state_dict(), folder / "bundle" / f"{name}.safetensors")
    return folder / "bundle"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path, nargs="?", help="another one; then without Torch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.bundle or make_bundle(Path(folder))
        rivals = dict(RIVALS)
        if arguments.bundle is not None:
            del rivals["Torch modules"]
        size_mb = sum(
            file.stat().st_size for file in path.iterdir() if "safetensors" not in file.name
        )
        print(
            f"{platform.processor() or platform.machine()}, {arguments.threads} threads, "
            f"torch {torch.__version__}, commit {source_commit()}; bundle of {size_mb / 1e6:.1f} MB"
        )
        reports: dict[str, list[dict[str, list[float]]]] = {name: [] for name in rivals}
        for _ in range(arguments.rounds):
            for name, script in rivals.items():
                command = [sys.executable, "-c", COMMON + script, path, str(arguments.threads)]
                finished = subprocess.run(command, capture_output=True, text=True, check=True)
                reports[name].append(json.loads(finished.stdout))
        print(f"{'':>24}{'':>12}{'seconds':>16}{'resident MB beyond imports':>30}")
        for name, rounds in reports.items():
            for stage in rounds[0]:
                seconds = [report[stage][0] for report in rounds]
                megabytes = statistics.median(report[stage][1] for report in rounds)
                figures = f"{statistics.median(seconds):.2f} ({min(seconds):.2f})"
                held = f"{megabytes:.0f}" + (" in all" if stage == "imports" else "")
                print(f"{name:>24}{stage:>12}{figures:>16}{held:>30}")


if __name__ == "__main__":
    main()
