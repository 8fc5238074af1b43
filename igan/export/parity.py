"""How far an exported network is from the Torch network it was made of."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from igan.errors import ExportError
from serve.bundle.manifest import Parity
from serve.bundle.network import OnnxNetwork

SEEDS = (0, 1, 2)
BATCH_SIZES = (1, 2, 7)


@dataclass(frozen=True)
class Tolerance:
    """Errors allowed: the largest of the output, absolute (relative for values above one).

    The gradient's median over photos may not exceed `gradient`, its largest not `gradient_step`,
    the room for gates that rounding decides (see `serve.bundle.manifest.Parity`).
    """

    forward: float = 1e-4
    gradient: float = 1e-3
    gradient_step: float = 0.1


def measure_parity(
    exported: OnnxNetwork,
    original: nn.Module,
    draw: Callable[[int, torch.Generator], Tensor],
    *,
    seeds: tuple[int, ...] = SEEDS,
    batch_sizes: tuple[int, ...] = BATCH_SIZES,
) -> Parity:
    """Compare outputs and, where `exported` is differentiable, vector-Jacobian products.

    `original` is in evaluation mode on the CPU; `draw(count, generator)` makes inputs. The vectors
    are drawn from N(0, 1).
    """
    forward: list[Tensor] = []
    gradient: list[Tensor] = []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        for count in batch_sizes:
            inputs = draw(count, generator)
            if exported.manifest.differentiable:
                output_errors, gradient_errors = compare_gradients(
                    exported, original, inputs, generator
                )
                gradient.append(gradient_errors)
            else:
                with torch.no_grad():
                    output_errors = _output_errors(exported(inputs), original(inputs))
            forward.append(output_errors)
    return Parity(
        forward_max=_finite(torch.cat(forward).max()),
        forward_mean=_finite(torch.cat(forward).mean()),
        **_summary(torch.cat(gradient) if gradient else None),
        seeds=seeds,
        batch_sizes=batch_sizes,
    )


def check_parity(role: str, parity: Parity, tolerance: Tolerance) -> None:
    """Raise ExportError if an error is above its tolerance."""
    for what, error, limit in (
        ("output", parity.forward_max, tolerance.forward),
        ("gradient", parity.gradient_median or 0.0, tolerance.gradient),
        ("gradient", parity.gradient_max or 0.0, tolerance.gradient_step),
    ):
        if error > limit:
            raise ExportError(
                f"the exported {role} does not agree with the Torch network: its {what} is off by "
                f"{error:.2g}, more than {limit:g}; nothing was written."
            )


def _summary(gradient: Tensor | None) -> dict[str, float | None]:
    if gradient is None:
        return {"gradient_max": None, "gradient_mean": None, "gradient_median": None}
    return {
        "gradient_max": _finite(gradient.max()),
        "gradient_mean": _finite(gradient.mean()),
        "gradient_median": _finite(gradient.median()),
    }


def compare_gradients(
    exported: OnnxNetwork, original: nn.Module, inputs: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Errors of all values of the output, and one relative error of the gradient per photo."""
    results = []
    vector = None
    for network in (original, exported):
        leaf = inputs.clone().requires_grad_()
        output = network(leaf)
        if vector is None:
            vector = torch.randn(output.shape, generator=generator)
        (grad,) = torch.autograd.grad(output, leaf, vector)
        results.append((output.detach(), grad.flatten(1)))
    (output, grad), (own_output, own_grad) = results
    with torch.no_grad():
        plain_output = exported(inputs)
    forward = torch.cat([_output_errors(found, output) for found in (own_output, plain_output)])
    scale = grad.norm(dim=1).clamp(min=torch.finfo(grad.dtype).tiny)
    return forward, (own_grad - grad).norm(dim=1) / scale


def _output_errors(found: Tensor, expected: Tensor) -> Tensor:
    return ((found - expected).abs() / expected.abs().clamp(min=1)).flatten()


def _finite(error: Tensor) -> float:
    """Infinity for a result that is no number, so that no comparison lets it pass."""
    return float(error.nan_to_num(nan=torch.inf))
