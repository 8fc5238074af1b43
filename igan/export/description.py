"""What a manifest should say about a network, read from the network."""

from typing import Any

from torch import Tensor, nn

_PLAIN_ATTRIBUTES = ("layer", "after_relu", "upsampling")
_NORMALISATION = ("mean", "std")


def describe_network(network: nn.Module) -> dict[str, Any]:
    """Its class and, of a feature space: layer, after ReLU or not, enlargement, normalisation."""
    kind = type(network)
    description: dict[str, Any] = {"class_path": f"{kind.__module__}.{kind.__qualname__}"}
    for name in _PLAIN_ATTRIBUTES:
        value = getattr(network, name, None)
        if isinstance(value, str | bool | int):
            description[name] = value
    for name in _NORMALISATION:
        value = getattr(network, name, None)
        if isinstance(value, Tensor):
            description[name] = [round(number, 6) for number in value.flatten().tolist()]
    return description
