import torch

from serve.latent.averaging import average_latent, average_picture, candidate_weights
from serve.latent.bounds import Bounds


def test_weights_follow_the_formula_and_sum_to_one() -> None:
    objectives = torch.tensor([1.0, 2.0, 6.0])
    raw = torch.exp(-(objectives - 3) / objectives.std(correction=0))
    torch.testing.assert_close(candidate_weights(objectives), raw / raw.sum())


def test_equal_objectives_weigh_alike() -> None:
    assert candidate_weights(torch.full((4,), 0.3)).tolist() == [0.25] * 4
    assert candidate_weights(torch.tensor([0.3])).tolist() == [1.0]


def test_averages_are_weighted_means() -> None:
    weights = torch.tensor([0.25, 0.75])
    images = torch.stack([torch.zeros(3, 4, 4), torch.ones(3, 4, 4)])
    torch.testing.assert_close(average_picture(images, weights), torch.full((3, 4, 4), 0.75))
    latents = torch.tensor([[-1.0, 0.0], [1.0, 0.4]])
    average = average_latent(latents, weights, Bounds(-0.4, 0.4))
    torch.testing.assert_close(average, torch.tensor([0.4, 0.3]))
