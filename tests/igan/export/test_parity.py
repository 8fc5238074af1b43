"""The comparison with Torch notices every kind of difference."""

import copy

import pytest
import torch
from torch import nn

from igan.errors import ExportError
from igan.export import Tolerance, export_bundle
from igan.export.parity import check_parity, compare_gradients, measure_parity
from serve.bundle.manifest import LatentSpec, Parity
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
    check_parity("network", Parity(0.0, 0.0, 5e-3, 1e-4, 1e-6, (0,), (1,)), Tolerance())


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
