"""Trying out a bundle finds what no digest can: graphs that run, and are wrong."""

import json
import subprocess
import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from igan.cli.main import main
from serve.bundle import load_bundle
from serve.bundle.verification import FORWARD_LIMIT, GRADIENT_LIMIT, try_out
from serve.errors import BundleError, ServeError
from tests.serve.bundle.damage import change_graph, flip_a_bit, reseal


def test_a_whole_bundle_agrees_with_itself(bundle):
    found = try_out(bundle)
    assert set(found) == {"generator", "projector", "features"}
    for agreement in found.values():
        assert agreement.forward < FORWARD_LIMIT
    assert found["generator"].gradient < GRADIENT_LIMIT
    assert found["projector"].gradient is None


@pytest.mark.parametrize("kind", ["forward", "forward_saving", "backward"])
def test_graphs_of_one_network_that_do_not_agree(copied, kind):
    """One bias, or one factor, of one of three graphs is not that of the others."""

    def disturb(model):
        tensors = [t for t in model.graph.initializer if t.data_type == TensorProto.FLOAT]
        small = next((t for t in tensors if t.raw_data), None)
        if small is not None:
            values = np.frombuffer(small.raw_data, "<f4") + 0.5
            small.raw_data = values.astype("<f4").tobytes()
            return
        for entry in tensors[0].external_data:
            if entry.key == "offset":
                entry.value = str(int(entry.value) + 4)
            if entry.key == "length":
                assert int(entry.value) > 4

    change_graph(copied, f"generator.{kind}.onnx", disturb)
    with pytest.raises(BundleError, match="generator has graphs that do not agree"):
        try_out(load_bundle(copied))


def test_weights_that_are_not_finite(copied):
    weights = np.frombuffer((copied / "generator.weights").read_bytes(), "<f4").copy()
    weights[:] = np.nan
    (copied / "generator.weights").write_bytes(weights.tobytes())
    reseal(copied)
    with pytest.raises(BundleError, match=r"do not agree: .* not finite"):
        try_out(load_bundle(copied))


def grows_without_end(model: onnx.ModelProto) -> None:
    """Adds a mean over four tebibytes of copies of the latents, which changes no value."""
    shape = helper.make_tensor("endless", TensorProto.INT64, [3], [2**20, 2**17, 8])
    model.graph.initializer.append(shape)
    first = model.graph.node[0]
    nodes = [
        helper.make_node("Unsqueeze", ["latents", "front"], ["one_more"]),
        helper.make_node("Expand", ["one_more", "endless"], ["copies"]),
        helper.make_node("ReduceMean", ["copies", "front"], ["mean"], keepdims=0),
    ]
    model.graph.initializer.append(helper.make_tensor("front", TensorProto.INT64, [1], [0]))
    first.input[0] = "mean"
    for node in reversed(nodes):
        model.graph.node.insert(0, node)


def test_a_graph_that_asks_for_more_memory_than_there_is(copied):
    change_graph(copied, "generator.forward.onnx", grows_without_end)
    bundle = load_bundle(copied, engine="onnx")
    with pytest.raises(ServeError, match=r"ONNX Runtime failed on generator\.forward\.onnx"):
        bundle.generator(bundle.sample_latents(1, 0))


@pytest.mark.slow
def test_the_command_line_tries_it_out(copied, capsys):
    assert main(["bundle", "verify", str(copied)]) == 0
    said = capsys.readouterr().out
    assert "is whole" in said
    assert "generator     ONNX and Torch differ by at most" in said
    assert main(["bundle", "verify", str(copied), "--digest", "0" * 64]) == 2
    assert "another bundle than the one asked for" in capsys.readouterr().err
    flip_a_bit(copied / "generator.weights", 7)
    assert main(["bundle", "verify", str(copied)]) == 2
    error = capsys.readouterr().err
    assert "generator.weights was changed" in error
    assert error.count("\n") == 1


def test_a_crash_of_the_other_process_is_told(whole, monkeypatch, capsys):
    real_run = subprocess.run

    def crashing(command, **options):
        script = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
        return real_run([sys.executable, "-c", script], **options)

    monkeypatch.setattr(subprocess, "run", crashing)
    assert main(["bundle", "verify", str(whole)]) == 2
    assert "ended with signal 11; do not use this bundle" in capsys.readouterr().err


def test_the_card_tells_what_the_manifest_says(copied, capsys):
    assert main(["bundle", "info", str(copied)]) == 0
    card = capsys.readouterr().out
    assert "16 x 16, 3 channels" in card
    assert "generator     output off by at most" in card
    assert json.loads((copied / "manifest.json").read_text())["digest"] in card
