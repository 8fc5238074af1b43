"""Which files an ONNX graph takes its weights from, read without building the graph.

A walk over the protocol buffer's wire format: the inference side does not need the onnx package.
"""

from collections.abc import Iterator

from serve.errors import BundleError

# Field numbers of onnx.proto.
_MODEL_GRAPH, _MODEL_FUNCTIONS = 7, 25
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_SPARSE_INITIALIZER = 1, 5, 15
_FUNCTION_NODE = 7
_NODE_ATTRIBUTE = 5
_ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS, _ATTRIBUTE_SPARSE = (5, 10), (6, 11), (22, 23)
_SPARSE_VALUES, _SPARSE_INDICES = 1, 2
_TENSOR_EXTERNAL_DATA = 13
_ENTRY_KEY, _ENTRY_VALUE = 1, 2

_VARINT, _FIXED64, _LENGTH_DELIMITED, _FIXED32 = 0, 1, 2, 5
_DEEPEST_GRAPH = 16


def external_locations(model: bytes) -> set[str]:
    """The locations of external data that an ONNX model (serialised ModelProto) names.

    Raises:
        ValueError: the bytes are not a well-formed model.
    """
    locations: set[str] = set()
    for number, content in _messages(memoryview(model)):
        if number == _MODEL_GRAPH:
            _visit_graph(content, locations, 0)
        elif number == _MODEL_FUNCTIONS:
            _visit_nodes(content, _FUNCTION_NODE, locations, 0)
    return locations


def check_external_locations(model: bytes, file: str, allowed: set[str]) -> None:
    """Refuse a model that reads weights from a file outside `allowed`.

    Raises:
        BundleError: the model is damaged or names another file.
    """
    try:
        locations = external_locations(model)
    except ValueError:
        raise BundleError(
            f"{file} is not an ONNX graph; take an intact copy of the bundle."
        ) from None
    for location in sorted(locations - allowed):
        raise BundleError(
            f"{file} takes weights from {location!r}, which is not a file of the bundle; "
            "do not use a bundle from this source."
        )


def _visit_graph(graph: memoryview, locations: set[str], depth: int) -> None:
    if depth > _DEEPEST_GRAPH:
        raise ValueError("graphs are nested too deeply")
    for number, content in _messages(graph):
        if number == _GRAPH_INITIALIZER:
            _visit_tensor(content, locations)
        elif number == _GRAPH_SPARSE_INITIALIZER:
            _visit_sparse(content, locations)
    _visit_nodes(graph, _GRAPH_NODE, locations, depth)


def _visit_nodes(owner: memoryview, field: int, locations: set[str], depth: int) -> None:
    for number, node in _messages(owner):
        if number != field:
            continue
        for node_field, attribute in _messages(node):
            if node_field == _NODE_ATTRIBUTE:
                _visit_attribute(attribute, locations, depth)


def _visit_attribute(attribute: memoryview, locations: set[str], depth: int) -> None:
    for number, content in _messages(attribute):
        if number in _ATTRIBUTE_TENSORS:
            _visit_tensor(content, locations)
        elif number in _ATTRIBUTE_SPARSE:
            _visit_sparse(content, locations)
        elif number in _ATTRIBUTE_GRAPHS:
            _visit_graph(content, locations, depth + 1)


def _visit_sparse(sparse: memoryview, locations: set[str]) -> None:
    for number, content in _messages(sparse):
        if number in (_SPARSE_VALUES, _SPARSE_INDICES):
            _visit_tensor(content, locations)


def _visit_tensor(tensor: memoryview, locations: set[str]) -> None:
    for number, entry in _messages(tensor):
        if number == _TENSOR_EXTERNAL_DATA:
            parts = {field: bytes(content) for field, content in _messages(entry)}
            if parts.get(_ENTRY_KEY) == b"location":
                locations.add(parts.get(_ENTRY_VALUE, b"").decode("utf-8"))


def _messages(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The length-delimited fields of a message: number and content."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == _VARINT:
            _, position = _varint(message, position)
            continue
        if wire_type == _LENGTH_DELIMITED:
            length, position = _varint(message, position)
        elif wire_type in (_FIXED64, _FIXED32):
            length = 8 if wire_type == _FIXED64 else 4
        else:
            raise ValueError(f"unknown wire type {wire_type}")
        end = position + length
        if end > len(message):
            raise ValueError("a field is longer than its message")
        if wire_type == _LENGTH_DELIMITED:
            yield number, message[position:end]
        position = end


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            break
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise ValueError("a number does not end")
