"""Folding batch normalisation changes no value and leaves none behind."""

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from igan.export.batch_norm import fold_batch_norm
from igan.export.tracing import trace_module
from tests.bundles import liven_up, tiny_generator

aten = torch.ops.aten


class TiedWeights(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 3, 3, padding=1)
        self.norm = nn.BatchNorm2d(3)

    def forward(self, images: Tensor) -> Tensor:
        return self.convolution(self.norm(self.convolution(images)))


NETWORKS = {
    "convolution": nn.Sequential(nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5)),
    "transposed": nn.Sequential(nn.ConvTranspose2d(3, 5, 3, bias=False), nn.BatchNorm2d(5)),
    "grouped transposed": nn.Sequential(
        nn.ConvTranspose2d(3, 6, 3, groups=3), nn.BatchNorm2d(6, affine=False)
    ),
    "linear": nn.Sequential(nn.Flatten(), nn.Linear(48, 5), nn.BatchNorm1d(5)),
    "reshaped linear": nn.Sequential(
        nn.Flatten(), nn.Linear(48, 20, bias=False), nn.Unflatten(1, (5, 2, 2)), nn.BatchNorm2d(5)
    ),
    "nothing before": nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 5, 3)),
    "after an activation": nn.Sequential(nn.Conv2d(3, 5, 3), nn.ReLU(), nn.BatchNorm2d(5)),
    "tied weights": TiedWeights(),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_values_stay(name):
    torch.manual_seed(0)
    network = NETWORKS[name].double()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2.0)
    images = torch.randn(4, 3, 4, 4, dtype=torch.float64)
    graph = trace_module(network, (3, 4, 4))
    fold_batch_norm(graph)
    assert_close(graph(images)[0], network.eval()(images))
    operators = {str(node.target) for node in graph.graph.nodes if node.op == "call_function"}
    assert not [operator for operator in operators if "batch_norm" in operator]


def test_the_generator_folds_into_its_own_layers():
    generator = tiny_generator(image_size=16, latent_dim=5, width=4).double()
    liven_up(generator)
    graph = trace_module(generator, (5,))
    fold_batch_norm(graph)
    latents = torch.randn(3, 5, dtype=torch.float64)
    assert_close(graph(latents)[0], generator(latents))
    operators = {node.target for node in graph.graph.nodes if node.op == "call_function"}
    assert aten.mul.Tensor not in operators
    assert aten.add.Tensor not in operators
