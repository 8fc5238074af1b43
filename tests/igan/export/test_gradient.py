"""The traced gradient, run in Torch before anything becomes ONNX."""

import pytest
import torch
from torch import Tensor, fx, nn
from torch.testing import assert_close

from igan.errors import ExportError
from igan.export.batch_norm import fold_batch_norm
from igan.export.gradient import GradientGraphs, trace_gradient
from igan.export.tracing import trace_module
from igan.models.dcgan import Discriminator
from tests.bundles import TinyFeatures, liven_up, tiny_generator
from tests.igan.export.networks import families


def traced(network: nn.Module, shape: tuple[int, ...]) -> GradientGraphs:
    graph = trace_module(network, shape)
    fold_batch_norm(graph)
    return trace_gradient(graph, "inputs", "outputs")


def run(graph: fx.GraphModule, values: dict[str, Tensor]) -> tuple[Tensor, ...]:
    return graph(*(values[node.name] for node in graph.graph.find_nodes(op="placeholder")))


def vjp(graphs: GradientGraphs, inputs: Tensor, vector: Tensor) -> Tensor:
    results = run(graphs.forward_saving, {"inputs": inputs})
    values = dict(zip(("outputs", *graphs.saved), results, strict=True))
    (gradient,) = run(graphs.backward, values | {"inputs": inputs, "grad_outputs": vector})
    return gradient


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(0)
    generator = tiny_generator(image_size=8, latent_dim=4, width=3)
    features = nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"), TinyFeatures(3))
    liven_up(features)
    return nn.Sequential(generator, features).double().eval().requires_grad_(False)


@pytest.fixture(scope="module")
def graphs(network) -> GradientGraphs:
    return traced(network, (4,))


@pytest.fixture(scope="module")
def generator_graphs() -> GradientGraphs:
    return traced(tiny_generator(image_size=16, latent_dim=4, width=3), (4,))


def test_the_gradient_is_that_of_finite_differences(network, graphs):
    latents = torch.randn(2, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    vector = torch.randn_like(network(latents))
    found = vjp(graphs, latents, vector)
    step = 1e-6
    for place in range(latents.numel()):
        offset = torch.zeros_like(latents).view(-1)
        offset[place] = step
        offset = offset.view_as(latents)
        change = network(latents + offset) - network(latents - offset)
        expected = (vector * change).sum() / (2 * step)
        assert found.view(-1)[place].item() == pytest.approx(expected.item(), rel=1e-5, abs=1e-8)


@pytest.mark.parametrize(
    "family",
    [
        "group norm",
        "reflected borders",
        "overlapping average pooling",
        "bicubic",
        "modulated kernels",
        "attention with heads",
        "minibatch deviation",
        "parts",
    ],
)
def test_the_gradient_of_a_family_is_that_of_finite_differences(family):
    # A network is traced in the precision of its weights, which some of these have not.
    network = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), families()[family])
    network = network.double().eval().requires_grad_(False)
    graphs = traced(network, (3, 8, 8))
    generator = torch.Generator().manual_seed(3)
    images, direction = (
        torch.randn(2, 3, 8, 8, dtype=torch.float64, generator=generator) for _ in range(2)
    )
    vector = torch.randn(network(images).shape, dtype=torch.float64, generator=generator)
    step = 1e-6
    change = network(images + step * direction) - network(images - step * direction)
    expected = (vector * change).sum() / (2 * step)
    found = (vjp(graphs, images, vector) * direction).sum()
    assert found.item() == pytest.approx(expected.item(), rel=1e-6, abs=1e-7)


def test_what_has_the_batch_elsewhere_is_computed_again():
    graphs = traced(families()["attention with heads"], (3, 8, 8))
    for node in graphs.backward.graph.find_nodes(op="placeholder"):
        length, *rest = node.meta["val"].shape
        assert isinstance(length, torch.SymInt)
        assert all(isinstance(size, int) for size in rest)
    values = [node.meta["val"] for node in graphs.forward_saving.graph.nodes if node.meta]
    shapes = [value.shape for value in values if isinstance(value, torch.Tensor)]
    assert any(isinstance(length, torch.SymInt) for shape in shapes for length in shape[1:])


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_one_trace_serves_every_batch_size(network, graphs, batch):
    latents = torch.randn(batch, 4, dtype=torch.float64).requires_grad_()
    output = network(latents)
    vector = torch.randn_like(output)
    (expected,) = torch.autograd.grad(output, latents, vector)
    assert_close(run(graphs.forward, {"inputs": latents})[0], output)
    assert_close(vjp(graphs, latents, vector), expected)


def test_what_is_kept_are_the_results_of_activations(generator_graphs):
    assert generator_graphs.residuals == ("relu", "relu_1", "outputs")
    assert generator_graphs.saved == ("relu", "relu_1")


def test_a_leaky_relu_is_kept_after_it_so_that_it_fuses():
    graphs = traced(Discriminator(16, 3, 4), (3, 16, 16))
    assert all(name.startswith("leaky_relu") for name in graphs.residuals)


def test_both_halves_share_their_weights(generator_graphs):
    forward = dict(generator_graphs.forward_saving.named_buffers())
    constants = dict(generator_graphs.backward.named_buffers())
    backward = {name: value for name, value in constants.items() if value.numel() > 1}
    assert backward
    assert all(forward[name] is value for name, value in backward.items())


def test_what_has_no_derivative_is_named():
    class Winner(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return images.argmax(1).float()

    with pytest.raises(ExportError, match="gradient cannot be traced"):
        traced(Winner(), (3, 4, 4))
