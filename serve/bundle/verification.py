"""A bundle tried out: do its graphs run, and do they agree with each other?

The digests of a bundle say that nothing was changed since export; they do not say that whoever
sealed it was honest. So the graphs are run too, and compared with Torch, which runs the same
`forward` graph through this package's own interpreter and differentiates it by autograd: two
implementations that share no code must come to the same images and the same gradients.

    python -m serve.bundle.verification BUNDLE

does it in a process of its own, of bounded memory, and prints what was measured as JSON: a graph
made to crash ONNX Runtime takes only that process along.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from serve.bundle.bundle import Bundle, load_bundle
from serve.bundle.network import OnnxNetwork
from serve.errors import BundleError, ServeError

FORWARD_LIMIT = 1e-4
GRADIENT_LIMIT = 1e-3
VALUE_RANGE_MARGIN = 1e-3
IMAGES_TRIED = 7
# Share of noise in the images. On even ground, as of line drawings, many units stand at their
# threshold and neighbours are equal; rounding then decides where the gradient goes.
_NOISE = 0.5
_MEMORY_PER_BYTE, _MEMORY_BESIDES = 16, 2 * 2**30


@dataclass(frozen=True)
class Agreement:
    """How far ONNX Runtime and Torch are apart on one network.

    `forward` is the largest difference of an output, absolute for values up to one, relative
    above; `gradient` the median over images of the relative difference of their gradients, None
    for a network that is not differentiated.
    """

    forward: float
    gradient: float | None


def try_out(
    bundle: Bundle, on_network: Callable[[str], None] = lambda role: None
) -> dict[str, Agreement]:
    """Run every graph of `bundle` on random latents and their images, and compare with Torch.

    Raises:
        BundleError: names the network whose graphs fail, give no finite numbers, or do not agree.
    """
    latents = bundle.sample_latents(IMAGES_TRIED, seed=0)
    on_network("generator")
    found = {"generator": _compare(bundle, "generator", bundle.generator, latents)}
    images = bundle.generator.run_forward(latents)
    low, high = bundle.manifest.image.value_range
    if images.min() < low - VALUE_RANGE_MARGIN or images.max() > high + VALUE_RANGE_MARGIN:
        raise _unfit(bundle, "generator", f"makes values outside of [{low:g}, {high:g}]")
    random = torch.Generator().manual_seed(0)
    noise = torch.rand(images.shape, generator=random) * (high - low) + low
    for role, network in bundle.networks.items():
        if role != "generator":
            on_network(role)
            found[role] = _compare(bundle, role, network, torch.lerp(images, noise, _NOISE))
    return found


def _compare(bundle: Bundle, role: str, network: OnnxNetwork, inputs: Tensor) -> Agreement:
    network.open()
    outputs = [network.run_forward(inputs)]
    leaf = inputs.clone().requires_grad_()
    reference = network.run_torch(leaf)
    gradient = None
    if network.manifest.differentiable:
        saved, residuals = network.run_forward_saving(inputs)
        outputs.append(saved)
        vector = torch.randn(saved.shape, generator=torch.Generator().manual_seed(1))
        (expected,) = torch.autograd.grad(reference, leaf, vector)
        gradient = _gradient_difference(network.run_backward(residuals, vector), expected)
    differences = [_output_difference(output, reference.detach()) for output in outputs]
    agreement = Agreement(max(differences), gradient)
    for what, difference, limit in (
        ("outputs", agreement.forward, FORWARD_LIMIT),
        ("gradients", agreement.gradient or 0.0, GRADIENT_LIMIT),
    ):
        if not difference <= limit:
            size = f"off by {difference:.2g}" if difference < torch.inf else "not finite"
            raise _unfit(bundle, role, f"has graphs that do not agree: its {what} are {size}")
    return agreement


def _output_difference(found: Tensor, expected: Tensor) -> float:
    difference = (found - expected).abs() / expected.abs().clamp(min=1)
    return float(difference.nan_to_num(nan=torch.inf).max())


def _gradient_difference(found: Tensor, expected: Tensor) -> float:
    found, expected = found.flatten(1), expected.flatten(1)
    length = expected.norm(dim=1).clamp(min=torch.finfo(expected.dtype).tiny)
    difference = (found - expected).norm(dim=1) / length
    return float(difference.nan_to_num(nan=torch.inf).median())


def _unfit(bundle: Bundle, role: str, reason: str) -> BundleError:
    return BundleError(f"{bundle.path}: the {role} {reason}; do not use this bundle.")


def _bound_memory(bundle: Path) -> None:
    """From now on this process may map as much again as the bundle could need, and no more."""
    try:
        import resource
    except ImportError:  # Windows
        return
    if sys.platform != "linux":
        return
    size_bytes = sum(file.stat().st_size for file in bundle.iterdir() if file.is_file())
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    bound = pages * resource.getpagesize() + _MEMORY_PER_BYTE * size_bytes + _MEMORY_BESIDES
    resource.setrlimit(resource.RLIMIT_AS, (bound, resource.getrlimit(resource.RLIMIT_AS)[1]))


def main() -> int:
    parser = argparse.ArgumentParser(description="Try out a bundle; the result is JSON.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--digest")
    arguments = parser.parse_args()
    try:
        if arguments.bundle.is_dir():
            _bound_memory(arguments.bundle)
        bundle = load_bundle(arguments.bundle, engine="onnx", digest=arguments.digest)
        agreements = try_out(bundle)
    except MemoryError:
        sys.stderr.write(f"{arguments.bundle} asks for far more memory than its files take.\n")
        return BundleError.exit_code
    except ServeError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    json.dump({role: asdict(agreement) for role, agreement in agreements.items()}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
