"""Whole networks of many kinds: exported and compared, or refused by name."""

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
import torch
from torch import nn

from igan.errors import ExportError
from igan.export.network import export_network
from igan.export.parity import BATCH_SIZES, Tolerance
from igan.models.dcgan import Discriminator, Generator
from igan.models.projector import Projector
from serve.bundle.manifest import NetworkManifest
from tests.bundles import liven_up
from tests.igan.export.networks import QUICK, Computed, families


def export(
    folder: Path,
    network: nn.Module,
    differentiable: bool = True,
    sample_shape: tuple[int, ...] = (3, 8, 8),
    storage_dtype: torch.dtype = torch.float32,
    tolerance: Tolerance = Tolerance(),  # noqa: B008 - frozen
) -> NetworkManifest:
    return export_network(
        folder,
        "network",
        network,
        input_name="images",
        output_name="answers",
        sample_shape=sample_shape,
        draw=lambda count, random: torch.rand((count, *sample_shape), generator=random) * 2 - 1,
        differentiable=differentiable,
        meaning="a test",
        settings={},
        tolerance=tolerance,
        storage_dtype=storage_dtype,
    )


@pytest.mark.parametrize(
    "family",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in families()],
)
def test_a_family_of_networks(tmp_path, family):
    manifest = export(tmp_path, families()[family])
    assert manifest.parity.batch_sizes == (1, 2, 7, 64)
    assert manifest.parity.forward_max < 1e-5
    assert manifest.parity.gradient_max < 1e-3
    for file in manifest.graph_files:
        onnx.checker.check_model(str(tmp_path / file), full_check=True)


@pytest.mark.slow
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [32, 64, 128, 256])
def test_the_families_that_the_project_trains(tmp_path, size, channels):
    torch.manual_seed(0)
    images = (channels, size, size)
    for name, network, shape in (
        ("generator", Generator(size, channels, 10, width=2), (10,)),
        ("discriminator", Discriminator(size, channels, width=2), images),
        ("without norm", Discriminator(size, channels, width=2, batch_norm=False), images),
        ("projector", Projector(size, channels, 10, width=2), images),
    ):
        liven_up(network)
        (tmp_path / name).mkdir()
        parity = export(tmp_path / name, network, sample_shape=shape).parity
        assert parity.batch_sizes == BATCH_SIZES == (1, 2, 7, 64)
        assert parity.forward_max < 1e-4, name
        assert parity.gradient_median < 1e-5, name


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
    places = [stored_weights(tmp_path / file) for file in manifest.graph_files]
    assert places[0] == places[1] == places[2]
    assert len(places[0]) == 3


def stored_weights(file: Path) -> dict[str, list[str]]:
    graph = onnx.load(file, load_external_data=False).graph
    return {
        initializer.name: [entry.value for entry in initializer.external_data]
        for initializer in graph.initializer
        if initializer.external_data
    }


def test_half_the_precision_is_half_the_file_and_costs_what_is_said(tmp_path):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(192, 64), nn.BatchNorm1d(64), nn.Tanh())
    liven_up(network)
    sizes, manifests = [], []
    for dtype in (torch.float32, torch.float16):
        folder = tmp_path / str(dtype)
        folder.mkdir()
        manifests.append(export(folder, network, storage_dtype=dtype))
        sizes.append((folder / "network.weights").stat().st_size)
    assert sizes[1] * 2 == sizes[0]
    full, half = manifests
    assert (full.storage_dtype, full.storage_error) == ("float32", None)
    assert half.storage_dtype == "float16"
    # Against Torch with the rounded weights; the rounding is a figure of its own.
    assert half.parity.forward_max < 1e-6
    assert half.parity.gradient_max < 1e-5
    assert 1e-5 < half.storage_error.mean < half.storage_error.largest < 5e-3
    graph = onnx.load(folder / half.backward, load_external_data=False).graph
    assert "Cast" in {node.op_type for node in graph.node}


def test_rounding_that_costs_too_much_is_refused(tmp_path):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(192, 64))
    with pytest.raises(ExportError, match="rounded weights change the output"):
        export(tmp_path, network, storage_dtype=torch.float16, tolerance=Tolerance(storage=1e-6))
    with torch.no_grad():
        network[1].weight[0, 0] = 1e5
    with pytest.raises(ExportError, match=r"weight .* too large for float16"):
        export(tmp_path, network, storage_dtype=torch.float16)


def test_a_network_that_is_not_differentiated_has_one_graph(tmp_path):
    manifest = export(tmp_path, nn.Conv2d(3, 4, 3), differentiable=False)
    assert manifest.graph_files == ("network.forward.onnx",)
    assert manifest.parity.gradient_max is None
    assert not manifest.differentiable


def grid_sampled(images: torch.Tensor) -> torch.Tensor:
    grid = images[:, :2].permute(0, 2, 3, 1)
    return nn.functional.grid_sample(images, grid, align_corners=False)


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (lambda x: x.cumsum(1), "aten.cumsum.default"),
        (lambda x: x.sort(1).values, "aten.sort.default"),
        (lambda x: torch.fft.rfft(x).real, "aten._fft_r2c.default"),
        (lambda x: x + torch.randn_like(x), "aten.randn_like.default"),
        (grid_sampled, "aten.grid_sampler_2d.default"),
        (nn.AdaptiveMaxPool2d(3), "aten.adaptive_max_pool2d.default"),
        (nn.AvgPool2d(3, 2, ceil_mode=True, divisor_override=4), "aten.avg_pool2d"),
        (lambda x: x.argmax(1).float(), "gradient cannot be traced"),
        (lambda x: x if x.sum() > 0 else -x, "traced"),
        (lambda x: x.view(2, -1, 3, 8, 8).std(0), "traced"),
        (lambda x: x / len(x), "use x.shape"),
    ],
)
def test_what_cannot_be_exported_is_named(
    tmp_path, capfd, function: Callable[[torch.Tensor], torch.Tensor], name: str
):
    with pytest.raises(ExportError, match=name) as refused:
        export(tmp_path, Computed(function))
    assert "\n" not in str(refused.value)
    assert capfd.readouterr().err == ""


def test_the_network_itself_is_left_alone(tmp_path):
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    export(tmp_path, network)
    assert network.training
    assert all(weight.requires_grad for weight in network.parameters())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
