"""The interpreted network as a Torch module: gradients, copies, threads, any batch."""

import copy
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from onnx import helper
from torch import nn

from serve.bundle import Bundle
from serve.bundle.interpreter import InterpretedNetwork, read_model
from serve.bundle.interpreter.external_data import FilesBeside
from tests import foreign_generators
from tests.foreign_generators import LATENT_DIM, export_legacy, make
from tests.onnx_models import model_bytes


def interpreted(path: Path) -> InterpretedNetwork:
    return InterpretedNetwork(read_model(path.read_bytes()))


@pytest.fixture(scope="module")
def styled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "styled.onnx"
    return export_legacy(make("styled"), (LATENT_DIM,), path, 15)


def test_its_gradient_is_that_of_the_original(styled: Path) -> None:
    original, network = make("styled"), interpreted(styled)
    latents = torch.randn(3, LATENT_DIM)
    vector = torch.randn(3, 3, 8, 8)
    results = []
    for module in (original, network):
        leaf = latents.clone().requires_grad_()
        results.append(torch.autograd.grad(module(leaf), leaf, vector)[0])
    torch.testing.assert_close(results[1], results[0], rtol=1e-4, atol=1e-5)


def test_its_gradient_is_that_of_finite_differences(styled: Path) -> None:
    network = interpreted(styled).double()
    latents = torch.randn(2, LATENT_DIM, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda z: network(z)[:, :, ::3, ::4], latents)


def test_the_same_from_a_copy_and_from_several_threads(styled: Path) -> None:
    network = copy.deepcopy(interpreted(styled))
    batches = [torch.randn(1 + n % 5, LATENT_DIM) for n in range(16)]
    alone = [network(batch) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(network, batches))
    for found, expected in zip(together, alone, strict=True):
        torch.testing.assert_close(found, expected)


def test_a_graph_for_a_batch_of_one_takes_any_batch_when_freed(tmp_path: Path) -> None:
    """Even one that computes its convolutions' weights from the latent."""
    original = foreign_generators.seeded(lambda: foreign_generators.Styled(fused=True))
    path = export_legacy(original, (LATENT_DIM,), tmp_path / "fused.onnx", 15, batch=1)
    network = InterpretedNetwork(read_model(path.read_bytes()), free_batch=True)
    latents = torch.randn(5, LATENT_DIM)
    torch.testing.assert_close(network(latents), original(latents), rtol=1e-4, atol=1e-5)


def test_several_inputs_go_in_their_order() -> None:
    content = model_bytes(
        [helper.make_node("Sub", ["a", "b"], ["y"])], {"a": ["n", 2], "b": ["n", 2]}
    )
    network = InterpretedNetwork(read_model(content))
    assert network(torch.ones(1, 2), torch.full((1, 2), 3.0)).tolist() == [[-2.0, -2.0]]


def test_names_that_modules_cannot_have_are_no_trouble() -> None:
    nodes = [
        helper.make_node("Add", ["x", "a.b/c:0"], ["h"]),
        helper.make_node("Mul", ["h", "a_b_c_0"], ["y"]),
    ]
    constants = {"a.b/c:0": np.full(2, 1, "f4"), "a_b_c_0": np.full(2, 5, "f4")}
    content = model_bytes(nodes, {"x": ["n", 2]}, constants)
    assert InterpretedNetwork(read_model(content))(torch.zeros(1, 2)).tolist() == [[5.0, 5.0]]


def test_a_bundle_gives_the_same_in_torch(bundle: Bundle) -> None:
    files = FilesBeside(bundle.path)
    for network in bundle.networks.values():
        content = (bundle.path / network.manifest.forward).read_bytes()
        module: nn.Module = InterpretedNetwork(read_model(content, files))
        batch = torch.rand(3, *network.manifest.input.sample_shape) * 2 - 1
        torch.testing.assert_close(module(batch), network(batch), rtol=1e-4, atol=1e-5)
