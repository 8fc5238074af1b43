"""Every family of networks that ships becomes a bundle that computes the same."""

from importlib import import_module
from pathlib import Path

import pytest
import torch

from igan.export.bundle import export_bundle
from serve.bundle import load_bundle
from serve.bundle.manifest import LatentSpec


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("family", ["dcgan", "modulated"])
def test_a_family_exports_and_agrees_with_torch(family: str, channels: int, tmp_path: Path) -> None:
    torch.manual_seed(0)
    models = import_module(f"igan.models.{family}")
    generator = models.Generator(16, channels, latent_dim=6, width=4)
    discriminator = models.Discriminator(16, channels, width=4)
    for _ in range(20):  # so that the statistics of batch normalisation are those of its inputs
        discriminator(generator(torch.rand(8, 6) * 2 - 1))
    export_bundle(
        tmp_path / "bundle",
        name=family,
        generator=generator,
        discriminator=discriminator,
        latent=LatentSpec(6, "uniform", (-1.0, 1.0)),
    )
    bundle = load_bundle(tmp_path / "bundle")
    assert bundle.discriminator is not None
    latents = (torch.rand(3, 6) * 2 - 1).requires_grad_()
    expected_latents = latents.detach().clone().requires_grad_()
    scores = bundle.discriminator(bundle.generator(latents))
    expected = discriminator.eval()(generator.eval()(expected_latents))
    torch.testing.assert_close(scores, expected, rtol=1e-4, atol=1e-5)
    scores.sum().backward()
    expected.sum().backward()
    torch.testing.assert_close(latents.grad, expected_latents.grad, rtol=1e-3, atol=1e-6)
