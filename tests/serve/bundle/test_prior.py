import pytest
import torch

from serve.bundle.prior import Prior, relative_lengths, sample_prior


@pytest.mark.parametrize("prior", ["uniform", "normal"])
def test_drawn_latents_have_the_length_of_one(prior: Prior) -> None:
    latents = sample_prior(prior, 20_000, 7, torch.Generator().manual_seed(0))
    lengths = relative_lengths(latents, prior)
    assert float(lengths.square().mean().sqrt()) == pytest.approx(1, rel=0.01)


def test_the_corners_of_the_box_are_far_out() -> None:
    corners = torch.tensor([[1.0, -1.0, 1.0, 1.0, -1.0]])
    assert float(relative_lengths(corners, "uniform")) == pytest.approx(3**0.5)
