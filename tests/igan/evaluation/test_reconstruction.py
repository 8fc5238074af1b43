from pathlib import Path

import numpy as np
import pytest
import torch

from igan.evaluation.reconstruction import bootstrap_interval, compare_methods
from serve.bundle import load_bundle
from serve.photo.pixels import tensor_to_pixels
from tests.bundles import tiny_bundle


def test_methods_are_compared_on_the_same_photos(tmp_path: Path) -> None:
    bundle = load_bundle(tiny_bundle(tmp_path / "tiny"))
    with torch.no_grad():
        photos = tensor_to_pixels(bundle.generator(bundle.sample_latents(3, seed=5)))
    figures, projections = compare_methods(bundle, photos, iterations=30)
    by_method = {row.method: row for row in figures}
    assert set(by_method) == set(projections) == {"optimisation", "network", "hybrid"}
    assert by_method["hybrid"].loss <= by_method["network"].loss
    assert by_method["network"].gradient_steps == 0
    for row in figures:
        assert row.interval[0] <= row.loss <= row.interval[1]
        assert row.loss == pytest.approx(projections[row.method].terms.total.mean().item())


def test_the_interval_covers_the_mean_as_often_as_it_says() -> None:
    draw = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        low, high = bootstrap_interval(draw.exponential(size=60))
        covered += low <= 1.0 <= high
    assert 0.88 <= covered / 200 <= 0.98
    assert bootstrap_interval(np.full(10, 3.0)) == (3.0, 3.0)
