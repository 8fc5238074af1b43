"""The walk over the wire format finds what the onnx package finds."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from serve.bundle.onnx_files import check_external_locations, external_locations
from serve.errors import BundleError


def external(name: str, location: str) -> TensorProto:
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[1])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="offset", value="0")
    tensor.external_data.add(key="location", value=location)
    return tensor


def hidden_everywhere() -> bytes:
    inner = helper.make_graph([], "inner", [], [], [external("w", "in-subgraph")])
    sparse = helper.make_sparse_tensor(
        external("values", "in-sparse"), numpy_helper.from_array(np.zeros(1, np.int64)), [4]
    )
    nodes = [
        helper.make_node("Constant", [], ["a"], value=external("v", "in-attribute")),
        helper.make_node("If", ["a"], ["b"], then_branch=inner, else_branch=inner),
    ]
    listed = helper.make_node("Custom", [], ["c"])
    listed.attribute.append(helper.make_attribute("all", [external("t", "in-list")]))
    nested = helper.make_attribute("graphs", [inner])
    nested.graphs[0].initializer.append(external("x", "in-graphs"))
    listed.attribute.append(nested)
    graph = helper.make_graph([*nodes, listed], "outer", [], [], [external("i", "in-initializer")])
    graph.sparse_initializer.append(sparse)
    function_node = helper.make_node("Constant", [], ["f"], value=external("g", "in-function"))
    function = helper.make_function("own", "F", [], ["f"], [function_node], [])
    return helper.make_model(graph, functions=[function]).SerializeToString()


def test_every_hiding_place():
    assert external_locations(hidden_everywhere()) == {
        "in-subgraph",
        "in-sparse",
        "in-attribute",
        "in-list",
        "in-graphs",
        "in-initializer",
        "in-function",
    }


def test_a_model_without_external_data():
    weights = numpy_helper.from_array(np.ones((2, 3), np.float32), "location")
    graph = helper.make_graph([], "graph", [], [], [weights])
    assert external_locations(helper.make_model(graph).SerializeToString()) == set()


def test_nothing_that_is_cut_off_passes_unnoticed():
    model = hidden_everywhere()
    allowed = external_locations(model)
    check_external_locations(model, "graph.onnx", allowed)
    complaints = 0
    for length in range(len(model)):
        try:
            check_external_locations(model[:length], "graph.onnx", allowed)
        except BundleError:
            complaints += 1
    assert complaints > 0.9 * len(model)


@pytest.mark.parametrize("rubbish", [b"\xff" * 20, b"\x0b", b"\x3a\x05ab", b"\x3a" + b"\x80" * 12])
def test_rubbish_is_no_model(rubbish):
    with pytest.raises(BundleError, match="not an ONNX graph"):
        check_external_locations(rubbish, "graph.onnx", set())


def test_graphs_nested_without_end():
    def field(number: int, content: bytes) -> bytes:
        length = bytes([len(content) & 0x7F | 0x80, len(content) >> 7])
        return bytes([number << 3 | 2]) + length + content

    graph = b""
    for _ in range(40):
        attribute = field(6, graph)
        graph = field(1, field(5, attribute))
    with pytest.raises(BundleError, match="not an ONNX graph"):
        check_external_locations(field(7, graph), "deep.onnx", set())
