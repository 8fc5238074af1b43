import pytest
import torch

from igan.models.projector import Projector


@pytest.mark.parametrize("channels", [1, 3])
def test_it_answers_in_latents(channels: int) -> None:
    projector = Projector(32, channels, latent_dim=7, width=2)
    assert projector(torch.rand(3, channels, 32, 32)).shape == (3, 7)


def test_the_bound_keeps_latents_in_the_uniform_priors_support() -> None:
    torch.manual_seed(0)
    bounded = Projector(32, latent_dim=7, width=2)
    unbounded = Projector(32, latent_dim=7, width=2, bounded=False)
    unbounded.load_state_dict(bounded.state_dict())
    images = torch.rand(3, 3, 32, 32)
    with torch.no_grad():
        for projector in (bounded, unbounded):
            projector.head.weight.mul_(1000)
        assert bounded(images).abs().max() <= 1
        assert unbounded(images).abs().max() > 1
        torch.testing.assert_close(bounded(images), unbounded(images).tanh())
