"""Generators of many kinds, from several exporters and opsets, become bundles that agree."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper, version_converter
from torch import nn

from igan.errors import ExportError
from igan.export.adoption import AdoptionError, adopt_generator
from igan.export.adoption.agreement import LARGEST_ERROR
from serve.bundle import Bundle, load_bundle
from serve.bundle.interpreter import GraphError
from serve.errors import OutputExistsError
from tests.foreign_generators import (
    GENERATORS,
    LATENT_DIM,
    Styled,
    export_dynamo,
    export_legacy,
    make,
    sample_shape,
    seeded,
)
from tests.onnx_models import model_bytes, run_onnx

# Each generator by one exporter and opset; together they go through both exporters and 11 to 21.
EXPORTS = {
    "linear": (export_legacy, 11),
    "transposed": (export_legacy, 12),
    "upsampled": (export_legacy, 13),
    "mirrored": (export_dynamo, 18),
    "residual": (export_legacy, 14),
    "shuffled": (export_dynamo, 21),
    "attentive": (export_legacy, 16),
    "transformer": (export_legacy, 17),
    "styled": (export_dynamo, 20),
    "adaptive": (export_legacy, 19),
    "pooled": (export_legacy, 20),
}


def adopt(path: Path, out: Path, **settings) -> Bundle:
    adoption = adopt_generator(path, out, features=False, **settings)
    assert adoption.agreement.largest < LARGEST_ERROR
    return load_bundle(out, threads=1)


def check(bundle: Bundle, original: nn.Module, shape: tuple[int, ...], to_signed=lambda x: x):
    """Forward and gradient of the bundle are those of the original."""
    latents = torch.randn(3, bundle.manifest.latent.dim, generator=torch.Generator().manual_seed(9))
    results = []
    for network in (lambda z: to_signed(original(z.reshape(-1, *shape))), bundle.generator):
        leaf = latents.clone().requires_grad_()
        images = network(leaf)
        vector = torch.randn(images.shape, generator=torch.Generator().manual_seed(1))
        results.append((images.detach(), torch.autograd.grad(images, leaf, vector)[0]))
    (images, gradient), (found, found_gradient) = results
    assert (found - images).abs().max() < 1e-4
    assert (found_gradient - gradient).norm() < 1e-3 * gradient.norm()


def test_every_generator_is_exported() -> None:
    assert EXPORTS.keys() == GENERATORS.keys()


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPORTS)
def test_a_foreign_generator_is_adopted_and_agrees(name: str, tmp_path: Path) -> None:
    export, opset = EXPORTS[name]
    original = make(name)
    path = export(original, sample_shape(name), tmp_path / f"{name}.onnx", opset)
    bundle = adopt(path, tmp_path / "bundle")
    signed = (lambda x: x * 2 - 1) if name == "linear" else (lambda x: x)
    check(bundle, original, sample_shape(name), signed)
    record = bundle.manifest.training["adopted"]
    assert record["opset"] == opset
    assert record["producer"].startswith("pytorch")


@pytest.mark.slow
@pytest.mark.parametrize("fused", [False, True])
def test_a_graph_for_one_latent_is_freed(fused: bool, tmp_path: Path) -> None:
    original = seeded(lambda: Styled(fused))
    path = export_legacy(original, (LATENT_DIM,), tmp_path / "one.onnx", 15, batch=1)
    check(adopt(path, tmp_path / "bundle"), original, (LATENT_DIM,))


@pytest.mark.slow
@pytest.mark.parametrize("opset", [14, 18, 21])
def test_a_converted_graph_is_adopted(opset: int, tmp_path: Path) -> None:
    original = make("transposed")
    path = export_legacy(original, (LATENT_DIM, 1, 1), tmp_path / "old.onnx", 13)
    converted = version_converter.convert_version(onnx.load(path), opset)
    onnx.save(converted, tmp_path / "new.onnx")
    check(adopt(tmp_path / "new.onnx", tmp_path / "bundle"), original, (LATENT_DIM, 1, 1))


def keras_like(path: Path) -> bytes:
    """As tf2onnx writes a Keras generator: channels last outside, transposed for convolutions."""
    random = np.random.default_rng(0)

    def weights(*shape: int) -> np.ndarray:
        return (random.normal(size=shape) / 4).astype(np.float32)

    nodes = [
        helper.make_node("MatMul", ["z", "dense"], ["h0"], "model/dense/MatMul"),
        helper.make_node("LeakyRelu", ["h0"], ["h1"], alpha=0.3),
        helper.make_node("Reshape", ["h1", "grid"], ["h2"], "model/reshape/Reshape"),
        helper.make_node("Transpose", ["h2"], ["h3"], perm=[0, 3, 1, 2]),
        helper.make_node(
            "ConvTranspose", ["h3", "up", "bias"], ["h4"], strides=[2, 2], auto_pad="SAME_LOWER"
        ),
        helper.make_node("Transpose", ["h4"], ["h5"], perm=[0, 2, 3, 1]),
        helper.make_node("BatchNormalization", ["h4", *["four"] * 4], ["h6"]),
        helper.make_node("Elu", ["h6"], ["h7"]),
        helper.make_node("Resize", ["h7", "", "", "size"], ["h8"], mode="linear", axes=[2, 3]),
        helper.make_node("Conv", ["h8", "rgb"], ["h9"], auto_pad="SAME_UPPER"),
        helper.make_node("Transpose", ["h9"], ["h10"], perm=[0, 2, 3, 1]),
        helper.make_node("Sigmoid", ["h10"], ["y"]),
    ]
    constants = {
        "dense": weights(6, 4 * 4 * 8),
        "grid": np.array([-1, 4, 4, 8]),
        "up": weights(8, 4, 5, 5),
        "bias": weights(4),
        "four": np.full(4, 0.7, np.float32),
        "size": np.array([16, 16]),
        "rgb": weights(3, 4, 3, 3),
    }
    content = model_bytes(nodes, {"z": ["unk__0", 6]}, constants, opset=18)
    path.write_bytes(content)
    return content


@pytest.mark.slow
def test_channels_last_are_put_first(tmp_path: Path) -> None:
    content = keras_like(tmp_path / "keras.onnx")
    adoption = adopt_generator(
        tmp_path / "keras.onnx", tmp_path / "b", prior="uniform", features=False
    )
    assert adoption.output.channels_last
    assert adoption.value_range == (0.0, 1.0)
    bundle = load_bundle(tmp_path / "b", threads=1)
    assert bundle.manifest.latent.bounds == (-1.0, 1.0)
    latents = bundle.sample_latents(2, 0)
    expected = run_onnx(content, {"z": latents}).permute(0, 3, 1, 2) * 2 - 1
    torch.testing.assert_close(bundle.generator(latents), expected, rtol=0, atol=1e-4)


def test_weights_in_half_precision_and_in_a_file_beside(tmp_path: Path) -> None:
    weight = np.random.default_rng(0).normal(size=(5, 3 * 64)).astype(np.float16)
    nodes = [
        helper.make_node("Cast", ["w"], ["w32"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["z", "w32"], ["h"]),
        helper.make_node("Reshape", ["h", "shape"], ["i"]),
        helper.make_node("Tanh", ["i"], ["y"]),
    ]
    constants = {"w": weight, "shape": np.array([0, 3, 8, 8])}
    model = onnx.load_from_string(model_bytes(nodes, {"z": ["n", 5]}, constants))
    path = tmp_path / "half.onnx"
    onnx.save(model, path, save_as_external_data=True, location="half.data", size_threshold=1024)
    assert (tmp_path / "half.data").is_file()
    latents = torch.randn(2, 5)
    expected = torch.tanh(latents @ torch.from_numpy(weight).float()).reshape(2, 3, 8, 8)
    bundle = adopt(path, tmp_path / "bundle")
    torch.testing.assert_close(bundle.generator(latents), expected, rtol=0, atol=1e-5)


def conditional(path: Path) -> bytes:
    """A generator with a label and a truncation besides its latent."""
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "label"], ["code"], axis=0),
            helper.make_node("Mul", ["z", "psi"], ["short"]),
            helper.make_node("Concat", ["short", "code"], ["both"], axis=1),
            helper.make_node("MatMul", ["both", "w"], ["h"]),
            helper.make_node("Reshape", ["h", "shape"], ["i"]),
            helper.make_node("Tanh", ["i"], ["y"]),
        ],
        "conditional",
        [
            helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n", 4]),
            helper.make_tensor_value_info("label", TensorProto.INT64, ["n"]),
            helper.make_tensor_value_info("psi", TensorProto.FLOAT, []),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 1, 8, 8])],
        [
            numpy_helper.from_array(np.eye(3, dtype=np.float32), "table"),
            numpy_helper.from_array(
                np.random.default_rng(0).normal(size=(7, 64)).astype(np.float32), "w"
            ),
            numpy_helper.from_array(np.array([-1, 1, 8, 8]), "shape"),
        ],
    )
    imports = [helper.make_opsetid("", 17)]
    content = helper.make_model(graph, opset_imports=imports, ir_version=8).SerializeToString()
    path.write_bytes(content)
    return content


def test_further_inputs_are_fixed_or_named(tmp_path: Path) -> None:
    content = conditional(tmp_path / "c.onnx")
    with pytest.raises(AdoptionError, match=r"3 inputs \(z \(n, 4\); label \(n\); psi \(\)\)"):
        adopt(tmp_path / "c.onnx", tmp_path / "b")
    bundle = adopt(tmp_path / "c.onnx", tmp_path / "b", fixed={"label": "2", "psi": "0.5"})
    latents = torch.randn(2, 4)
    feed = {"z": latents, "label": torch.tensor([2, 2]), "psi": torch.tensor(0.5)}
    torch.testing.assert_close(
        bundle.generator(latents), run_onnx(content, feed), rtol=0, atol=1e-5
    )


def tiny_file(path: Path, *middle: onnx.NodeProto, **settings) -> Path:
    """z (n, 4) -> 1x2x2 images by way of nodes from "h" to "i"."""
    nodes = [*middle, helper.make_node("Reshape", ["i", "shape"], ["y"])]
    constants = {"shape": np.array([-1, 1, 2, 2]), "c": np.ones(4, np.float32)}
    path.write_bytes(model_bytes(nodes, {"h": ["n", 4]}, constants, **settings))
    return path


REFUSED = [
    (helper.make_node("RandomNormalLike", ["h"], ["i"], "noise"), GraphError, "'noise'"),
    (helper.make_node("Swirl", ["h"], ["i"], "odd", domain="own"), GraphError, "own.Swirl"),
    (helper.make_node("Log", ["h"], ["i"]), AdoptionError, "no finite numbers"),
    (helper.make_node("ReduceMean", ["h"], ["i"], axes=[0]), AdoptionError, "batch"),
    (helper.make_node("CumSum", ["h", "axis"], ["i"]), GraphError, "takes 'axis'"),
]


@pytest.mark.parametrize(
    ("node", "kind", "reason"), REFUSED, ids=lambda v: getattr(v, "op_type", "")
)
def test_what_cannot_be_adopted_is_named(node, kind, reason, tmp_path: Path) -> None:
    path = tiny_file(tmp_path / "f.onnx", node, domains=["own"])
    with pytest.raises(kind, match=reason):
        adopt(path, tmp_path / "bundle")
    assert [file.name for file in tmp_path.iterdir()] == ["f.onnx"]


def test_what_mixes_the_latents_of_a_batch_is_refused(tmp_path: Path) -> None:
    """A graph for one latent that takes the mean over its batch means nothing for more."""
    nodes = [
        helper.make_node("ReduceMean", ["h"], ["m"], axes=[0]),
        helper.make_node("Add", ["h", "m"], ["s"]),
        helper.make_node("Reshape", ["s", "shape"], ["y"]),
    ]
    content = model_bytes(nodes, {"h": [1, 4]}, {"shape": np.array([1, 1, 2, 2])})
    (tmp_path / "f.onnx").write_bytes(content)
    with pytest.raises(AdoptionError, match="does not agree with ONNX Runtime"):
        adopt(tmp_path / "f.onnx", tmp_path / "bundle")


def test_an_operator_without_a_gradient_is_named(tmp_path: Path) -> None:
    path = tiny_file(
        tmp_path / "f.onnx",
        helper.make_node("Sin", ["h"], ["s"]),
        helper.make_node("CumSum", ["s", "axis"], ["i"]),
        helper.make_node("Constant", [], ["unused"], value_int=1),
    )
    model = onnx.load(path)
    model.graph.initializer.append(numpy_helper.from_array(np.int64(1), "axis"))
    onnx.save(model, path)
    with pytest.raises(ExportError, match="cumsum"):
        adopt(path, tmp_path / "bundle")


def test_a_range_that_is_told_is_taken(tmp_path: Path) -> None:
    path = tiny_file(tmp_path / "f.onnx", helper.make_node("Add", ["h", "c"], ["i"]))
    bundle = adopt(path, tmp_path / "bundle", value_range=(-3.0, 5.0))
    latents = torch.tensor([[0.0, 4.0, -4.0, 2.0]])
    assert bundle.generator(latents).flatten().tolist() == pytest.approx([0.0, 1.0, -1.0, 0.5])
    record = json.loads((bundle.path / "manifest.json").read_text())["training"]["adopted"]
    assert record["value_range_from"] == "as told"
    assert record["file"] == "f.onnx"


@pytest.mark.parametrize("content", [b"", b"junk", b"\x3a\x7f"])
def test_what_is_no_onnx_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "f.onnx").write_bytes(content)
    with pytest.raises(GraphError, match="not an ONNX model"):
        adopt(tmp_path / "f.onnx", tmp_path / "bundle")


def test_a_taken_place_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputExistsError):
        adopt(tmp_path / "f.onnx", tmp_path)
    with pytest.raises(AdoptionError, match="is not a file"):
        adopt(tmp_path / "f.onnx", tmp_path / "bundle")


@pytest.mark.parametrize(
    ("fixed", "reason"),
    [({"phi": "1"}, "no input 'phi'"), ({"psi": "one"}, "needs a number")],
)
def test_a_wrong_fix_is_refused(fixed, reason, tmp_path: Path) -> None:
    conditional(tmp_path / "c.onnx")
    with pytest.raises(AdoptionError, match=reason):
        adopt(tmp_path / "c.onnx", tmp_path / "b", fixed=fixed)
