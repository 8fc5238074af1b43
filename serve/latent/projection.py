"""Projection: the latents whose images come closest to photos (Zhu et al. 2016, section 4.1)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from serve.errors import BadInputError, BundleError, PhotoError
from serve.latent.bounds import Bounds
from serve.latent.lbfgs import Limits, Solution, SolverProgress, minimise
from serve.latent.loss import Network, ProjectionLoss, ProjectionTerms, TargetLoss
from serve.photo.pixels import pixels_to_tensor, tensor_to_pixels

if TYPE_CHECKING:
    from serve.bundle import Bundle

Method = Literal["optimisation", "network", "hybrid"]
METHODS: tuple[Method, ...] = get_args(Method)

IMAGES_AT_ONCE = 64
"""Images that pass through the networks together; bounds the memory, not the result."""


@dataclass(frozen=True)
class Projection:
    """Where photos lie on the manifold.

    Attributes:
        method: how they were found.
        latents: float32 (N, latent_dim), inside the bundle's bounds.
        terms: the projection loss of the reconstructions and its parts, each float32 (N,); NaN for
            a photo whose networks gave no finite number.
        reconstructions: G(latents), uint8 (N, H, W, C).
        evaluations: int64 (N,), gradient steps spent on each photo, over all of its starts.
    """

    method: Method
    latents: Tensor
    terms: ProjectionTerms
    reconstructions: npt.NDArray[np.uint8]
    evaluations: Tensor


def project(
    bundle: "Bundle",
    images: npt.NDArray[np.uint8],
    method: Method = "hybrid",
    *,
    starts: int = 1,
    seed: int = 0,
    limits: Limits | None = None,
    callback: Callable[[SolverProgress], None] | None = None,
) -> Projection:
    """Find the latents of photos.

    Args:
        bundle: an exported model.
        images: uint8 (N, H, W, C), of the bundle's size and channels (`PhotoFrame.crop`).
        method: `network` asks the projection network P; `optimisation` minimises the projection
            loss from random starts and keeps the lowest; `hybrid` minimises it from P's answer.
        starts: random starts per photo of `optimisation`.
        seed: of the random starts.
        limits: of the minimiser, the same for `optimisation` and `hybrid`.
        callback: called after each batched evaluation; its rows are start-major, that is row
            `start * N + photo`.

    Raises:
        PhotoError: no image, or images of another type, size or channel count.
        BundleError: the method needs a projection network that the bundle does not have.
        BadInputError: an unknown method, or no start.
    """
    if method not in METHODS:
        raise BadInputError(f"unknown projection method {method!r}; use {', '.join(METHODS)}.")
    if starts < 1:
        raise BadInputError(f"projection needs at least one start, not {starts}.")
    _check_images(bundle, images)
    bounds = Bounds.from_pair(bundle.manifest.latent.bounds)
    targets = pixels_to_tensor(images)
    if method == "optimisation":
        count = len(images)
        first = bundle.sample_latents(starts * count, seed).reshape(starts, count, -1)
    else:
        first = network_latents(_projector(bundle, method), targets, bounds)[None]
    targets = targets.to(first.device)
    loss = ProjectionLoss(bundle.features, bundle.manifest.feature_weight)
    if method == "network":
        latents, evaluations = first[0], torch.zeros(len(images), dtype=torch.int64)
    else:
        target_loss = _against(loss, targets)
        solution = optimise(bundle.generator, target_loss, first, bounds, limits, callback)
        latents, evaluations = lowest(solution, starts=len(first))
    latents = latents.float()
    reconstructions, terms = _reconstruct(bundle.generator, loss, latents, targets)
    return Projection(
        method=method,
        latents=latents.cpu(),
        terms=terms,
        reconstructions=reconstructions,
        evaluations=evaluations.cpu(),
    )


def network_latents(projector: Network, images: Tensor, bounds: Bounds) -> Tensor:
    """P's answer, clipped to the bounds: (N, C, H, W) in [-1, 1] -> (N, latent_dim)."""
    with torch.no_grad():
        return torch.cat([bounds.clamp(projector(part)) for part in images.split(IMAGES_AT_ONCE)])


