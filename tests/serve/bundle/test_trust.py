"""A bundle whose files are not what was exported is refused by a sentence that names the file."""

import json
import os
from pathlib import Path

import onnx
import pytest

from igan.cli.main import main
from serve.bundle import load_bundle
from serve.bundle.files import file_record
from serve.bundle.manifest import canonical_digest
from serve.errors import BundleError, ServeError


def reseal(bundle: Path) -> None:
    """Write a manifest that believes the files as they are now."""
    document = json.loads((bundle / "manifest.json").read_text())
    for name in document["files"]:
        record = file_record(bundle / name)
        document["files"][name] = {"sha256": record.sha256, "size_bytes": record.size_bytes}
    document["digest"] = canonical_digest(document)
    (bundle / "manifest.json").write_text(json.dumps(document))


def flip_a_bit(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1
    path.write_bytes(content)


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
    path = copied / "generator.forward.onnx"
    model = onnx.load(path, load_external_data=False)
    for initializer in model.graph.initializer:
        for entry in initializer.external_data:
            if entry.key == "location":
                entry.value = location
    path.write_bytes(model.SerializeToString())
    reseal(copied)
    with pytest.raises(BundleError, match="not a file of the bundle") as raised:
        load_bundle(copied)
    assert location in str(raised.value)


def test_a_graph_that_is_none(copied):
    (copied / "generator.forward.onnx").write_bytes(b"\x3a\xff\xff\xff\xff\x0fnothing")
    reseal(copied)
    with pytest.raises(BundleError, match=r"generator\.forward\.onnx is not an ONNX graph"):
        load_bundle(copied)


def test_a_graph_that_does_not_run(copied):
    path = copied / "generator.forward.onnx"
    model = onnx.load(path, load_external_data=False)
    model.graph.node[0].op_type = "Gremlin"
    path.write_bytes(model.SerializeToString())
    reseal(copied)
    bundle = load_bundle(copied)
    with pytest.raises(BundleError, match=r"cannot run .*generator\.forward\.onnx"):
        bundle.generator(bundle.sample_latents(1, 0))


def test_graphs_that_changed_places(copied):
    files = [copied / f"generator.{kind}.onnx" for kind in ("forward", "backward")]
    contents = [file.read_bytes() for file in files]
    for file, content in zip(files, reversed(contents), strict=True):
        file.write_bytes(content)
    reseal(copied)
    with pytest.raises(BundleError, match="other inputs than its manifest says"):
        load_bundle(copied).generator.open()


def test_a_shape_that_manifest_and_graph_both_lie_about(copied):
    path = copied / "generator.forward.onnx"
    model = onnx.load(path, load_external_data=False)
    for axis in model.graph.output[0].type.tensor_type.shape.dim[2:]:
        axis.dim_value = 2
    path.write_bytes(model.SerializeToString())
    document = json.loads((copied / "manifest.json").read_text())
    document["image"]["size"] = 2
    for network, end in (
        ("generator", "output"),
        ("projector", "input"),
        ("features", "input"),
    ):
        document["networks"][network][end]["shape"][2:] = [2, 2]
    (copied / "manifest.json").write_text(json.dumps(document))
    reseal(copied)
    bundle = load_bundle(copied)
    with pytest.raises(ServeError, match=r"generator\.forward\.onnx"):
        bundle.generator(bundle.sample_latents(1, 0))


def test_a_huge_manifest_is_not_read(copied):
    with (copied / "manifest.json").open("ab") as file:
        file.truncate(2**30)
    with pytest.raises(BundleError, match="too large for a manifest"):
        load_bundle(copied)


def test_the_command_line_verifies_and_tells(copied, capsys):
    assert main(["bundle", "verify", str(copied)]) == 0
    assert "is whole" in capsys.readouterr().out
    assert main(["bundle", "info", str(copied)]) == 0
    card = capsys.readouterr().out
    assert "16 x 16" in card
    assert "generator" in card
    flip_a_bit(copied / "generator.weights", 7)
    assert main(["bundle", "verify", str(copied)]) == 2
    error = capsys.readouterr().err
    assert "generator.weights was changed" in error
    assert error.count("\n") == 1
