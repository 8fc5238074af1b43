"""A captured network as a module: what Torch and the exported graphs are compared by."""

import torch
from torch import Tensor, fx, nn

from igan.errors import ExportError
from igan.export.model_file import is_stored_outside


class CapturedNetwork(nn.Module):
    """Runs a traced graph of one input and one output; autograd goes through it."""

    def __init__(self, graph: fx.GraphModule) -> None:
        super().__init__()
        self.graph = graph

    def forward(self, inputs: Tensor) -> Tensor:
        return self.graph(inputs)[0]


@torch.no_grad()
def round_weights(graph: fx.GraphModule, dtype: torch.dtype) -> None:
    """Round the stored weights of `graph` to what `dtype` can hold; they stay float32.

    Raises:
        ExportError: a weight is too large for `dtype`.
    """
    for name, constant in graph.named_buffers():
        if constant.dtype == torch.float32 and is_stored_outside(constant):
            rounded = constant.to(dtype).float()
            if not bool(rounded.isfinite().all()):
                raise ExportError(
                    f"its weight {name} is too large for {str(dtype).removeprefix('torch.')}; "
                    "store it as float32."
                )
            constant.copy_(rounded)


def in_double(graph: fx.GraphModule) -> fx.GraphModule:
    """The same graph with double precision in the place of single, for exact comparisons."""
    copied = fx.Graph()
    copied.output(copied.graph_copy(graph.graph, {}))
    for node in copied.nodes:
        if node.kwargs.get("dtype") == torch.float32:
            node.kwargs = {**node.kwargs, "dtype": torch.float64}
    constants = {
        name: constant.double() if constant.is_floating_point() else constant
        for name, constant in graph.named_buffers()
    }
    return fx.GraphModule(constants, copied)


def run_by_name(graph: fx.GraphModule, values: dict[str, Tensor]) -> tuple[Tensor, ...]:
    """Run a graph whose placeholders are called as the keys of `values`."""
    return graph(*(values[str(node.target)] for node in graph.graph.find_nodes(op="placeholder")))
