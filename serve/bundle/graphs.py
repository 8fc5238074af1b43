"""The graphs of a bundle, read and checked before anything runs them.

ONNX Runtime is not made for graphs from strangers. So a graph reaches it only if this package's own
reader takes every field of it, it uses known operators of the standard domain (no control flow, no
custom code, no subgraphs), every value is made once and before it is used, every weight has exactly
the bytes that its shape needs, and its inputs and outputs are those of the manifest.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from serve.bundle.interpreter import OPERATORS, GraphError, OnnxModel, read_model
from serve.bundle.interpreter.model import GraphTensor
from serve.bundle.manifest import NetworkManifest, TensorSpec
from serve.bundle.signature import Signature, signatures
from serve.errors import BundleError

LARGEST_GRAPH_BYTES = 64 * 2**20
# What ONNX Runtime may compute while it opens a graph: nothing larger than the constants.
FOLDABLE = frozenset(
    {
        "Cast",
        "Concat",
        "Constant",
        "Identity",
        "Reshape",
        "Slice",
        "Squeeze",
        "Transpose",
        "Unsqueeze",
    }
)
_REMEDY = "take an intact copy of the bundle"


class _Requested(Mapping[str, memoryview]):
    """Remembers which files were asked for."""

    def __init__(self, files: Mapping[str, memoryview]) -> None:
        self._files = files
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> memoryview:
        content = self._files[name]
        self.names.add(name)
        return content

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def read_graph(
    folder: Path, network: NetworkManifest, file: str, files: Mapping[str, memoryview]
) -> tuple[OnnxModel, set[str]]:
    """One graph of a network, checked, and the names of the files that hold its weights.

    Weights are views of `files`. `folder` names the bundle in messages.

    Raises:
        BundleError: the graph is damaged, is not what the manifest says, uses what a bundle may
            not, or takes weights from elsewhere.
    """
    place = folder / file
    content = files[file]
    if len(content) > LARGEST_GRAPH_BYTES:
        raise BundleError(f"{place} is too large for a graph without its weights; {_REMEDY}.")
    requested = _Requested(files)
    try:
        model = read_model(content, requested)
    except GraphError as error:
        raise BundleError(f"{place}: {error}") from None
    try:
        if model.opset != network.opset:
            raise ValueError(f"is of opset {model.opset}, but its manifest says {network.opset}")
        _check_nodes(model)
        _check_signature(model, signatures(network)[file])
    except ValueError as error:
        raise BundleError(f"{place} {error}; {_REMEDY}.") from None
    return model, requested.names


def _check_nodes(model: OnnxModel) -> None:
    constants = {"", *model.initializers}
    known = constants.union(tensor.name for tensor in model.inputs)
    for node in model.nodes:
        if node.domain or node.op_type not in OPERATORS:
            raise ValueError(f"has the {node.label}, an operator that a bundle may not use")
        for name in node.inputs:
            if name not in known:
                raise ValueError(f"has the {node.label} that takes {name!r} before it is made")
        made = set(filter(None, node.outputs))
        for name in node.outputs:
            if name in known and name:
                raise ValueError(f"makes {name!r} twice")
        if constants.issuperset(node.inputs):
            if node.op_type not in FOLDABLE:
                raise ValueError(f"has the {node.label} that takes constants alone")
            constants |= made
        known |= made
    for tensor in model.outputs:
        if tensor.name not in known:
            raise ValueError(f"does not make its output {tensor.name!r}")
    _check_needed(model)


def _check_needed(model: OnnxModel) -> None:
    """Refuse nodes that no output depends on: they would be run, or folded, unseen."""
    needed = {tensor.name for tensor in model.outputs}
    for node in reversed(model.nodes):
        if needed.isdisjoint(node.outputs):
            raise ValueError(f"has the {node.label}, whose result nothing needs")
        needed.update(node.inputs)


def _check_signature(model: OnnxModel, signature: Signature) -> None:
    for kind, specs, tensors in (
        ("inputs", signature.inputs, model.inputs),
        ("outputs", signature.outputs, model.outputs),
    ):
        wanted = {spec.name: _described(spec) for spec in specs}
        found = {tensor.name: _shape(tensor) for tensor in tensors}
        if len(found) < len(tensors):
            raise ValueError(f"has two {kind} of the same name")
        differing = sorted(name for name in wanted | found if wanted.get(name) != found.get(name))
        if differing:
            raise ValueError(f"has other {kind} than its manifest says ({', '.join(differing)})")


def _described(spec: TensorSpec) -> tuple[str, tuple[int, ...]]:
    return spec.dtype, spec.sample_shape


def _shape(tensor: GraphTensor) -> tuple[str, tuple[object, ...]] | None:
    """Dtype and shape behind the batch axis, or None for a tensor without a free batch axis."""
    if not tensor.shape or isinstance(tensor.shape[0], int):
        return None
    return tensor.dtype, tensor.shape[1:]
