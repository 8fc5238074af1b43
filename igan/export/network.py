"""One network into a bundle's folder: graphs, weights, parity."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, fx, nn

from igan.errors import ExportError
from igan.export.batch_norm import fold_batch_norm
from igan.export.captured import CapturedNetwork, round_weights
from igan.export.gradient import lower_forward, trace_gradient
from igan.export.model_file import OPSET, WeightsFile, write_graph
from igan.export.parity import (
    Tolerance,
    check_parity,
    check_storage_error,
    check_traced_gradient,
    measure_at_same_gates,
    measure_parity,
    measure_storage_error,
)
from igan.export.preparation import frozen_copy
from igan.export.tracing import output_nodes, trace_module
from serve.bundle.manifest import NetworkManifest, Parity, TensorSpec
from serve.bundle.network import OnnxNetwork
from serve.bundle.runtime import Runtime
from serve.errors import ServeError

_NOT_MEASURED = Parity(0.0, 0.0, None, None, None, (), ())


def export_network(
    folder: Path,
    role: str,
    network: nn.Module,
    *,
    input_name: str,
    output_name: str,
    sample_shape: tuple[int, ...],
    draw: Callable[[int, torch.Generator], Tensor],
    differentiable: bool,
    meaning: str,
    settings: Mapping[str, Any],
    tolerance: Tolerance,
    storage_dtype: torch.dtype = torch.float32,
) -> NetworkManifest:
    """Write the graphs and weights of `network` into `folder` and compare them with it.

    `network` maps `float32 (N, *sample_shape)` to one tensor with N in front; it is not changed.
    With `storage_dtype` float16 its weights are rounded, and what is compared is Torch with the
    rounded weights; what the rounding costs is measured apart.

    Raises:
        ExportError: an operator cannot be traced, differentiated or exported (it is named), or
            the exported network does not agree with `network`.
    """
    network = frozen_copy(network)
    rounded = storage_dtype != torch.float32
    weights = WeightsFile(folder / f"{role}.weights", storage_dtype)
    try:
        captured = trace_module(network, sample_shape)
        fold_batch_norm(captured)
        if rounded:
            round_weights(captured, storage_dtype)
        graphs, residuals = _lower(captured, input_name, output_name, differentiable)
        for kind, graph in graphs.items():
            write_graph(folder / f"{role}.{kind}.onnx", graph, weights)
    except ExportError as error:
        raise ExportError(f"the {role} cannot be exported: {error}") from error
    weights.write()
    specs = {node.name: _spec(node) for graph in graphs.values() for node in _ends(graph)}
    manifest = NetworkManifest(
        forward=f"{role}.forward.onnx",
        forward_saving=f"{role}.forward_saving.onnx" if differentiable else None,
        backward=f"{role}.backward.onnx" if differentiable else None,
        input=specs[input_name],
        output=specs[output_name],
        residuals=tuple(specs[name] for name in residuals),
        meaning=meaning,
        opset=OPSET,
        storage_dtype=str(storage_dtype).removeprefix("torch."),
        parity=_NOT_MEASURED,
        settings=settings,
    )
    exported = OnnxNetwork(folder, manifest, Runtime(torch.get_num_threads(), "cpu"))
    original = CapturedNetwork(captured) if rounded else network
    try:
        parity = measure_parity(exported, original, draw)
        if differentiable:
            check_traced_gradient(role, captured, graphs, draw)
            at_same_gates = measure_at_same_gates(exported, graphs["backward"], draw)
            parity = replace(parity, gradient_same_gates_max=at_same_gates)
        check_parity(role, parity, tolerance)
        cost = measure_storage_error(exported, network, draw) if rounded else None
    except ServeError as error:
        raise ExportError(f"the exported {role} cannot be run: {error}") from error
    if cost is not None:
        check_storage_error(role, cost, tolerance)
    return replace(manifest, parity=parity, storage_error=cost)


def _lower(
    captured: fx.GraphModule, input_name: str, output_name: str, differentiable: bool
) -> tuple[dict[str, fx.GraphModule], tuple[str, ...]]:
    """Graphs by kind, and the names of the residuals."""
    if not differentiable:
        return {"forward": lower_forward(captured, input_name, output_name)}, ()
    graphs = trace_gradient(captured, input_name, output_name)
    kinds = ("forward", "forward_saving", "backward")
    return {kind: getattr(graphs, kind) for kind in kinds}, graphs.residuals


def _ends(graph: fx.GraphModule) -> list[fx.Node]:
    return [*graph.graph.find_nodes(op="placeholder"), *output_nodes(graph)]


def _spec(node: fx.Node) -> TensorSpec:
    value = node.meta["val"]
    dtype = str(value.dtype).removeprefix("torch.")
    return TensorSpec(node.name, tuple(int(length) for length in value.shape[1:]), dtype)
