"""A bundle on disk, verified and ready to run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from serve.bundle.arrays import read_arrays
from serve.bundle.engines import EngineWish
from serve.bundle.files import read_files
from serve.bundle.manifest import (
    LARGEST_MANIFEST_BYTES,
    MANIFEST_FILE,
    LatentSpec,
    Manifest,
    parse_manifest,
)
from serve.bundle.network import OnnxNetwork
from serve.bundle.prior import sample_prior
from serve.bundle.runtime import Runtime
from serve.errors import BundleError

_FEWEST_DIGITS = 8


@dataclass(frozen=True)
class Bundle:
    """An exported model: its networks as Torch functions, and what its manifest says.

    `generator` maps latents `float32 (N, latent.dim)` to images `float32 (N, C, S, S)`;
    `features` maps images to `float32 (N, F, h, w)`; both take part in autograd. `projector` maps
    images to latents, without gradient; `discriminator` maps images to scores `(N,)`. A network
    that the bundle lacks is None. `arrays` are the named arrays that it carries besides.
    """

    path: Path
    manifest: Manifest
    generator: OnnxNetwork
    projector: OnnxNetwork | None
    features: OnnxNetwork | None
    discriminator: OnnxNetwork | None
    arrays: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of the manifest, which covers the SHA-256 of every file."""
        return self.manifest.digest

    @property
    def networks(self) -> dict[str, OnnxNetwork]:
        """The networks that are there, by role."""
        roles = ("generator", "projector", "features", "discriminator")
        present = {role: getattr(self, role) for role in roles}
        return {role: network for role, network in present.items() if network is not None}

    def sample_latents(self, count: int, seed: int) -> Tensor:
        """Draw `float32 (count, latent.dim)` from the prior; the same seed gives the same draw."""
        latent = self.manifest.latent
        generator = torch.Generator().manual_seed(seed)
        return draw_latents(latent, count, generator)


def draw_latents(latent: LatentSpec, count: int, generator: torch.Generator) -> Tensor:
    """Draw `float32 (count, latent.dim)` from the prior, inside its bounds."""
    draw = sample_prior(latent.prior, count, latent.dim, generator)
    if latent.bounds is None:
        return draw
    low, high = latent.bounds
    if latent.prior == "uniform":
        return (draw + 1) / 2 * (high - low) + low
    return draw.clamp(low, high)


def load_bundle(
    path: Path | str,
    *,
    threads: int | None = None,
    engine: EngineWish = "auto",
    digest: str | None = None,
) -> Bundle:
    """Read and verify the bundle in the folder `path`; sessions are made on first use.

    Every file is read once, and what was verified is what is run: a file that changes afterwards
    changes nothing.

    Args:
        path: the folder.
        threads: intra-op threads of each session, Torch's own number by default.
        engine: what runs the networks, see `OnnxNetwork`.
        digest: the digest that the bundle must have, or the first digits of it. Only this tells a
            bundle from one that somebody else has made and sealed.

    Raises:
        BundleError: the folder is no bundle or not the one that was asked for, its manifest is
            unfit, a file is missing or was changed, or a graph is not what it should be.
    """
    path = Path(path)
    manifest = read_manifest(path)
    if digest is not None:
        check_digest(path, manifest, digest)
    files = read_files(path, manifest.files)
    runtime = Runtime.default(threads)
    networks = {
        role: OnnxNetwork(path, network, runtime, files, engine)
        for role, network in manifest.networks.items()
    }
    for network in networks.values():
        network.check()
    arrays = {} if manifest.arrays is None else read_arrays(path, manifest.arrays, files)
    return Bundle(
        path=path,
        manifest=manifest,
        generator=networks["generator"],
        projector=networks.get("projector"),
        features=networks.get("features"),
        discriminator=networks.get("discriminator"),
        arrays=arrays,
    )


def check_digest(path: Path, manifest: Manifest, digest: str) -> None:
    """Raise BundleError unless the bundle's digest begins with `digest`, of 8 digits at least."""
    if len(digest) < _FEWEST_DIGITS or not manifest.digest.startswith(digest.lower()):
        raise BundleError(
            f"{path} is another bundle than the one asked for: its digest is {manifest.digest}."
        )


def read_manifest(path: Path) -> Manifest:
    """The checked manifest of the bundle in the folder `path`, whose files are not looked at.

    Raises:
        BundleError: there is none, or it is unfit.
    """
    file = path / MANIFEST_FILE
    if not path.is_dir():
        raise BundleError(f"{path} is not a bundle: there is no such folder.")
    if not file.is_file():
        raise BundleError(f"{path} is not a bundle: it holds no {MANIFEST_FILE}.")
    if file.stat().st_size > LARGEST_MANIFEST_BYTES:
        raise BundleError(f"{file} is too large for a manifest; take an intact copy of the bundle.")
    return parse_manifest(file.read_bytes(), str(file))
