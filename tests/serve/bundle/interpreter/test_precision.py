"""Large batches: channels last, and what bfloat16 may cost."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from serve.bundle import Bundle, load_bundle
from serve.bundle.interpreter import computes_bfloat16, torch_network
from serve.bundle.interpreter.external_data import FilesBeside
from tests.bundles import tiny_bundle

COSINE, IMAGE_ERROR, OBJECTIVE_ERROR, STEPS = 0.995, 0.05, 0.01, 50


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    path = tmp_path_factory.mktemp("b") / "tiny"
    return load_bundle(tiny_bundle(path, projector=False, features=None))


def generator(bundle: Bundle, bfloat16: bool = False) -> nn.Module:
    content = (bundle.path / bundle.manifest.networks["generator"].forward).read_bytes()
    return torch_network(content, FilesBeside(Path(bundle.path)), bfloat16=bfloat16)


def gradient(network: nn.Module, latents: Tensor, target: Tensor) -> Tensor:
    leaf = latents.clone().requires_grad_()
    return torch.autograd.grad((network(leaf) - target).square().mean(), leaf)[0]


def test_images_have_their_channels_last_in_memory(tiny: Bundle) -> None:
    images = generator(tiny)(tiny.sample_latents(8, 0))
    assert images.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(images, tiny.generator(tiny.sample_latents(8, 0)))


def test_bfloat16_stays_within_its_tolerance(tiny: Bundle) -> None:
    exact, rounded = generator(tiny), generator(tiny, bfloat16=True)
    latents, goal = tiny.sample_latents(16, 1), tiny.sample_latents(16, 2)
    with torch.no_grad():
        target = exact(goal)
        images = rounded(latents)
        assert images.dtype is torch.float32
        error = (images - exact(latents)).abs().max()
    assert 1e-4 < error < IMAGE_ERROR, "no rounding at all would mean that float32 ran"
    gradients = [gradient(network, latents, target).flatten() for network in (exact, rounded)]
    assert torch.cosine_similarity(*gradients, dim=0) > COSINE


def test_fifty_steps_in_bfloat16_reach_the_same_objective(tiny: Bundle) -> None:
    exact, rounded = generator(tiny), generator(tiny, bfloat16=True)
    with torch.no_grad():
        target = exact(tiny.sample_latents(16, 2))
    reached = []
    for network in (exact, rounded):
        latents = tiny.sample_latents(16, 1).requires_grad_()
        optimizer = torch.optim.Adam([latents], lr=0.1)
        for _ in range(STEPS):
            latents.grad = gradient(network, latents.detach(), target)
            optimizer.step()
        with torch.no_grad():
            reached.append((exact(latents) - target).square().mean().item())
    assert reached[1] == pytest.approx(reached[0], rel=OBJECTIVE_ERROR)


def test_a_machine_knows_whether_it_computes_bfloat16() -> None:
    capability = torch.backends.cpu.get_cpu_capability()
    if capability in ("DEFAULT", "AVX2"):
        assert not computes_bfloat16(torch.device("cpu"))
    assert not computes_bfloat16(torch.device("meta"))
