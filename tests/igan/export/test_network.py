"""Whole networks of many kinds: exported and compared, or refused by name."""

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
import torch
from torch import Tensor, nn

from igan.errors import ExportError
from igan.export.network import export_network
from igan.export.parity import Tolerance
from igan.models.dcgan import Discriminator
from serve.bundle.manifest import NetworkManifest


class Computed(nn.Module):
    """A function of an image and of some layers."""

    def __init__(self, function: Callable[..., Tensor], *layers: nn.Module) -> None:
        super().__init__()
        self.function, self.layers = function, nn.ModuleList(layers)

    def forward(self, images: Tensor) -> Tensor:
        return self.function(images, *self.layers)


def attend(images: Tensor, query: nn.Module, key: nn.Module, value: nn.Module) -> Tensor:
    weights = torch.softmax(query(images).flatten(2).mT @ key(images).flatten(2), -1)
    return (value(images).flatten(2) @ weights.mT).view_as(images)


def export(folder: Path, network: nn.Module, differentiable: bool = True) -> NetworkManifest:
    return export_network(
        folder,
        "network",
        network,
        input_name="images",
        output_name="answers",
        sample_shape=(3, 8, 8),
        draw=lambda count, random: torch.rand((count, 3, 8, 8), generator=random) * 2 - 1,
        differentiable=differentiable,
        meaning="a test",
        settings={},
        tolerance=Tolerance(),
    )


FAMILIES = {
    "discriminator": Discriminator(8, 3, 4),
    "residual block": Computed(
        lambda x, a, b: x + b(torch.relu(a(x))),
        nn.Conv2d(3, 4, 3, padding=1),
        nn.Conv2d(4, 3, 3, padding=1),
    ),
    "upsampling convolutions": nn.Sequential(
        nn.Upsample(scale_factor=2),
        nn.Conv2d(3, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Upsample(scale_factor=2, mode="bilinear"),
        nn.Conv2d(4, 3, 3, padding=1),
        nn.Tanh(),
    ),
    "normalisations": nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.GroupNorm(2, 4), nn.SiLU(), nn.Conv2d(4, 4, 3), nn.InstanceNorm2d(4)
    ),
    "transformer-like": nn.Sequential(
        nn.Flatten(), nn.Linear(192, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 3)
    ),
    "style modulation": Computed(
        lambda x, content, style: content(x) * style(x.mean((2, 3)))[:, :, None, None],
        nn.Conv2d(3, 4, 3),
        nn.Linear(3, 4),
    ),
    "pixel shuffle and skip": nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.PixelShuffle(2), nn.AvgPool2d(2), nn.Softsign()
    ),
    "attention": Computed(attend, *(nn.Conv2d(3, 3, 1) for _ in range(3))),
    "no weights": Computed(lambda x: x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-8)),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_of_networks(tmp_path, family):
    torch.manual_seed(0)
    manifest = export(tmp_path, FAMILIES[family])
    assert manifest.parity.forward_max < 1e-5
    assert manifest.parity.gradient_max < 1e-4
    for file in manifest.graph_files:
        onnx.checker.check_model(str(tmp_path / file), full_check=True)


def test_weights_are_stored_once(tmp_path):
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Flatten(), nn.Linear(192, 32), nn.ReLU(), nn.Unflatten(1, (8, 2, 2)),
        nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.ConvTranspose2d(8, 8, 5, 2, 2),
    )  # fmt: skip
    manifest = export(tmp_path, network)
    assert {path.name for path in tmp_path.iterdir()} == {*manifest.graph_files, "network.weights"}
    large = sum(w.numel() * 4 for w in network.parameters() if w.numel() * 4 >= 1024)
    assert (tmp_path / "network.weights").stat().st_size == large
    places = [
        {
            initializer.name: [entry.value for entry in initializer.external_data]
            for initializer in onnx.load(
                tmp_path / file, load_external_data=False
            ).graph.initializer
            if initializer.external_data
        }
        for file in manifest.graph_files
    ]
    assert places[0] == places[1] == places[2]
    assert len(places[0]) == 3


def test_a_network_that_is_not_differentiated_has_one_graph(tmp_path):
    manifest = export(tmp_path, nn.Conv2d(3, 4, 3), differentiable=False)
    assert manifest.graph_files == ("network.forward.onnx",)
    assert manifest.parity.gradient_max is None
    assert not manifest.differentiable


@pytest.mark.parametrize(
    ("network", "name"),
    [
        (Computed(lambda x: x.cumsum(1)), "aten.cumsum.default"),
        (Computed(lambda x: torch.fft.rfft(x).real), "aten._fft_r2c.default"),
        (nn.Sequential(nn.AvgPool2d(3, 2)), "aten.avg_pool2d_backward"),
        (nn.ZeroPad2d(1), "aten.constant_pad_nd.default"),
        (Computed(lambda x: x if x.sum() > 0 else -x), "traced"),
    ],
)
def test_what_cannot_be_exported_is_named(tmp_path, network, name):
    with pytest.raises(ExportError, match=name):
        export(tmp_path, network)


def test_the_network_itself_is_left_alone(tmp_path):
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    export(tmp_path, network)
    assert network.training
    assert all(weight.requires_grad for weight in network.parameters())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
