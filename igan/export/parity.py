"""How far an exported network is from the Torch network it was made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, fx, nn

from igan.errors import ExportError
from igan.export.captured import CapturedNetwork, in_double, run_by_name
from igan.export.tracing import input_node, output_nodes
from serve.bundle.manifest import Parity, StorageError
from serve.bundle.network import OnnxNetwork

SEEDS = (0, 1, 2)
BATCH_SIZES = (1, 2, 7, 64)
# Larger batches are compared with the first seed alone.
_LARGEST_BATCH_FOR_EVERY_SEED = 7
# A photo whose gradient is off by more has a gate that rounding decided.
GATED_ERROR = 1e-3
# In double precision two ways to compute one gradient differ by less than this.
_EXACT = 1e-6

Draw = Callable[[int, torch.Generator], Tensor]


@dataclass(frozen=True)
class Tolerance:
    """Errors allowed: the largest of the output, absolute (relative for values above one).

    Three limits hold for the gradient, each relative to the length of the true one. `gradient` is
    the largest of any photo when both sides take the same gates, and the median over photos when
    each takes its own; `gradient_step` is the largest then, the room for gates that rounding
    decides (see `serve.bundle.manifest.Parity`). `storage` is the largest error of the output that
    rounding the weights may cost, measured as that of the output is.
    """

    forward: float = 1e-4
    gradient: float = 1e-3
    gradient_step: float = 0.1
    storage: float = 0.01


def measure_parity(
    exported: OnnxNetwork,
    original: nn.Module,
    draw: Draw,
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
            if count > _LARGEST_BATCH_FOR_EVERY_SEED and seed != seeds[0]:
                continue
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
        ("gradient at the same gates", parity.gradient_same_gates_max or 0.0, tolerance.gradient),
        ("gradient", parity.gradient_median or 0.0, tolerance.gradient),
        ("gradient", parity.gradient_max or 0.0, tolerance.gradient_step),
    ):
        if error > limit:
            raise ExportError(
                f"the exported {role} does not agree with the Torch network: its {what} is off by "
                f"{error:.2g}, more than {limit:g}; nothing was written."
            )


@torch.no_grad()
def measure_at_same_gates(exported: OnnxNetwork, backward: fx.GraphModule, draw: Draw) -> float:
    """The largest error of any photo's gradient when both sides take the same gates.

    `backward` is the traced graph that `exported` has its gradient from. It is run in double
    precision on the residuals that `exported` saved, which hold the signs and the places that its
    ReLUs and max-poolings chose: nothing is left for rounding to decide.
    """
    exact, manifest = in_double(backward), exported.manifest
    errors = []
    for seed in SEEDS:
        generator = torch.Generator().manual_seed(seed)
        inputs = draw(_LARGEST_BATCH_FOR_EVERY_SEED, generator)
        output, residuals = exported.run_forward_saving(inputs)
        vector = torch.randn(output.shape, generator=generator)
        values = {f"grad_{manifest.output.name}": vector.double()}
        for spec, residual in zip(manifest.residuals, residuals, strict=True):
            values[spec.name] = residual.double() if residual.is_floating_point() else residual
        (expected,) = run_by_name(exact, values)
        errors.append(_gradient_errors(exported.run_backward(residuals, vector), expected))
    return _finite(torch.cat(errors).max())


@torch.no_grad()
def measure_storage_error(exported: OnnxNetwork, unrounded: nn.Module, draw: Draw) -> StorageError:
    """What the rounded weights of `exported` cost, against the network before rounding."""
    errors = []
    for seed in SEEDS:
        generator = torch.Generator().manual_seed(seed)
        inputs = draw(_LARGEST_BATCH_FOR_EVERY_SEED, generator)
        errors.append(_output_errors(exported(inputs), unrounded(inputs)))
    return StorageError(
        largest=_finite(torch.cat(errors).max()), mean=_finite(torch.cat(errors).mean())
    )


def check_storage_error(role: str, error: StorageError, tolerance: Tolerance) -> None:
    """Raise ExportError if rounding costs more than its tolerance."""
    if error.largest > tolerance.storage:
        raise ExportError(
            f"rounded weights change the output of the {role} by {error.largest:.2g}, more than "
            f"{tolerance.storage:g}; store it as float32."
        )


def check_traced_gradient(
    role: str, captured: fx.GraphModule, graphs: Mapping[str, fx.GraphModule], draw: Draw
) -> None:
    """Compare the traced gradient with autograd, both in double precision, photo by photo.

    Rounding decides no gate there, so that not one photo may differ.

    Raises:
        ExportError: the traced gradient is not that of the network.
    """
    generator = torch.Generator().manual_seed(SEEDS[0])
    inputs = draw(2, generator).double().requires_grad_()
    output = CapturedNetwork(in_double(captured))(inputs)
    vector = torch.randn(output.shape, generator=generator, dtype=torch.float64)
    (expected,) = torch.autograd.grad(output, inputs, vector)
    saving, backward = in_double(graphs["forward_saving"]), in_double(graphs["backward"])
    with torch.no_grad():
        names = [node.name for node in output_nodes(saving)]
        values = dict(zip(names, saving(inputs), strict=True))
        values |= {input_node(saving).name: inputs, f"grad_{names[0]}": vector}
        (found,) = run_by_name(backward, values)
    error = _finite(_gradient_errors(found, expected).max())
    if error > _EXACT:
        raise ExportError(
            f"the traced gradient of the {role} is off by {error:.2g} in double precision; an "
            "operator of it has a wrong derivative here."
        )


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
        results.append((output.detach(), grad))
    (output, grad), (own_output, own_grad) = results
    with torch.no_grad():
        plain_output = exported(inputs)
    forward = torch.cat([_output_errors(found, output) for found in (own_output, plain_output)])
    return forward, _gradient_errors(own_grad, grad)


def _summary(gradient: Tensor | None) -> dict[str, float | None]:
    if gradient is None:
        names = ("gradient_max", "gradient_mean", "gradient_median", "gated_share")
        return dict.fromkeys(names)
    return {
        "gradient_max": _finite(gradient.max()),
        "gradient_mean": _finite(gradient.mean()),
        "gradient_median": _finite(gradient.median()),
        "gated_share": _finite((~(gradient <= GATED_ERROR)).float().mean()),
    }


def _output_errors(found: Tensor, expected: Tensor) -> Tensor:
    return ((found - expected).abs() / expected.abs().clamp(min=1)).flatten()


def _gradient_errors(found: Tensor, expected: Tensor) -> Tensor:
    found, expected = found.flatten(1), expected.flatten(1)
    scale = expected.norm(dim=1).clamp(min=torch.finfo(torch.float32).tiny)
    return (found - expected).norm(dim=1) / scale


def _finite(error: Tensor) -> float:
    """Infinity for a result that is no number, so that no comparison lets it pass."""
    return float(error.nan_to_num(nan=torch.inf))
