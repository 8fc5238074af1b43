"""The inference side needs none of the packages that only training needs."""

import subprocess
import sys

SCRIPT = """
import sys
for name in ("lightning", "lmdb", "wandb", "torchvision", "onnx", "onnxscript", "igan"):
    sys.modules[name] = None
from serve.bundle import load_bundle
bundle = load_bundle(sys.argv[1])
latents = bundle.sample_latents(1, 0).requires_grad_()
bundle.features(bundle.generator(latents)).sum().backward()
assert latents.grad.abs().sum() > 0
"""


def test_a_bundle_runs_where_training_packages_are_missing(whole):
    command = [sys.executable, "-W", "error", "-c", SCRIPT, str(whole)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
