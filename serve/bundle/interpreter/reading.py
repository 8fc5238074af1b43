"""The bytes of an ONNX file as an `OnnxModel`; the inference side needs no onnx package."""

import itertools

from serve.bundle.interpreter.errors import GraphError
from serve.bundle.interpreter.model import Attribute, GraphNode, GraphTensor, Length, OnnxModel
from serve.bundle.interpreter.tensor_data import ExternalData, dtype_name, read_tensor
from serve.bundle.interpreter.wire_format import (
    FieldContent,
    as_bytes,
    as_float,
    as_integer,
    as_text,
    fields,
    floats,
    integers,
)

# Field numbers of onnx.proto.
_MODEL_PRODUCER, _MODEL_PRODUCER_VERSION = 2, 3
_MODEL_GRAPH, _MODEL_OPSET, _MODEL_FUNCTION = 7, 8, 25
_OPSET_DOMAIN, _OPSET_VERSION = 1, 2
_FUNCTION_NAME = 1
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_SPARSE = 1, 5, 15
_GRAPH_INPUT, _GRAPH_OUTPUT = 11, 12
_NODE_INPUT, _NODE_OUTPUT, _NODE_NAME, _NODE_OP_TYPE = 1, 2, 3, 4
_NODE_ATTRIBUTE, _NODE_DOMAIN = 5, 7
_ATTRIBUTE_NAME, _ATTRIBUTE_KIND = 1, 20
# Kinds of attributes (AttributeProto.AttributeType), and the field that each keeps its value in.
_FLOAT, _INT, _STRING, _TENSOR, _FLOATS, _INTS = 1, 2, 3, 4, 6, 7
_VALUE_FIELDS = {_FLOAT: 2, _INT: 3, _STRING: 4, _TENSOR: 5, _FLOATS: 7, _INTS: 8}
_INFO_NAME, _INFO_TYPE = 1, 2
_TYPE_TENSOR, _TENSOR_TYPE_ELEMENT, _TENSOR_TYPE_SHAPE = 1, 1, 2
_SHAPE_DIMENSION, _DIMENSION_VALUE, _DIMENSION_NAME = 1, 1, 2

MOST_NODES = 100_000
DEFAULT_DOMAINS = ("", "ai.onnx")


def read_model(content: bytes | memoryview, external: ExternalData | None = None) -> OnnxModel:
    """Read a serialised ModelProto; `external` holds the files that its weights may lie in.

    No more is allocated than the stored values take.

    Raises:
        GraphError: the bytes are no ONNX model, are damaged, or hold what is not supported.
    """
    try:
        return _read_model(memoryview(content).cast("B"), {} if external is None else external)
    except (ValueError, TypeError, OverflowError) as error:
        raise GraphError(f"this is not an ONNX model that can be read: {error}.") from None


def _read_model(model: memoryview, external: ExternalData) -> OnnxModel:
    producer: list[str] = []
    opset: int | None = None
    graph: memoryview | None = None
    for number, content in fields(model):
        if number in (_MODEL_PRODUCER, _MODEL_PRODUCER_VERSION):
            producer.append(as_text(content))
        elif number == _MODEL_GRAPH:
            graph = as_bytes(content)
        elif number == _MODEL_OPSET:
            entry = dict(fields(as_bytes(content)))
            if as_text(entry.get(_OPSET_DOMAIN, memoryview(b""))) in DEFAULT_DOMAINS:
                opset = as_integer(entry.get(_OPSET_VERSION, 0))
        elif number == _MODEL_FUNCTION:
            name = next(
                (as_text(c) for n, c in fields(as_bytes(content)) if n == _FUNCTION_NAME), ""
            )
            raise ValueError(
                f"it defines the function {name!r}; inline functions before (onnx.inliner)"
            )
    if graph is None:
        raise ValueError("it holds no graph")
    if opset is None:
        raise ValueError("it does not say which opset it was written for")
    return _read_graph(graph, external, opset, " ".join(filter(None, producer)))


