"""The Edit document: at once a script, a saved session and what a client holds.

A script is an Edit without the cache; whatever identifies the bundle, the photo or the frame may be
left out of a script written by hand and is filled from what it is run on.
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from serve.errors import EditError
from serve.latent.constraints import Constraint, constraints_from_json
from serve.latent.edit.identity import BundleIdentity, PhotoIdentity
from serve.latent.edit.settings import EditSettings
from serve.latent.edit.states import (
    directions_from_json,
    history_from_json,
    history_to_json,
    pick_to_json,
    picks_from_json,
)
from serve.latent.fields import Fields
from serve.latent.state import DirectionAmount, EditState, LatentValues, Pick
from serve.photo.frame import PhotoFrame

VERSION = 1
LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class LatentCache:
    """What an edit came to: the start and the result, each of the latent's length."""

    z0: LatentValues
    z: LatentValues

    @classmethod
    def of(cls, z0: Tensor, z: Tensor) -> "LatentCache":
        """From two vectors (latent_dim,); float32 survives JSON exactly."""
        return cls(tuple(z0.tolist()), tuple(z.tolist()))

    @classmethod
    def from_json(cls, document: object) -> "LatentCache":
        fields = Fields(document, "cache")
        cache = cls(z0=fields.numbers("z0"), z=fields.numbers("z"))
        fields.close()
        return cache


@dataclass(frozen=True)
class Edit:
    """One edit with one bundle, of one photo or of none.

    Attributes:
        constraints: in force, oldest first, in photo coordinates.
        picks: what was picked between them, see `serve.latent.state.Pick`.
        directions: sliders; they move the present start, and the constraints act on top.
        bundle, frame: None in a script that is yet to be `completed`.
        photo: None there, and in an edit that starts from random latents.
        seed: of random starts.
        settings: how it is carried out.
        past, future: states to go back and forward to, each oldest first.
        cache: z0 and z, which then need not be computed again.
    """

    constraints: tuple[Constraint, ...] = ()
    picks: tuple[Pick, ...] = ()
    directions: tuple[DirectionAmount, ...] = ()
    bundle: BundleIdentity | None = None
    photo: PhotoIdentity | None = None
    frame: PhotoFrame | None = None
    seed: int = 0
    settings: EditSettings = field(default_factory=EditSettings)
    past: tuple[EditState, ...] = ()
    future: tuple[EditState, ...] = ()
    cache: LatentCache | None = None

    @property
    def state(self) -> EditState:
        """What is in force now, with where z is if the cache says so."""
        latents = None if self.cache is None else self.cache.z
        return EditState(self.constraints, self.picks, self.directions, latents)

    def to_json(self) -> dict[str, Any]:
        """What `json.dumps` can write and `edit_from_json` reads back to an equal edit."""
        document: dict[str, Any] = {"version": VERSION}
        if self.bundle is not None:
            document["bundle"] = dataclasses.asdict(self.bundle)
        if self.photo is not None:
            document["photo"] = dataclasses.asdict(self.photo)
        if self.frame is not None:
            document["frame"] = self.frame.to_json()
        document["seed"] = self.seed
        document["constraints"] = [constraint.to_json() for constraint in self.constraints]
        if self.picks:
            document["picks"] = [pick_to_json(pick) for pick in self.picks]
        if self.directions:
            document["directions"] = [dataclasses.asdict(slider) for slider in self.directions]
        document["settings"] = self.settings.to_json()
        if self.past or self.future:
            document["history"] = history_to_json(self.past, self.future)
        if self.cache is not None:
            document["cache"] = {"z0": list(self.cache.z0), "z": list(self.cache.z)}
        return document

    def completed(
        self, bundle: BundleIdentity, photo: PhotoIdentity | None, frame: PhotoFrame
    ) -> "Edit":
        """The same edit with what a script left out.

        Args:
            bundle, photo: what it is about to be run on; no photo for random starts.
            frame: where in the photo, unless the edit says so itself; without a photo it says in
                which coordinates strokes are drawn.

        Raises:
            EditError: the edit was made with another bundle or on another photo, its frame fits
                neither, or its cache does not say what it was computed from.
        """
        self._check_origin(bundle, photo)
        chosen = self.frame or frame
        size = (chosen.photo_width_px, chosen.photo_height_px)
        if photo is not None and size != (photo.width_px, photo.height_px):
            raise EditError(
                f"the edit's 'frame' is for a photo of {chosen.photo_width_px} x "
                f"{chosen.photo_height_px} pixels, but this one has {photo.width_px} x "
                f"{photo.height_px}; remove the key 'frame'."
            )
        if chosen.network_size_px != frame.network_size_px:
            raise EditError(
                f"the edit's 'frame' is for a network of {chosen.network_size_px} pixels, but the "
                f"bundle {bundle.name} has {frame.network_size_px}; remove the key 'frame'."
            )
        return dataclasses.replace(self, bundle=bundle, photo=photo, frame=chosen)

    def _check_origin(self, bundle: BundleIdentity, photo: PhotoIdentity | None) -> None:
        incomplete = self.bundle is None or self.frame is None
        lost_photo = self.photo is None and photo is not None
        if self.cache is not None and (incomplete or lost_photo):
            raise EditError(
                "the edit has a 'cache' but not all of 'bundle', 'photo' and 'frame' that it was "
                "computed from; remove the key 'cache'."
            )
        if self.bundle is not None and self.bundle.digest != bundle.digest:
            raise EditError(
                f"the edit was made with the bundle {self.bundle.name} (digest "
                f"{self.bundle.digest[:12]}), not with {bundle.name} (digest "
                f"{bundle.digest[:12]}); use that bundle, or remove the keys 'bundle', 'history' "
                "and 'cache' to begin anew."
            )
        if self.photo is None:
            return
        if photo is None:
            raise EditError(
                f"the edit was made on a photo (SHA-256 {self.photo.sha256[:12]}); give that photo."
            )
        if self.photo.sha256 != photo.sha256:
            raise EditError(
                f"the edit was made on another photo (SHA-256 {self.photo.sha256[:12]}, this one "
                f"is {photo.sha256[:12]}); give that photo, or remove the keys 'photo', 'frame', "
                "'history' and 'cache' to begin anew."
            )


