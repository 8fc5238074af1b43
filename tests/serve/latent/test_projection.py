from typing import Any

import numpy as np
import pytest
import torch

from serve.errors import BadInputError, BundleError, PhotoError
from serve.latent.lbfgs import Limits, SolverProgress
from serve.latent.loss import ProjectionLoss
from serve.latent.projection import project
from serve.photo.pixels import pixels_to_tensor, tensor_to_pixels
from tests.serve.latent.tiny_model import LATENT_DIM, SIZE, tiny_model


def planted(model: Any, count: int, seed: int = 100) -> tuple[torch.Tensor, np.ndarray]:
    z = model.sample_latents(count, seed)
    return z, tensor_to_pixels(model.generator(z))


def random_pictures(count: int, channels: int = 3) -> np.ndarray:
    random = np.random.default_rng(0)
    return random.integers(0, 256, (count, SIZE, SIZE, channels), dtype=np.uint8)


@pytest.mark.parametrize("channels", [3, 1])
def test_planted_latents_are_found(channels: int) -> None:
    model = tiny_model(channels)
    z, pictures = planted(model, 5)
    projection = project(model, pictures)
    torch.testing.assert_close(projection.latents, z, atol=0.03, rtol=0)
    difference = projection.reconstructions.astype(int) - pictures.astype(int)
    assert np.abs(difference).max() <= 1
    assert projection.reconstructions.dtype == np.uint8


def test_hybrid_is_never_worse_than_the_network_it_starts_from() -> None:
    model, pictures = tiny_model(), random_pictures(6)
    network = project(model, pictures, "network")
    hybrid = project(model, pictures, "hybrid")
    assert (hybrid.terms.total < network.terms.total).all()
    assert torch.equal(network.evaluations, torch.zeros(6, dtype=torch.int64))
    assert (hybrid.evaluations > 0).all()


def test_terms_are_those_of_the_reconstructions_latents() -> None:
    model, pictures = tiny_model(), random_pictures(3)
    projection = project(model, pictures)
    loss = ProjectionLoss(model.features, model.manifest.feature_weight)
    expected = loss(model.generator(projection.latents), pixels_to_tensor(pictures))
    torch.testing.assert_close(projection.terms.total, expected.total)
    torch.testing.assert_close(projection.terms.pixel, expected.pixel)
    torch.testing.assert_close(projection.terms.feature, expected.feature)


def test_network_answers_are_clipped_to_the_bounds() -> None:
    model = tiny_model(bounds=(-0.2, 0.2))
    answer = model.projector(pixels_to_tensor(random_pictures(4)))
    latents = project(model, random_pictures(4), "network").latents
    assert answer.abs().max() > 0.2
    torch.testing.assert_close(latents, answer.clamp(-0.2, 0.2))


def test_every_method_stays_inside_the_bounds() -> None:
    model = tiny_model(bounds=(-0.2, 0.2))
    for method in ("hybrid", "optimisation"):
        latents = project(model, random_pictures(4), method).latents
        assert latents.abs().max() <= torch.tensor(0.2)


def test_more_starts_keep_the_lowest_and_add_to_the_evaluations() -> None:
    model, pictures = tiny_model(), random_pictures(4)
    limits = Limits(iterations=4)
    one = project(model, pictures, "optimisation", starts=1, seed=3, limits=limits)
    six = project(model, pictures, "optimisation", starts=6, seed=3, limits=limits)
    assert (six.terms.total <= one.terms.total + 1e-6).all()
    assert (six.terms.total < one.terms.total - 1e-4).any()
    assert (six.evaluations > 4 * one.evaluations).all()


def test_a_photo_gets_the_same_answer_alone_and_among_others() -> None:
    model, pictures = tiny_model(), random_pictures(3)
    together = project(model, pictures).latents
    for row in range(3):
        alone = project(model, pictures[row : row + 1]).latents[0]
        torch.testing.assert_close(alone, together[row], atol=2e-3, rtol=0)


def test_progress_leaves_by_callback() -> None:
    seen: list[SolverProgress] = []
    project(tiny_model(), random_pictures(2), "optimisation", starts=3, callback=seen.append)
    assert seen[-1].losses.shape == (6,)
    assert seen[-1].finished.all()


def test_without_features_pixels_alone_are_compared() -> None:
    model = tiny_model()
    model.features = None
    terms = project(model, random_pictures(2)).terms
    assert torch.equal(terms.total, terms.pixel)


def test_a_bundle_without_projector_says_what_to_do() -> None:
    model = tiny_model(with_projector=False)
    for method in ("hybrid", "network"):
        with pytest.raises(BundleError, match="igan train projector"):
            project(model, random_pictures(1), method)
    assert project(model, random_pictures(1), "optimisation").latents.shape == (1, LATENT_DIM)


@pytest.mark.parametrize(
    ("pictures", "sentence"),
    [
        (random_pictures(0), "no photo"),
        (random_pictures(2, channels=1), "1 channels but the bundle tiny makes images with 3"),
        (random_pictures(2)[:, :7], "8 x 7 pixels but the bundle tiny needs 8 x 8"),
        (random_pictures(2).astype(np.float32), "uint8"),
        (random_pictures(2)[0], "uint8"),
    ],
)
def test_images_that_do_not_fit_are_refused(pictures: np.ndarray, sentence: str) -> None:
    with pytest.raises(PhotoError, match=sentence):
        project(tiny_model(), pictures)


def test_unknown_methods_and_no_starts_are_refused() -> None:
    with pytest.raises(BadInputError, match="'magic'; use optimisation, network, hybrid"):
        project(tiny_model(), random_pictures(1), "magic")  # type: ignore[arg-type]
    with pytest.raises(BadInputError, match="at least one start, not 0"):
        project(tiny_model(), random_pictures(1), "optimisation", starts=0)
