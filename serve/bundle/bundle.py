"""A bundle on disk, verified and ready to run."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from serve.bundle.files import verify_files
from serve.bundle.manifest import LatentSpec, Manifest, parse_manifest
from serve.bundle.network import OnnxNetwork
from serve.bundle.onnx_files import check_external_locations
from serve.bundle.prior import sample_prior
from serve.bundle.runtime import Runtime
from serve.errors import BundleError

MANIFEST_FILE = "manifest.json"
LARGEST_MANIFEST_BYTES = 16 * 2**20
LARGEST_GRAPH_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Bundle:
    """An exported model: its networks as Torch functions, and what its manifest says.

    `generator` maps latents `float32 (N, latent.dim)` to images `float32 (N, C, S, S)`;
    `features` maps images to `float32 (N, F, h, w)`; both take part in autograd. `projector` maps
    images to latents, without gradient; `discriminator` maps images to scores `(N,)`. A network
    that the bundle lacks is None.
    """

    path: Path
    manifest: Manifest
    generator: OnnxNetwork
    projector: OnnxNetwork | None
    features: OnnxNetwork | None
    discriminator: OnnxNetwork | None

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


def load_bundle(path: Path | str, *, threads: int | None = None) -> Bundle:
    """Read and verify the bundle in the folder `path`; sessions are made on first use.

    `threads` is the number of intra-op threads of each session, Torch's own number by default.

    Raises:
        BundleError: the folder is no bundle, its manifest is unfit, a file is missing or was
            changed, or a graph reads weights from elsewhere.
    """
    path = Path(path)
    manifest = read_manifest(path)
    verify_files(path, manifest.files)
    for network in manifest.networks.values():
        for file in network.graph_files:
            if manifest.files[file].size_bytes > LARGEST_GRAPH_BYTES:
                raise BundleError(f"{path / file} is too large for a graph without its weights.")
            model = (path / file).read_bytes()
            check_external_locations(model, str(path / file), set(manifest.files))
    runtime = Runtime.default(threads)
    networks = {
        role: OnnxNetwork(path, network, runtime) for role, network in manifest.networks.items()
    }
    return Bundle(
        path=path,
        manifest=manifest,
        generator=networks["generator"],
        projector=networks.get("projector"),
        features=networks.get("features"),
        discriminator=networks.get("discriminator"),
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
