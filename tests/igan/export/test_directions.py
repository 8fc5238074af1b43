from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from igan.errors import BadInputError
from igan.export.directions import name_directions, principal_directions
from serve.bundle import load_bundle, read_manifest
from serve.bundle.manifest import LatentSpec
from serve.errors import BundleError, OutputExistsError
from serve.latent.directions import Directions
from tests.bundles import tiny_bundle

LATENT = LatentSpec(6, "uniform", (-1.0, 1.0))


class Planted(nn.Module):
    """Three directions in latent space that change the picture, of falling strength; noise."""

    def __init__(self, noise: float = 0.0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(3)
        self.inner, _ = torch.linalg.qr(torch.randn(6, 6, generator=generator))
        self.outer, _ = torch.linalg.qr(torch.randn(3 * 64, 6, generator=generator))
        self.noise = noise

    def forward(self, z: Tensor) -> Tensor:
        strength = torch.tensor([3.0, 2.0, 1.0, 0.0, 0.0, 0.0])
        pictures = (z @ self.inner * strength) @ self.outer.T
        even = (z.square().sum(1, keepdim=True) - 2) * self.outer[:, 5]
        return (pictures + self.noise * even).reshape(-1, 3, 8, 8)


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_planted_directions_are_found_with_their_shares(noise: float) -> None:
    generator = Planted(noise)
    found = principal_directions(generator, LATENT, count=3)
    alike = (found.vectors @ generator.inner[:, :3]).abs()
    torch.testing.assert_close(alike, torch.eye(3), atol=0.05 if noise else 0.03, rtol=0)
    torch.testing.assert_close(found.vectors @ found.vectors.T, torch.eye(3))
    torch.testing.assert_close(found.scales, torch.full((3,), 3**-0.5), atol=0.08, rtol=0)
    if not noise:
        shares = torch.tensor([9.0, 4.0, 1.0]) / 14
        torch.testing.assert_close(found.shares, shares, atol=0.06, rtol=0)
    assert float(found.shares.sum()) <= 1.05


def test_the_same_seed_gives_the_same_directions_with_the_same_signs() -> None:
    first, again = (principal_directions(Planted(), LATENT) for _ in range(2))
    assert torch.equal(first.vectors, again.vectors)
    assert len(first) == 6
    assert (first.vectors.gather(1, first.vectors.abs().argmax(1, keepdim=True)) > 0).all()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return tiny_bundle(tmp_path / "tiny")


def test_a_bundle_carries_its_directions(bundle: Path) -> None:
    directions = Directions.of(load_bundle(bundle))
    assert directions.vectors.shape == (16, 16)
    assert (directions.shares[:-1] >= directions.shares[1:]).all()
    assert 0.05 < float(directions.shares.sum()) <= 1


def test_names_are_sealed_into_a_copy(bundle: Path, tmp_path: Path) -> None:
    named = tmp_path / "named"
    digest = name_directions(bundle, {2: "wide to narrow", 5: "height"}, named)
    directions = Directions.of(load_bundle(named))
    assert directions.names == {2: "wide to narrow", 5: "height"}
    assert directions.number("height") == 5
    assert read_manifest(named).digest == digest != read_manifest(bundle).digest
    name_directions(named, {2: "", 3: "depth"}, tmp_path / "again")
    assert Directions.of(load_bundle(tmp_path / "again")).names == {3: "depth", 5: "height"}


def test_names_that_cannot_be_given(bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "named"
    with pytest.raises(BadInputError, match="has 16 directions, and none is number 17"):
        name_directions(bundle, {17: "far"}, out)
    with pytest.raises(BadInputError, match="the same name"):
        name_directions(bundle, {1: "one", 2: "one"}, out)
    with pytest.raises(OutputExistsError):
        name_directions(bundle, {1: "one"}, bundle)
    (bundle / "generator.weights").write_bytes(b"damaged")
    with pytest.raises(BundleError):
        name_directions(bundle, {1: "one"}, out)
    assert not out.exists()
