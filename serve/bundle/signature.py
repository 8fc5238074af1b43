"""The inputs and outputs that each graph of a network must have, by its manifest."""

from collections.abc import Mapping
from dataclasses import dataclass

from serve.bundle.manifest import NetworkManifest, TensorSpec


@dataclass(frozen=True)
class Signature:
    """What enters and leaves a graph, in the order in which it is given and asked for."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


def gradient_of(spec: TensorSpec) -> TensorSpec:
    """The tensor that holds the derivative of a loss by `spec`."""
    return TensorSpec(f"grad_{spec.name}", spec.sample_shape, spec.dtype)


def saved_residuals(network: NetworkManifest) -> tuple[TensorSpec, ...]:
    """The residuals that `forward_saving` gives besides the output."""
    known = (network.input, network.output)
    return tuple(residual for residual in network.residuals if residual not in known)


def signatures(network: NetworkManifest) -> Mapping[str, Signature]:
    """By the file of each graph."""
    source, target = network.input, network.output
    found = {network.forward: Signature((source,), (target,))}
    if network.forward_saving is not None:
        found[network.forward_saving] = Signature((source,), (target, *saved_residuals(network)))
    if network.backward is not None:
        found[network.backward] = Signature(
            (gradient_of(target), *network.residuals), (gradient_of(source),)
        )
    return found
