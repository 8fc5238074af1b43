"""A bundle's network in Torch, in the layout and precision that large batches run best in."""

import torch
from torch import Tensor, nn

from serve.bundle.interpreter.network import InterpretedNetwork
from serve.bundle.interpreter.reading import read_model
from serve.bundle.interpreter.tensor_data import ExternalData


def torch_network(
    model: bytes | memoryview, external: ExternalData | None = None, *, bfloat16: bool = False
) -> nn.Module:
    """The network of a graph with one input, `float32 (N, ...)` to `float32 (N, ...)`.

    Convolutions run with channels last. With `bfloat16` products and convolutions are rounded to
    it (about 1 % in a gradient), which pays where `computes_bfloat16`. Threads may share it.

    Args:
        model: the bytes of the ONNX file.
        external: the bytes of the files that its weights lie in, by name.

    Raises:
        GraphError: the graph is damaged or holds something that is not supported (named).
    """
    network = InterpretedNetwork(read_model(model, external))
    network = network.to(memory_format=torch.channels_last)
    return Bfloat16(network) if bfloat16 else network


class Bfloat16(nn.Module):
    """Runs a network under bfloat16 autocast, and gives its result in float32."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: Tensor) -> Tensor:
        with torch.autocast(batch.device.type, torch.bfloat16, cache_enabled=False):
            return self.network(batch).float()


def computes_bfloat16(device: torch.device) -> bool:
    """Whether the machine multiplies bfloat16 in hardware, and does not emulate it slowly."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and (
        torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    )
