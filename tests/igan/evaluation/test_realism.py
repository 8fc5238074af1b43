import numpy as np
import pytest
import torch
from torch import nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from igan.evaluation.realism import (
    bootstrapped_kernel_distance,
    frechet_distance,
    frechet_interval,
    kernel_distance,
)


class Given(nn.Module):
    """Hands features through, as torchmetrics wants an extractor to."""

    num_features = 6

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features


def two_sets(count: int = 80, shift: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(0)
    mixing = draw.normal(size=(6, 6))
    return draw.normal(size=(count, 6)) @ mixing, draw.normal(size=(count, 6)) + shift


@pytest.mark.filterwarnings("ignore:Metric `Kernel Inception Distance` will save")
def test_the_kernel_distance_is_that_of_torchmetrics() -> None:
    photos, samples = two_sets()
    metric = KernelInceptionDistance(feature=Given(), subsets=1, subset_size=len(photos))
    metric.update(torch.from_numpy(photos), real=True)
    metric.update(torch.from_numpy(samples), real=False)
    expected, _ = metric.compute()
    assert kernel_distance(photos, samples) == pytest.approx(expected.item(), rel=1e-6)


def test_the_frechet_distance_is_that_of_torchmetrics() -> None:
    photos, samples = two_sets()
    metric = FrechetInceptionDistance(feature=Given(), normalize=True, input_img_size=(6, 1, 1))
    metric.set_dtype(torch.float64)
    metric.update(torch.from_numpy(photos), real=True)
    metric.update(torch.from_numpy(samples), real=False)
    assert frechet_distance(photos, samples) == pytest.approx(metric.compute().item(), rel=1e-4)


def test_the_frechet_distance_of_shifted_sets_is_the_squared_shift() -> None:
    photos, _ = two_sets()
    assert frechet_distance(photos, photos + 2.0) == pytest.approx(6 * 4.0)
    assert frechet_distance(photos, photos) == pytest.approx(0, abs=1e-9)


def test_equal_sources_have_no_distance_on_average_and_may_go_below_zero() -> None:
    draw = np.random.default_rng(0)
    found = [kernel_distance(*draw.normal(size=(2, 20, 4))) for _ in range(400)]
    error = np.std(found) / 20
    assert abs(np.mean(found)) < 3 * error
    assert min(found) < 0


def test_the_interval_covers_the_true_distance_about_as_often_as_it_says() -> None:
    draw = np.random.default_rng(1)
    truth = kernel_distance(draw.normal(size=(4000, 3)), draw.normal(size=(4000, 3)) + 0.5)
    covered = 0
    for seed in range(40):
        photos, samples = draw.normal(size=(40, 3)), draw.normal(size=(120, 3)) + 0.5
        low, high = bootstrapped_kernel_distance(photos, samples, 100, seed).interval
        covered += low <= truth <= high
    assert covered >= 33


def test_the_value_of_the_bootstrap_is_the_distance() -> None:
    photos, samples = two_sets()
    kid = bootstrapped_kernel_distance(photos, samples, resamples=50)
    assert kid.value == pytest.approx(kernel_distance(photos, samples), rel=1e-12)
    assert kid.interval[0] < kid.value < kid.interval[1]


def test_sets_of_one_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        kernel_distance(np.ones((1, 3)), np.ones((5, 3)))


def test_the_interval_of_the_frechet_distance_is_as_wide_as_it_varies() -> None:
    draw = np.random.default_rng(0)
    values, widths = [], []
    for _ in range(60):
        photos, samples = draw.normal(size=(200, 4)), 1 + draw.normal(size=(200, 4))
        low, high = frechet_interval(photos, samples)
        values.append(frechet_distance(photos, samples))
        widths.append((high - low) / 2)
        assert low <= values[-1] <= high
    assert np.mean(widths) == pytest.approx(2 * np.std(values), rel=0.25)


def test_an_interval_needs_two_pictures_a_group() -> None:
    with pytest.raises(ValueError, match="39 pictures"):
        frechet_interval(*np.zeros((2, 39, 3)))
