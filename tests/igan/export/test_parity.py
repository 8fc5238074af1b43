"""The comparison with Torch notices every kind of difference."""

import copy

import pytest
import torch
from torch import nn

from igan.errors import ExportError
from igan.export import Tolerance, export_bundle
from igan.export.batch_norm import fold_batch_norm
from igan.export.gradient import trace_gradient
from igan.export.parity import (
    check_parity,
    check_storage_error,
    check_traced_gradient,
    compare_gradients,
    measure_at_same_gates,
    measure_parity,
)
from igan.export.tracing import trace_module
from serve.bundle.manifest import LatentSpec, Parity, StorageError
from serve.bundle.network import OnnxNetwork
from serve.bundle.runtime import Runtime
from tests.igan.export.test_network import export

LATENT = LatentSpec(4, "uniform", (-1.0, 1.0))


def draw(count: int, random: torch.Generator) -> torch.Tensor:
    return torch.rand((count, 3, 8, 8), generator=random)


@pytest.fixture(scope="module")
def original() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh()).eval()


@pytest.fixture(scope="module")
def exported(tmp_path_factory, original) -> OnnxNetwork:
    folder = tmp_path_factory.mktemp("network")
    return OnnxNetwork(folder, export(folder, original), Runtime(1, "cpu"))


def test_the_same_network_agrees(original, exported):
    parity = measure_parity(exported, original, draw, seeds=(3, 4), batch_sizes=(1, 2))
    check_parity("network", parity, Tolerance())
    assert parity.seeds == (3, 4)
    assert parity.batch_sizes == (1, 2)
    assert 0 <= parity.forward_mean <= parity.forward_max
    assert 0 <= parity.gradient_median <= parity.gradient_max


def test_a_changed_weight_shows_in_output_and_gradient(original, exported):
    changed = copy.deepcopy(original)
    with torch.no_grad():
        changed[0].weight[0, 0, 0, 0] += 0.05
    parity = measure_parity(exported, changed, draw, seeds=(0,), batch_sizes=(2,))
    assert parity.forward_max > 1e-3
    assert parity.gradient_median > 1e-3
    with pytest.raises(ExportError, match=r"the exported network .* output is off by"):
        check_parity("network", parity, Tolerance())


def test_errors_are_those_of_a_known_change(original, exported):
    doubled = nn.Sequential(original, nn.Identity())
    doubled.forward = lambda x: 2 * original(x)
    inputs = draw(3, torch.Generator().manual_seed(0))
    output, gradient = compare_gradients(exported, doubled, inputs, torch.Generator())
    values = original(inputs).detach()
    expected = values.abs() / (2 * values).abs().clamp(min=1)
    assert output.max().item() == pytest.approx(expected.max().item(), rel=1e-5)
    assert gradient.tolist() == pytest.approx([0.5] * 3, rel=1e-5)


@pytest.mark.parametrize(
    ("figures", "what"),
    [
        ((2e-4, 0.0, 0.0, 0.0, 0.0), "output"),
        ((float("inf"), 0.0, None, None, None), "output"),
        ((0.0, 0.0, 2e-3, 2e-3, 2e-3), "gradient"),
        ((0.0, 0.0, 0.2, 0.0, 0.0), "gradient"),
    ],
)
def test_each_figure_has_its_limit(figures, what):
    with pytest.raises(ExportError, match=f"its {what} is off"):
        check_parity("network", Parity(*figures, (0,), (1,)), Tolerance())


def test_one_gate_decided_by_rounding_is_let_pass():
    parity = Parity(0.0, 0.0, 5e-3, 1e-4, 1e-6, (0,), (1,), gradient_same_gates_max=1e-6)
    check_parity("network", parity, Tolerance())


def test_at_the_same_gates_there_is_no_such_room():
    parity = Parity(0.0, 0.0, 5e-3, 1e-4, 1e-6, (0,), (1,), gradient_same_gates_max=5e-3)
    with pytest.raises(ExportError, match="gradient at the same gates is off"):
        check_parity("network", parity, Tolerance())


def test_the_share_of_photos_with_such_a_gate_is_counted(original, exported):
    changed = copy.deepcopy(original)
    with torch.no_grad():
        changed[0].weight *= 1.01
    for network, share in ((original, 0.0), (changed, 1.0)):
        parity = measure_parity(exported, network, draw, seeds=(0,), batch_sizes=(2,))
        assert parity.gated_share == share


def test_a_miss_writes_nothing(tmp_path):
    generator = nn.Sequential(nn.Linear(4, 12), nn.Tanh(), nn.Unflatten(1, (3, 2, 2)))
    with pytest.raises(ExportError, match="does not agree"):
        export_bundle(
            tmp_path / "bundle",
            name="off",
            generator=generator,
            latent=LATENT,
            tolerance=Tolerance(forward=0.0, gradient=0.0),
        )
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def gated() -> nn.Module:
    """ReLUs and overlapping max-pooling, many of whose gates are close to being decided."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(3, 1), nn.Conv2d(8, 4, 3), nn.ReLU()
    ).eval()


def graphs_of(network: nn.Module) -> tuple:
    captured = trace_module(network, (3, 8, 8))
    fold_batch_norm(captured)
    graphs = trace_gradient(captured, "images", "answers")
    kinds = ("forward", "forward_saving", "backward")
    return captured, {kind: getattr(graphs, kind) for kind in kinds}


def test_at_the_same_gates_no_photo_differs(tmp_path, gated):
    exported = OnnxNetwork(tmp_path, export(tmp_path, gated), Runtime(1, "cpu"))
    _, graphs = graphs_of(gated)
    assert measure_at_same_gates(exported, graphs["backward"], draw) < 1e-6


def test_at_the_same_gates_a_changed_weight_shows(tmp_path, gated):
    exported = OnnxNetwork(tmp_path, export(tmp_path, gated), Runtime(1, "cpu"))
    changed = copy.deepcopy(gated)
    with torch.no_grad():
        changed[3].weight *= 1.01
    _, graphs = graphs_of(changed)
    error = measure_at_same_gates(exported, graphs["backward"], draw)
    assert error == pytest.approx(0.01, rel=0.1)


def test_the_traced_gradient_is_exact_and_a_wrong_one_is_found(gated):
    captured, graphs = graphs_of(gated)
    check_traced_gradient("network", captured, graphs, draw)
    changed = copy.deepcopy(gated)
    with torch.no_grad():
        changed[0].weight[0, 0, 0, 0] += 1e-3
    other, _ = graphs_of(changed)
    with pytest.raises(ExportError, match="wrong derivative"):
        check_traced_gradient("network", other, graphs, draw)


def test_the_cost_of_rounding_has_its_limit():
    check_storage_error("network", StorageError(largest=0.009, mean=0.0), Tolerance())
    for largest in (0.011, float("inf")):
        with pytest.raises(ExportError, match="store it as float32"):
            check_storage_error("network", StorageError(largest, 0.0), Tolerance())
