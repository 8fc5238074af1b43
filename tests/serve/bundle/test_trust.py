"""A bundle whose files are not what was exported is refused by a sentence that names the file."""

import json
import os

import pytest
import torch

from serve.bundle import load_bundle
from serve.errors import BundleError, ServeError
from tests.serve.bundle.damage import change_graph, change_manifest, flip_a_bit, reseal


def test_an_intact_copy_loads(copied, bundle):
    again = load_bundle(copied)
    assert again.digest == bundle.digest
    assert again.path == copied


@pytest.mark.parametrize("place", [0, 1000, -1])
def test_a_changed_byte_in_any_file(whole, copied, place):
    for file in sorted(path.name for path in whole.iterdir() if path.name != "manifest.json"):
        flip_a_bit(copied / file, place)
        with pytest.raises(BundleError, match=f"{file} was changed"):
            load_bundle(copied)
        flip_a_bit(copied / file, place)
    load_bundle(copied)


def test_a_truncated_file(copied):
    os.truncate(copied / "features.weights", 100)
    with pytest.raises(BundleError, match=r"features\.weights has 100 bytes"):
        load_bundle(copied)


def test_a_missing_file(copied):
    (copied / "generator.backward.onnx").unlink()
    with pytest.raises(BundleError, match=r"generator\.backward\.onnx is missing"):
        load_bundle(copied)


def test_a_link_in_place_of_a_file(whole, copied):
    (copied / "generator.weights").unlink()
    (copied / "generator.weights").symlink_to(whole / "generator.weights")
    with pytest.raises(BundleError, match=r"generator\.weights is not a plain file"):
        load_bundle(copied)


def test_a_removed_key(copied):
    document = json.loads((copied / "manifest.json").read_text())
    del document["latent"]["prior"]
    (copied / "manifest.json").write_text(json.dumps(document))
    with pytest.raises(BundleError, match=r'key "latent\.prior" is missing'):
        load_bundle(copied)


@pytest.mark.parametrize("location", ["../generator.weights", "/etc/passwd", "unlisted.weights"])
def test_weights_from_outside(copied, location):
    def take_from_there(model):
        for initializer in model.graph.initializer:
            for entry in initializer.external_data:
                if entry.key == "location":
                    entry.value = location

    change_graph(copied, "generator.forward.onnx", take_from_there)
    with pytest.raises(BundleError, match=f"is stored in '{location}', which is"):
        load_bundle(copied)


def test_a_graph_that_is_none(copied):
    (copied / "generator.forward.onnx").write_bytes(b"\x3a\xff\xff\xff\xff\x0fnothing")
    reseal(copied)
    with pytest.raises(BundleError, match=r"generator\.forward\.onnx: this is not an ONNX model"):
        load_bundle(copied)


def test_an_unknown_operator(copied):
    def rename(model):
        model.graph.node[0].op_type = "Gremlin"

    change_graph(copied, "generator.forward.onnx", rename)
    with pytest.raises(BundleError, match=r"\(Gremlin\), an operator that a bundle may not use"):
        load_bundle(copied)


def test_graphs_that_changed_places(copied):
    files = [copied / f"generator.{kind}.onnx" for kind in ("forward", "backward")]
    contents = [file.read_bytes() for file in files]
    for file, content in zip(files, reversed(contents), strict=True):
        file.write_bytes(content)
    reseal(copied)
    with pytest.raises(BundleError, match="other inputs than its manifest says"):
        load_bundle(copied)


def test_a_shape_that_manifest_and_graphs_lie_about(copied):
    def lie(values):
        for value in values:
            if value.name == "relu_1":
                for axis in value.type.tensor_type.shape.dim[1:]:
                    axis.dim_value = 1

    def lie_in_manifest(document):
        for residual in document["networks"]["generator"]["residuals"]:
            if residual["name"] == "relu_1":
                residual["shape"] = ["batch", 1, 1, 1]

    change_manifest(copied, lie_in_manifest)
    for kind in ("forward_saving", "backward"):
        change_graph(
            copied,
            f"generator.{kind}.onnx",
            lambda model: lie([*model.graph.input, *model.graph.output]),
        )
    bundle = load_bundle(copied)
    with pytest.raises(ServeError, match=r"generator\.forward_saving\.onnx"):
        bundle.generator(bundle.sample_latents(1, 0).requires_grad_())


def test_what_was_verified_is_what_runs(copied, bundle):
    again = load_bundle(copied)
    for file in copied.iterdir():
        file.write_bytes(b"changed after loading")
    latents = bundle.sample_latents(2, 0)
    assert torch.equal(again.generator(latents), bundle.generator(latents))


def test_another_bundle_than_the_one_asked_for(whole, bundle):
    assert load_bundle(whole, digest=bundle.digest[:12]).digest == bundle.digest
    with pytest.raises(BundleError, match="another bundle than the one asked for"):
        load_bundle(whole, digest="0123456789ab")
    with pytest.raises(BundleError, match="another bundle than the one asked for"):
        load_bundle(whole, digest="")


def test_a_huge_manifest_is_not_read(copied):
    with (copied / "manifest.json").open("ab") as file:
        file.truncate(2**30)
    with pytest.raises(BundleError, match="too large for a manifest"):
        load_bundle(copied)
