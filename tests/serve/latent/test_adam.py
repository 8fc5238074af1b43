import torch

from serve.latent.adam import Moments, adam_step


def test_follows_torchs_own() -> None:
    torch.manual_seed(0)
    start = torch.randn(3, 5)
    parameter = torch.nn.Parameter(start.clone())
    optimizer = torch.optim.Adam([parameter], lr=0.1)
    z, moments = start, Moments.none(start)
    for _ in range(20):
        gradient = torch.randn(3, 5)
        parameter.grad = gradient
        optimizer.step()
        z, moments = adam_step(z, gradient, moments, torch.full((3, 1), 0.1))
    torch.testing.assert_close(z, parameter.detach())


def test_no_gradient_moves_nothing() -> None:
    z = torch.randn(2, 4)
    moved, _ = adam_step(z, torch.zeros(2, 4), Moments.none(z), torch.full((2, 1), 0.1))
    assert torch.equal(moved, z)


def test_a_forgotten_row_begins_anew_and_the_others_go_on() -> None:
    torch.manual_seed(1)
    z, gradients, rates = torch.randn(2, 4), torch.randn(2, 2, 4), torch.tensor([[0.1], [0.3]])
    _, moments = adam_step(z, gradients[0], Moments.none(z), rates)
    moved, _ = adam_step(z, gradients[1], moments.forgotten(torch.tensor([True, False])), rates)
    fresh, _ = adam_step(z, gradients[1], Moments.none(z), rates)
    continued, _ = adam_step(z, gradients[1], moments, rates)
    assert torch.equal(moved[0], fresh[0])
    assert torch.equal(moved[1], continued[1])
    assert not torch.equal(fresh[1], continued[1])