def edit_from_json(document: object) -> Edit:
    """Read an edit from what `json.loads` gave.

    Raises:
        EditError: naming the key that is missing, unknown or wrong.
    """
    fields = Fields(document, "the edit")
    version = fields.whole("version")
    if version != VERSION:
        raise EditError(
            f"the edit: 'version' is {version}, but this release reads {VERSION}; "
            "use the release that wrote it."
        )
    constraints = constraints_from_json(fields.listing("constraints"))
    picks = fields.listing("picks") if fields.has("picks") else []
    sliders = fields.listing("directions") if fields.has("directions") else []
    past, future = history_from_json(fields.take("history")) if fields.has("history") else ((), ())
    edit = Edit(
        constraints=constraints,
        picks=picks_from_json(picks, len(constraints)),
        directions=directions_from_json(sliders),
        bundle=BundleIdentity.from_json(fields.take("bundle")) if fields.has("bundle") else None,
        photo=PhotoIdentity.from_json(fields.take("photo")) if fields.has("photo") else None,
        frame=PhotoFrame.from_json(fields.take("frame")) if fields.has("frame") else None,
        seed=fields.whole("seed") if fields.has("seed") else 0,
        settings=(
            EditSettings.from_json(fields.take("settings"))
            if fields.has("settings")
            else EditSettings()
        ),
        past=past,
        future=future,
        cache=LatentCache.from_json(fields.take("cache")) if fields.has("cache") else None,
    )
    fields.close()
    if not 0 <= edit.seed <= LARGEST_SEED:
        raise EditError(f"the edit: 'seed' must lie between 0 and 2^63 - 1, not be {edit.seed}.")
    return edit
