"""The models that a service edits with: bundles, and what sessions need of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from serve.bundle import Bundle, load_bundle
from serve.errors import BadInputError, EditError
from serve.latent import (
    Bounds,
    BundleIdentity,
    EditModel,
    Method,
    ProjectionLoss,
    project,
    psnr_db,
)
from serve.latent.category import HeldOutLosses
from serve.latent.placing import find_frame
from serve.latent.ssim import ssim
from serve.photo.frame import Box, PhotoFrame
from serve.photo.photo import Photo
from serve.photo.pixels import pixels_to_tensor, tensor_to_pixels
from serve.transfer.steps import drawn_in_needed_steps

WARM_UP_BATCH = 8
"""Batches from this size on may run in a form of their own, which is made on first use."""

FrameWish = str | Box
"""Which square of a photo: "centre", "whole", "found", or the box itself."""


@dataclass(frozen=True)
class Reconstruction:
    """How well a model shows a photo.

    Attributes:
        loss: the projection loss.
        psnr_db, ssim: of G(z0) against the photo through its frame.
    """

    loss: float
    psnr_db: float
    ssim: float


class ServedModel:
    """A bundle as sessions need it. All of its files were read and verified; none is needed again.

    Attributes:
        name: by which it is asked for.
        bundle: the model.
        edit_model: what all sessions on it step with.
    """

    def __init__(self, bundle: Bundle, name: str | None = None) -> None:
        self.bundle = bundle
        self.name = name or bundle.manifest.name
        self.bounds = Bounds.from_pair(bundle.manifest.latent.bounds)
        self.edit_model = EditModel.of(bundle)

    @property
    def identity(self) -> BundleIdentity:
        return BundleIdentity(self.bundle.manifest.name, self.bundle.digest)

    @property
    def image_size_px(self) -> int:
        return self.bundle.manifest.image.size

    @property
    def channels(self) -> int:
        return self.bundle.manifest.image.channels

    @property
    def default_method(self) -> Method:
        """The best projection that the bundle can do."""
        return "optimisation" if self.bundle.projector is None else "hybrid"

    @cached_property
    def held_out(self) -> HeldOutLosses | None:
        """By which it can tell foreign photos; None where it cannot."""
        return None if self.bundle.projector is None else HeldOutLosses.of(self.bundle.manifest)

    def warm_up(self) -> None:
        """Run what a first stroke would otherwise wait for."""
        for count in (1, WARM_UP_BATCH):
            latents = torch.zeros(count, self.bundle.manifest.latent.dim).requires_grad_()
            torch.autograd.grad(self.bundle.generator(latents).sum(), latents)

    def describe(self) -> dict[str, Any]:
        """What is said about it, as JSON."""
        manifest, directions = self.bundle.manifest, self.edit_model.directions
        names = {} if directions is None else directions.names
        count = 0 if directions is None else len(directions)
        return {
            "name": self.name,
            "digest": self.bundle.digest,
            "image_size_px": self.image_size_px,
            "channels": self.channels,
            "latent_dim": manifest.latent.dim,
            "has_projector": self.bundle.projector is not None,
            "has_realism": self.edit_model.score is not None,
            "can_say_foreign": self.held_out is not None,
            "directions": [
                {"number": number, "name": names.get(number)} for number in range(1, count + 1)
            ],
        }

    def frame_of(self, photo: Photo, wish: FrameWish) -> PhotoFrame:
        """The square of a photo that is asked for.

        Raises:
            EditError: a box that is none.
            BundleError: "found" of a bundle without a projection network.
        """
        if wish == "found":
            return find_frame(self.bundle, photo).frame
        if wish == "centre":
            return PhotoFrame.centre_square(photo, self.image_size_px)
        if wish == "whole":
            return PhotoFrame.whole(photo, self.image_size_px)
        if isinstance(wish, str):
            raise EditError(f"the frame {wish!r} is unknown; use centre, whole, found or a box.")
        return PhotoFrame.box(photo, self.image_size_px, wish)

    def canvas_frame(self) -> PhotoFrame:
        """Where strokes lie in an edit without a photo: on the network's square."""
        size = self.image_size_px
        return PhotoFrame(size, size, (0.0, 0.0, float(size), float(size)), size)

    def reconstruction(self, z0: Sequence[float], picture: npt.NDArray[np.uint8]) -> Reconstruction:
        """How well G(z0) shows the picture, uint8 (S, S, C), that z0 is of."""
        images = self.images(self.latent(z0)[None])
        loss = ProjectionLoss(self.bundle.features, self.bundle.manifest.feature_weight)
        with torch.no_grad():
            terms = loss(images, pixels_to_tensor(picture[None]))
        shown = tensor_to_pixels(images)
        return Reconstruction(
            loss=float(terms.total[0]),
            psnr_db=float(psnr_db(shown, picture[None])[0]),
            ssim=float(ssim(shown, picture[None])[0]),
        )

    def foreign(self, picture: npt.NDArray[np.uint8]) -> str | None:
        """A sentence if this picture is none of the model's kind; None if nobody can tell, too."""
        if self.held_out is None:
            return None
        loss = float(project(self.bundle, picture[None], "network").terms.total[0])
        verdict = self.held_out.verdict(loss)
        return None if verdict.belongs else verdict.sentence

    def latent(self, values: Sequence[float]) -> Tensor:
        """A latent of a document as a vector (latent_dim,)."""
        return torch.tensor(values, dtype=torch.float32)

    def images(self, latents: Tensor) -> Tensor:
        """G(latents), without gradient."""
        with torch.no_grad():
            return self.bundle.generator(latents)

    def path_frames(
        self, latents_of: Callable[[int], Tensor], least_steps: int
    ) -> npt.NDArray[np.uint8]:
        """Draw a path in as many steps as its motion needs: uint8 (T, S, S, C).

        Args:
            latents_of: the path in so many steps, (steps + 1, latent_dim).
        """
        return drawn_in_needed_steps(
            lambda steps: tensor_to_pixels(self.images(latents_of(steps))), least_steps
        )


