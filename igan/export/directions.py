"""Directions without labels: what a generator varies most, found by drawing from it."""

import json
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional

from igan.errors import BadInputError
from igan.export.resealing import write_resealed
from serve.bundle import read_manifest
from serve.bundle.bundle import draw_latents
from serve.bundle.files import read_files
from serve.bundle.manifest import MANIFEST_FILE, ArraysSpec, LatentSpec
from serve.bundle.network import OnnxNetwork
from serve.latent.directions import SCALES, SHARES, VECTORS, Directions
from serve.staging import staged_folder

DIRECTIONS = 16
ARRAYS_FILE = "arrays.safetensors"
SAMPLES_PER_DIMENSION = 20
"""Pictures drawn for each latent dimension. Of what the regression cannot explain, chance lends
each direction one part in as many as there are pictures: 1/2000 for 100 dimensions."""

SEED = 0
LARGEST_SIDE_PX = 32
"""Pictures are reduced to about this before they are compared: sliders are to change what is seen
at a glance."""

_AT_ONCE = 32

Network = OnnxNetwork | nn.Module


@torch.no_grad()
def principal_directions(
    generator: Network, latent: LatentSpec, count: int = DIRECTIONS, seed: int = SEED
) -> Directions:
    """Find the directions along which pictures change most, and alike wherever one starts.

    GANSpace (Härkönen et al. 2020) takes principal components of a layer's activations and
    regresses them back onto latents. Here the reduced picture itself takes the layer's place, so
    that any generator will do, and the two steps are one: with z from the prior,
    W = argmin E||G(z) - W z - b||^2, and the directions are the right singular vectors of W,
    orthonormal steps in z of the largest mean effect. PCA of z itself would find nothing, since the
    prior has no axes. The feature space C in place of pixels comes to the same directions (on a
    model of shoes cosines above 0.97 for the first seven) at three times the cost.

    Args:
        generator: latents (N, latent.dim) to images (N, C, S, S) in [-1, 1].
        count: how many at most.
        seed: of the draw; the same seed gives the same directions.
    """
    generate = torch.Generator().manual_seed(seed)
    codes = draw_latents(latent, SAMPLES_PER_DIMENSION * latent.dim, generate)
    pictures = torch.cat([_reduced(generator(part)).flatten(1) for part in codes.split(_AT_ONCE)])
    pictures = (pictures - pictures.mean(0)).double()
    offsets = (codes - codes.mean(0)).double()
    weights = torch.linalg.lstsq(offsets, pictures).solution
    variance = float(pictures.square().sum(1).mean())
    strength, vectors = torch.linalg.eigh(weights @ weights.T)
    variances = vectors.square().T @ offsets.var(0)
    shares = strength.clamp(min=0) * variances / max(variance, 1e-12)
    order = shares.argsort(descending=True)[: min(count, latent.dim)]
    return Directions(
        vectors=_with_stated_sign(vectors[:, order].T).float(),
        scales=variances[order].sqrt().float(),
        shares=shares[order].float(),
        names={},
    )


def write_directions(folder: Path, directions: Directions) -> ArraysSpec:
    """Write directions as the arrays of the bundle in `folder`, and say what was written."""
    arrays = {
        VECTORS: directions.vectors.contiguous(),
        SCALES: directions.scales.contiguous(),
        SHARES: directions.shares.contiguous(),
    }
    safetensors.torch.save_file(arrays, folder / ARRAYS_FILE)
    return ArraysSpec(ARRAYS_FILE, {name: tuple(array.shape) for name, array in arrays.items()})


def name_directions(bundle: Path, names: Mapping[int, str], out: Path) -> str:
    """Copy a bundle to the new folder `out` with names for its directions, and return its digest.

    Names that it had stay unless they are given anew; an empty name takes one away. A bundle is
    sealed by its digest, so the copy is another bundle and edits of the first are not edits of it.

    Raises:
        BadInputError: it has no such direction, or two would have the same name.
        BundleError: it is no intact bundle.
        OutputExistsError: `out` exists.
    """
    manifest = read_manifest(bundle)
    files = read_files(bundle, manifest.files)
    spec = manifest.arrays
    if spec is None or VECTORS not in spec.shapes:
        raise BadInputError(f"{bundle} has no directions; export its run again with `igan export`.")
    count = spec.shapes[VECTORS][0]
    for number in names:
        if not 1 <= number <= count:
            raise BadInputError(f"{bundle} has {count} directions, and none is number {number}.")
    named = {**spec.labels.get(VECTORS, {}), **names}
    labels = {number: name for number, name in named.items() if name}
    if len(set(labels.values())) < len(labels):
        raise BadInputError("two directions would have the same name; give each its own.")
    document = json.loads((bundle / MANIFEST_FILE).read_text(encoding="utf-8"))
    document["arrays"]["labels"] = {
        **(document["arrays"].get("labels") or {}),
        VECTORS: {str(number): labels[number] for number in sorted(labels)},
    }
    with staged_folder(out) as folder:
        return write_resealed(folder, files, document)


def _reduced(images: Tensor) -> Tensor:
    return functional.avg_pool2d(images, max(1, images.shape[-1] // LARGEST_SIDE_PX))


def _with_stated_sign(vectors: Tensor) -> Tensor:
    """Rows (K, d) turned so that the largest entry of each is positive."""
    largest = vectors.abs().argmax(1, keepdim=True)
    return vectors * vectors.gather(1, largest).sign()