def optimise(
    generator: Network,
    target_loss: TargetLoss,
    starts: Tensor,
    bounds: Bounds,
    limits: Limits | None = None,
    callback: Callable[[SolverProgress], None] | None = None,
) -> Solution:
    """Minimise the projection loss of N photos from S starts each, all in one batch.

    Args:
        generator: z (M, latent_dim) -> (M, C, H, W), differentiable.
        starts: (S, N, latent_dim).

    Returns:
        The solver's solution of S * N rows, start-major.
    """
    count = starts.shape[1]

    def losses_and_gradients(z: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        losses, gradients = [], []
        for part, part_rows in zip(
            z.split(IMAGES_AT_ONCE), rows.split(IMAGES_AT_ONCE), strict=True
        ):
            latents = part.detach().requires_grad_()
            total = target_loss.rows(part_rows % count)(generator(latents)).total
            losses.append(total.detach())
            gradients.append(torch.autograd.grad(total.sum(), latents)[0])
        return torch.cat(losses), torch.cat(gradients)

    return minimise(losses_and_gradients, starts.flatten(0, 1), bounds, limits, callback)


def lowest(solution: Solution, starts: int) -> tuple[Tensor, Tensor]:
    """The best start of each photo (N, latent_dim), and the evaluations of all its starts (N,)."""
    losses = solution.losses.reshape(starts, -1)
    best = torch.where(losses.isnan(), torch.inf, losses).argmin(0)
    latents = solution.z.reshape(starts, losses.shape[1], -1)
    photos = torch.arange(losses.shape[1], device=best.device)
    return latents[best, photos], solution.evaluations.reshape(starts, -1).sum(0)


def _reconstruct(
    generator: Network, loss: ProjectionLoss, latents: Tensor, targets: Tensor
) -> tuple[npt.NDArray[np.uint8], ProjectionTerms]:
    pictures, terms = [], []
    with torch.no_grad():
        for z, target in zip(
            latents.split(IMAGES_AT_ONCE), targets.split(IMAGES_AT_ONCE), strict=True
        ):
            images = generator(z)
            pictures.append(tensor_to_pixels(images))
            terms.append(loss(images, target))
    return np.concatenate(pictures), ProjectionTerms(
        pixel=torch.cat([part.pixel for part in terms]).cpu(),
        feature=torch.cat([part.feature for part in terms]).cpu(),
        total=torch.cat([part.total for part in terms]).cpu(),
    )


def _against(loss: ProjectionLoss, targets: Tensor) -> TargetLoss:
    if loss.features is None:
        return loss.against(targets)
    with torch.no_grad():
        features = torch.cat([loss.features(part) for part in targets.split(IMAGES_AT_ONCE)])
    return TargetLoss(targets, features, loss.features, loss.feature_weight)


def _projector(bundle: "Bundle", method: Method) -> Network:
    if bundle.projector is None:
        raise BundleError(
            f"the bundle {bundle.manifest.name} has no projection network, which the method "
            f"{method} needs; use the method optimisation, or train one with "
            "`igan train projector` and export again."
        )
    return bundle.projector


def _check_images(bundle: "Bundle", images: npt.NDArray[np.uint8]) -> None:
    size, channels = bundle.manifest.image.size, bundle.manifest.image.channels
    if images.dtype != np.uint8 or images.ndim != 4:
        raise PhotoError(
            f"images to project are uint8 (N, H, W, C), not {images.dtype} {images.shape}; "
            "cut them from a photo with a PhotoFrame."
        )
    if len(images) == 0:
        raise PhotoError("there is no photo to project; give at least one.")
    if images.shape[3] != channels:
        raise PhotoError(
            f"the images have {images.shape[3]} channels but the bundle {bundle.manifest.name} "
            f"makes images with {channels}; convert the photos or use another bundle."
        )
    if images.shape[1:3] != (size, size):
        raise PhotoError(
            f"the images are {images.shape[2]} x {images.shape[1]} pixels but the bundle "
            f"{bundle.manifest.name} needs {size} x {size}; cut them with a PhotoFrame."
        )
