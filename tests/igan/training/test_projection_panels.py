import torch

from igan.training.projection_panels import METHODS, ProjectionPanels
from serve.latent.bounds import Bounds
from serve.latent.loss import ProjectionLoss
from tests.serve.latent.tiny_model import LATENT_DIM, SIZE, tiny_generator, tiny_model

COUNT = 3


def panels(iterations: int = 30) -> ProjectionPanels:
    loss = ProjectionLoss(tiny_model().features, 0.1)
    return ProjectionPanels(
        tiny_generator(), loss, "uniform", LATENT_DIM, Bounds(-1.0, 1.0), iterations
    )


def photos() -> torch.Tensor:
    latents = torch.rand(COUNT, LATENT_DIM, generator=torch.Generator().manual_seed(2)) * 2 - 1
    return tiny_generator()(latents)


def test_four_pictures_a_photo_and_the_loss_of_each_method() -> None:
    pictures, losses = panels().draw(tiny_model().projector, photos())
    assert pictures.shape == (4 * COUNT, 3, SIZE, SIZE)
    torch.testing.assert_close(pictures[::4], photos())
    loss = ProjectionLoss(tiny_model().features, 0.1)
    for place, method in enumerate(METHODS, 1):
        expected = loss(pictures[place::4], photos()).total.mean().item()
        assert abs(losses[method] - expected) < 1e-6 * expected + 1e-12
    assert losses["hybrid"] < 0.1 * losses["network"]
    assert losses["optimisation"] < 0.1 * losses["network"]


def test_optimisation_starts_alike_each_time_and_is_computed_once() -> None:
    drawing = panels(iterations=5)
    first, _ = drawing.draw(tiny_model().projector, photos())
    drawing.iterations = 0
    second, _ = drawing.draw(tiny_model().projector, photos())
    torch.testing.assert_close(second[3::4], first[3::4], rtol=0, atol=0)
    anew, _ = panels(iterations=5).draw(tiny_model().projector, photos())
    torch.testing.assert_close(anew, first, rtol=0, atol=0)


def test_the_global_random_state_is_left_alone() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    panels(iterations=2).draw(tiny_model().projector, photos())
    assert torch.equal(torch.get_rng_state(), before)
