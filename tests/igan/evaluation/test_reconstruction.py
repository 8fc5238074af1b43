from pathlib import Path

import numpy as np
import pytest
import torch

from igan.evaluation.perceptual import alexnet_distance
from igan.evaluation.reconstruction import compare_methods
from serve.bundle import load_bundle
from serve.latent import psnr_db
from serve.latent.ssim import ssim
from serve.photo.pixels import tensor_to_pixels
from tests.bundles import tiny_bundle


def test_methods_are_compared_on_the_same_photos(tmp_path: Path) -> None:
    bundle = load_bundle(tiny_bundle(tmp_path / "tiny"))
    with torch.no_grad():
        photos = tensor_to_pixels(bundle.generator(bundle.sample_latents(3, seed=5)))
    found = compare_methods(bundle, photos, 20, starts=3, perceptual=alexnet_distance())
    labels = [row.label for row in found.figures]
    assert set(labels) == {"optimisation", "optimisation, best of 3", "network", "hybrid"}
    rows = dict(zip(labels, found.figures, strict=True))
    assert rows["hybrid"].loss <= rows["network"].loss
    assert rows["network"].gradient_steps == 0
    best, one = rows["optimisation, best of 3"], rows["optimisation"]
    assert best.loss <= one.loss * (1 + 1e-5)
    assert best.gradient_steps > one.gradient_steps
    for row, projection in zip(found.figures, found.projections, strict=True):
        assert row.interval[0] <= row.loss <= row.interval[1]
        assert row.loss == pytest.approx(projection.terms.total.mean().item())
        pair = projection.reconstructions, photos
        assert row.psnr_db == pytest.approx(psnr_db(*pair).mean())
        assert row.ssim == pytest.approx(ssim(*pair).mean())
        assert row.perceptual == pytest.approx(alexnet_distance()(*pair).mean())
    assert found.figures[-1].method == "hybrid"
    assert [ratio.to for ratio in found.ratios] == labels[:-1]
    for number, ratio in enumerate(found.ratios):
        assert ratio.ratio == pytest.approx(rows["hybrid"].loss / found.figures[number].loss)
        assert ratio.interval[0] <= ratio.ratio <= ratio.interval[1]


def test_without_a_distance_it_is_not_measured(tmp_path: Path) -> None:
    bundle = load_bundle(tiny_bundle(tmp_path / "tiny"))
    photos = np.full((2, 32, 32, 3), 90, np.uint8)
    found = compare_methods(bundle, photos, iterations=1)
    assert [row.perceptual for row in found.figures] == [None] * 3