class Models(Mapping[str, ServedModel]):
    """The models of a service, by name, in the order given."""

    def __init__(self, models: Sequence[ServedModel]) -> None:
        self._models = {model.name: model for model in models}
        if len(self._models) < len(models):
            names = ", ".join(model.name for model in models)
            raise BadInputError(f"two bundles have the same name among {names}; rename a folder.")

    @classmethod
    def load(cls, folders: Sequence[Path], threads: int | None = None) -> "Models":
        """Read and verify bundles; of those with one name, the folders' names tell them apart.

        Raises:
            BundleError: a folder is no bundle.
            BadInputError: two have the same name.
        """
        bundles = [load_bundle(folder, threads=threads, engine="quick") for folder in folders]
        names = [bundle.manifest.name for bundle in bundles]
        return cls(
            [
                ServedModel(bundle, name if names.count(name) == 1 else folder.name)
                for bundle, name, folder in zip(bundles, names, folders, strict=True)
            ]
        )

    def __getitem__(self, name: str) -> ServedModel:
        return self._models[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)

    def named(self, name: str) -> ServedModel:
        """The model of this name.

        Raises:
            EditError: there is none.
        """
        if name not in self._models:
            raise EditError(
                f"there is no model {name[:80]!r} here; the models are {', '.join(self._models)}."
            )
        return self._models[name]

    def of(self, identity: BundleIdentity | None, name: str | None = None) -> ServedModel:
        """The model that an edit was made with; by name where the edit does not say.

        Raises:
            EditError: it is not here.
        """
        if identity is None:
            return self.named(name or "")
        for model in self._models.values():
            if model.bundle.digest == identity.digest:
                return model
        raise EditError(
            f"the edit was made with the bundle {identity.name} (digest {identity.digest[:12]}), "
            "which is not served here; serve it too, or begin anew."
        )

    def describe(self) -> list[dict[str, Any]]:
        return [model.describe() for model in self._models.values()]