def _read_graph(graph: memoryview, external: ExternalData, opset: int, producer: str) -> OnnxModel:
    nodes, initializers, inputs, outputs = [], {}, [], []
    for number, content in fields(graph):
        if number == _GRAPH_NODE:
            nodes.append(_read_node(as_bytes(content), external))
            if len(nodes) > MOST_NODES:
                raise ValueError(f"it has more than {MOST_NODES} nodes")
        elif number == _GRAPH_INITIALIZER:
            name, tensor = read_tensor(as_bytes(content), external)
            initializers[name] = tensor
        elif number == _GRAPH_INPUT:
            inputs.append(_read_info(as_bytes(content)))
        elif number == _GRAPH_OUTPUT:
            outputs.append(_read_info(as_bytes(content)))
        elif number == _GRAPH_SPARSE:
            raise ValueError("it holds sparse weights")
    return OnnxModel(
        producer=producer,
        opset=opset,
        nodes=tuple(nodes),
        initializers=initializers,
        inputs=tuple(tensor for tensor in inputs if tensor.name not in initializers),
        outputs=tuple(outputs),
    )


def _read_node(message: memoryview, external: ExternalData) -> GraphNode:
    texts: dict[int, list[str]] = {}
    stored: list[memoryview] = []
    for number, content in fields(message):
        if number == _NODE_ATTRIBUTE:
            stored.append(as_bytes(content))
        elif number in (_NODE_INPUT, _NODE_OUTPUT, _NODE_NAME, _NODE_OP_TYPE, _NODE_DOMAIN):
            texts.setdefault(number, []).append(as_text(content))

    def text(number: int) -> str:
        return texts.get(number, [""])[-1]

    domain = text(_NODE_DOMAIN)
    node = GraphNode(
        op_type=text(_NODE_OP_TYPE),
        domain="" if domain in DEFAULT_DOMAINS else domain,
        name=text(_NODE_NAME),
        inputs=tuple(texts.get(_NODE_INPUT, [])),
        outputs=tuple(texts.get(_NODE_OUTPUT, [])),
        attributes={},
    )
    attributes = {}
    for attribute in stored:
        name, value = _read_attribute(attribute, external, node.label)
        attributes[name] = value
    return GraphNode(**{**vars(node), "attributes": attributes})


def _read_attribute(
    message: memoryview, external: ExternalData, label: str
) -> tuple[str, Attribute]:
    name = ""
    values: dict[int, list[FieldContent]] = {}
    for number, content in fields(message):
        if number == _ATTRIBUTE_NAME:
            name = as_text(content)
        else:
            values.setdefault(number, []).append(content)
    return name, _attribute_value(name, values, external, label)


def _attribute_value(
    name: str, values: dict[int, list[FieldContent]], external: ExternalData, label: str
) -> Attribute:
    given = [kind for kind, place in _VALUE_FIELDS.items() if place in values]
    kind = as_integer(values[_ATTRIBUTE_KIND][-1]) if _ATTRIBUTE_KIND in values else 0
    kind = kind or next(iter(given), 0)
    parts = values.get(_VALUE_FIELDS.get(kind, 0), [])
    if kind == _INTS:
        return tuple(itertools.chain.from_iterable(map(integers, parts)))
    if kind == _FLOATS:
        return tuple(itertools.chain.from_iterable(map(floats, parts)))
    if kind == _INT:
        return as_integer(parts[-1]) if parts else 0
    if kind == _FLOAT:
        return as_float(parts[-1]) if parts else 0.0
    if kind == _STRING:
        return as_text(parts[-1]) if parts else ""
    if kind == _TENSOR and parts:
        return read_tensor(as_bytes(parts[-1]), external)[1]
    raise ValueError(f"{label} has the attribute {name!r} of a kind that is not supported")


def _read_info(message: memoryview) -> GraphTensor:
    name, kind, shape = "", "", None
    for number, content in fields(message):
        if number == _INFO_NAME:
            name = as_text(content)
        elif number == _INFO_TYPE:
            for variant, description in fields(as_bytes(content)):
                if variant != _TYPE_TENSOR:
                    raise ValueError(f"{name!r} is not a tensor")
                for part, value in fields(as_bytes(description)):
                    if part == _TENSOR_TYPE_ELEMENT:
                        kind = dtype_name(as_integer(value))
                    elif part == _TENSOR_TYPE_SHAPE:
                        shape = _read_shape(as_bytes(value))
    return GraphTensor(name, kind, shape)


def _read_shape(message: memoryview) -> tuple[Length, ...]:
    lengths: list[Length] = []
    for number, content in fields(message):
        if number == _SHAPE_DIMENSION:
            length: Length = None
            for part, value in fields(as_bytes(content)):
                if part == _DIMENSION_VALUE:
                    length = as_integer(value)
                elif part == _DIMENSION_NAME:
                    length = as_text(value)
            lengths.append(length)
    return tuple(lengths)
