"""`igan adopt`: what a person sees of it."""

from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from igan.cli.main import main
from tests.onnx_models import model_bytes


@pytest.fixture
def file(tmp_path: Path) -> Path:
    nodes = [
        helper.make_node("MatMul", ["z", "w"], ["h"]),
        helper.make_node("Reshape", ["h", "shape"], ["i"]),
        helper.make_node("Sigmoid", ["i"], ["y"]),
    ]
    weight = np.random.default_rng(0).normal(size=(4, 64)).astype(np.float32)
    constants = {"w": weight, "shape": np.array([-1, 1, 8, 8])}
    path = tmp_path / "tiny.onnx"
    path.write_bytes(model_bytes(nodes, {"z": ["n", 4]}, constants))
    return path


def test_it_says_what_it_found_out(file: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "bundle"
    assert main(["adopt", str(file), "--no-features", "--out", str(out), "--name", "mine"]) == 0
    said = capsys.readouterr().out
    assert "opset 17" in said
    assert "4 (z, batch free), taken to be normal" in said
    assert "8 x 8, 1 channels, first" in said
    assert "[0, 1], from its last operators" in said
    assert "MatMul, Reshape, Sigmoid" in said
    assert f"{out}: generator;" in said
    assert main(["sample", str(out), "--count", "4", "--out", str(tmp_path / "s.png")]) == 0
    assert main(["bundle", "info", str(out)]) == 0
    assert "mine" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--latent-dim", "5"], "takes latents of 4 numbers, not 5"),
        (["--fix", "label"], "must read NAME=VALUE"),
        (["--fix", "label=1"], "no input 'label' to fix"),
        (["--value-range", "1", "0"], "the lower value first"),
        (["--feature-weight", "-1"], "must not be negative"),
    ],
)
def test_bad_input_is_one_sentence(file: Path, tmp_path: Path, capsys, arguments, reason) -> None:
    out = tmp_path / "bundle"
    assert main(["adopt", str(file), "--no-features", "--out", str(out), *arguments]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("igan: ")
    assert reason in said
    assert not out.exists()
