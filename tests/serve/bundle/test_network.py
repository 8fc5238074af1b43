"""An exported network behaves like any other differentiable function of Torch."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch.testing import assert_close

from serve.bundle import load_bundle
from serve.bundle.bundle import draw_latents
from serve.bundle.manifest import LatentSpec
from tests.bundles import tiny_generator


@pytest.fixture(scope="module")
def generator():
    return tiny_generator(image_size=16, latent_dim=8)


def gradient(network, latents: torch.Tensor) -> torch.Tensor:
    leaf = latents.clone().requires_grad_()
    network(leaf).square().mean().backward()
    return leaf.grad


@pytest.mark.parametrize("batch", [1, 2, 7, 64])
def test_values_and_gradients(bundle, generator, batch):
    latents = bundle.sample_latents(batch, batch)
    images = bundle.generator(latents)
    assert images.shape == (batch, 3, 16, 16)
    assert images.dtype == torch.float32
    assert_close(images, generator(latents), atol=1e-4, rtol=0)
    expected = gradient(generator, latents)
    error = (gradient(bundle.generator, latents) - expected).norm() / expected.norm()
    assert error < 1e-3


def test_any_optimizer_of_torch_works(bundle):
    target = bundle.generator(bundle.sample_latents(1, 3))
    for make in (
        lambda z: torch.optim.Adam([z], lr=0.05),
        lambda z: torch.optim.LBFGS([z], max_iter=3, line_search_fn="strong_wolfe"),
    ):
        latents = bundle.sample_latents(1, 4).requires_grad_()
        optimizer = make(latents)

        def closure(latents=latents, optimizer=optimizer):
            optimizer.zero_grad()
            loss = (bundle.generator(latents) - target).square().mean()
            loss.backward()
            return loss

        before = closure().item()
        for _ in range(15):
            optimizer.step(closure)
        assert closure().item() < 0.5 * before


def test_several_backward_passes_and_shared_leaves(bundle, generator):
    latents = bundle.sample_latents(2, 0)
    leaf = latents.clone().requires_grad_()
    images = bundle.generator(leaf)
    other = bundle.generator(leaf * 0.5)
    first = torch.autograd.grad(images.sum(), leaf, retain_graph=True)[0]
    again = torch.autograd.grad(images.sum(), leaf, retain_graph=True)[0]
    assert_close(first, again)
    both = torch.autograd.grad(images.sum() + other.sum(), leaf)[0]
    reference = latents.clone().requires_grad_()
    total = generator(reference).sum() + generator(reference * 0.5).sum()
    expected = torch.autograd.grad(total, reference)[0]
    assert (both - expected).norm() / expected.norm() < 1e-3


def test_layouts_other_than_the_plain_one(bundle, generator):
    latents = bundle.sample_latents(16, 0)[::2]
    assert not latents.is_contiguous()
    assert_close(bundle.generator(latents), generator(latents), atol=1e-4, rtol=0)
    leaf = latents.clone().requires_grad_()
    vector = torch.ones(1).expand(8, 3, 16, 16)
    found = torch.autograd.grad(bundle.generator(leaf), leaf, vector)[0]
    expected = torch.autograd.grad(generator(leaf), leaf, vector)[0]
    assert (found - expected).norm() / expected.norm() < 1e-3


def test_without_need_for_a_gradient_nothing_is_kept(bundle):
    latents = bundle.sample_latents(1, 0)
    assert not bundle.generator(latents).requires_grad
    with torch.no_grad():
        assert not bundle.generator(latents.requires_grad_()).requires_grad


def test_the_projector_gives_no_gradient(bundle):
    images = bundle.generator(bundle.sample_latents(2, 0)).requires_grad_()
    latents = bundle.projector(images)
    assert latents.shape == (2, 8)
    assert not latents.requires_grad


def test_changing_the_result_in_place_is_noticed(bundle):
    leaf = bundle.sample_latents(1, 0).requires_grad_()
    images = bundle.generator(leaf)
    with torch.no_grad():
        images.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        images.sum().backward()


def test_second_derivatives_are_refused(bundle):
    leaf = bundle.sample_latents(1, 0).requires_grad_()
    (first,) = torch.autograd.grad(bundle.generator(leaf).square().sum(), leaf, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()


@pytest.mark.parametrize(
    "wrong",
    [torch.zeros(1, 9), torch.zeros(8), torch.zeros(0, 8), torch.zeros(1, 8, dtype=torch.float64)],
)
def test_other_shapes_and_dtypes_are_refused(bundle, wrong):
    with pytest.raises(ValueError, match=r"latents must be float32 of shape \(N, 8\)"):
        bundle.generator(wrong)


@pytest.mark.parametrize("engine", ["auto", "onnx", "torch"])
def test_one_bundle_serves_many_threads(whole, engine):
    """Sessions, modules and trials are all made while others ask for them."""

    def through_everything(bundle, latents):
        leaf = latents.clone().requires_grad_()
        images = bundle.generator(leaf)
        guess = bundle.projector(images.detach())
        loss = images.square().mean() + bundle.features(images).square().mean()
        loss.backward()
        return images.detach(), guess, leaf.grad

    bundle = load_bundle(whole, threads=1, engine=engine)
    sizes = [1, 2, 3, 8, 13, 1, 16, 5]
    batches = [bundle.sample_latents(sizes[seed % 8], seed) for seed in range(40)]
    reference = load_bundle(whole, threads=1, engine="onnx")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda latents: through_everything(bundle, latents), batches))
    # Another engine rounds otherwise; a gradient of another batch would be off by its whole length.
    closeness = {"atol": 0.0, "rtol": 0.0} if engine == "onnx" else {"atol": 1e-4, "rtol": 0.0}
    for latents, (images, guess, grad) in zip(batches, found, strict=True):
        expected_images, expected_guess, expected_grad = through_everything(reference, latents)
        assert_close(images, expected_images, **closeness)
        assert_close(guess, expected_guess, **closeness)
        error = (grad - expected_grad).norm() / expected_grad.norm()
        assert error < (1e-6 if engine == "onnx" else 1e-2)


def test_latents_are_drawn_from_the_prior(bundle):
    latents = bundle.sample_latents(2000, 7)
    assert latents.shape == (2000, 8)
    assert_close(latents, bundle.sample_latents(2000, 7))
    assert not torch.equal(latents, bundle.sample_latents(2000, 8))
    assert latents.min() >= -1
    assert latents.max() <= 1
    assert latents.mean().abs() < 0.05
    assert latents.var().item() == pytest.approx(1 / 3, rel=0.05)


@pytest.mark.parametrize(
    ("prior", "bounds", "low", "high"),
    [("uniform", (0.0, 4.0), 0.0, 4.0), ("normal", (-0.5, 0.5), -0.5, 0.5)],
)
def test_the_manifest_sets_the_bounds(prior, bounds, low, high):
    latents = draw_latents(LatentSpec(8, prior, bounds), 500, torch.Generator().manual_seed(0))
    assert latents.min().item() == pytest.approx(low, abs=0.02)
    assert latents.max().item() == pytest.approx(high, abs=0.02)


def test_an_unbounded_prior_is_not_clamped():
    latents = draw_latents(LatentSpec(8, "normal", None), 500, torch.Generator().manual_seed(0))
    assert latents.abs().max() > 3
    assert latents.std().item() == pytest.approx(1.0, rel=0.05)
