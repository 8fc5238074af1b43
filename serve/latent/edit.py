"""The Edit document: at once a script, a saved session and what a client holds.

A script is an Edit without the cache; whatever identifies the bundle, the photo or the frame may be
left out of a script written by hand and is filled from what it is run on. `EXAMPLE` is a whole one.
"""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from serve.errors import EditError
from serve.latent.constraints import Constraint, constraints_from_json
from serve.latent.editor import LEARNING_RATE
from serve.latent.fields import Fields
from serve.latent.objective import ObjectiveWeights
from serve.latent.path import PAPER_FRAMES
from serve.latent.projection import METHODS, Method
from serve.photo.frame import PhotoFrame
from serve.staging import staged_file

VERSION = 1

EXAMPLE = """\
{
  "version": 1,
  "constraints": [
    {
      "brush": "colour",
      "points": [[60, 170], [110, 180], [160, 200]],
      "colour": [190, 30, 40],
      "width_px": 24
    }
  ]
}
"""
"""The smallest script: one red stroke, in pixels of the photo, on whatever photo it is run on."""


@dataclass(frozen=True)
class BundleIdentity:
    """Which exported model an edit belongs to: its name and the SHA-256 of its manifest."""

    name: str
    digest: str


@dataclass(frozen=True)
class PhotoIdentity:
    """Which photo an edit belongs to: the SHA-256 of its file and its upright size."""

    sha256: str
    width_px: int
    height_px: int


@dataclass(frozen=True)
class EditSettings:
    """How an edit is carried out.

    Attributes:
        method: of the projection that finds z0.
        iterations: limit of that projection.
        colour_weight, smoothness_weight: see `ObjectiveWeights`.
        learning_rate: of the latent editor.
        steps: limit of the latent editor.
        frames: N of the path from z0 to z.

    Raises:
        EditError: a setting is out of its range.
    """

    method: Method = "hybrid"
    iterations: int = 200
    colour_weight: float = ObjectiveWeights.colour
    smoothness_weight: float = ObjectiveWeights.smoothness
    learning_rate: float = LEARNING_RATE
    steps: int = 200
    frames: int = PAPER_FRAMES

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise EditError(
                f"settings: unknown 'method' {self.method!r}; use {', '.join(METHODS)}."
            )
        for key, least, most in (
            ("iterations", 1, 10_000),
            ("colour_weight", 0, 1e6),
            ("smoothness_weight", 0, 1e6),
            ("learning_rate", 1e-6, 10),
            ("steps", 1, 100_000),
            ("frames", 1, 1_000),
        ):
            if not least <= getattr(self, key) <= most:
                raise EditError(
                    f"settings: {key!r} must lie between {least:g} and {most:g}, "
                    f"not be {getattr(self, key):g}."
                )

    @property
    def weights(self) -> ObjectiveWeights:
        return ObjectiveWeights(colour=self.colour_weight, smoothness=self.smoothness_weight)


@dataclass(frozen=True)
class LatentCache:
    """What an edit came to: the start and the result, each of the latent's length."""

    z0: tuple[float, ...]
    z: tuple[float, ...]

    @classmethod
    def of(cls, z0: Tensor, z: Tensor) -> "LatentCache":
        """From two vectors (latent_dim,); float32 survives JSON exactly."""
        return cls(tuple(z0.tolist()), tuple(z.tolist()))


@dataclass(frozen=True)
class Edit:
    """One edit of one photo with one bundle.

    Attributes:
        constraints: oldest first, in photo coordinates.
        bundle, photo, frame: None in a script that is yet to be `completed`.
        seed: of random starts.
        cache: z0 and z, which then need not be computed again.
    """

    constraints: tuple[Constraint, ...]
    bundle: BundleIdentity | None = None
    photo: PhotoIdentity | None = None
    frame: PhotoFrame | None = None
    seed: int = 0
    settings: EditSettings = EditSettings()
    cache: LatentCache | None = None

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
        document["settings"] = dataclasses.asdict(self.settings)
        if self.cache is not None:
            document["cache"] = {"z0": list(self.cache.z0), "z": list(self.cache.z)}
        return document

    def completed(self, bundle: BundleIdentity, photo: PhotoIdentity, frame: PhotoFrame) -> "Edit":
        """The same edit with what a script left out.

        Args:
            bundle, photo: what it is about to be run on.
            frame: where in the photo, unless the edit says so itself.

        Raises:
            EditError: the edit was made with another bundle or on another photo, its frame fits
                neither, or its cache does not say what it was computed from.
        """
        if self.cache is not None and None in (self.bundle, self.photo, self.frame):
            raise EditError(
                "the edit has a 'cache' but not all of 'bundle', 'photo' and 'frame' that it was "
                "computed from; remove the key 'cache'."
            )
        if self.bundle is not None and self.bundle.digest != bundle.digest:
            raise EditError(
                f"the edit was made with the bundle {self.bundle.name} (digest "
                f"{self.bundle.digest[:12]}), not with {bundle.name} (digest "
                f"{bundle.digest[:12]}); use that bundle, or remove the key 'bundle' and 'cache' "
                "to begin anew."
            )
        if self.photo is not None and self.photo.sha256 != photo.sha256:
            raise EditError(
                f"the edit was made on another photo (SHA-256 {self.photo.sha256[:12]}, this one "
                f"is {photo.sha256[:12]}); give that photo, or remove the keys 'photo', 'frame' "
                "and 'cache' to begin anew."
            )
        chosen = self.frame or frame
        if (chosen.photo_width_px, chosen.photo_height_px) != (photo.width_px, photo.height_px):
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
    edit = Edit(
        constraints=constraints_from_json(fields.listing("constraints")),
        bundle=_bundle(fields.take("bundle")) if fields.has("bundle") else None,
        photo=_photo(fields.take("photo")) if fields.has("photo") else None,
        frame=PhotoFrame.from_json(fields.take("frame")) if fields.has("frame") else None,
        seed=fields.whole("seed") if fields.has("seed") else 0,
        settings=_settings(fields.take("settings")) if fields.has("settings") else EditSettings(),
        cache=_cache(fields.take("cache")) if fields.has("cache") else None,
    )
    fields.close()
    return edit


def parse_edit(text: str, name: str = "the edit") -> Edit:
    """Read an edit from JSON text; `name` is what a sentence calls it.

    Raises:
        EditError: the text is not JSON, or see `edit_from_json`.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise EditError(
            f"{name} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise EditError(f"{name} is nested too deeply to be an edit.") from None
    return edit_from_json(document)


def read_edit(path: Path) -> Edit:
    """Read an edit from a JSON file.

    Raises:
        EditError: the file cannot be read, or see `parse_edit`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise EditError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise EditError(f"{path} is not a text file; give an edit script in JSON.") from None
    return parse_edit(text, str(path))


def write_edit(edit: Edit, path: Path) -> None:
    """Write an edit as JSON, whole or not at all."""
    with staged_file(path) as staged:
        staged.write_text(json.dumps(edit.to_json(), indent=2) + "\n", encoding="utf-8")


def _bundle(document: object) -> BundleIdentity:
    fields = Fields(document, "bundle")
    bundle = BundleIdentity(name=fields.text("name"), digest=fields.text("digest"))
    fields.close()
    return bundle


def _photo(document: object) -> PhotoIdentity:
    fields = Fields(document, "photo")
    photo = PhotoIdentity(
        sha256=fields.text("sha256"),
        width_px=fields.whole("width_px"),
        height_px=fields.whole("height_px"),
    )
    fields.close()
    return photo


def _settings(document: object) -> EditSettings:
    fields = Fields(document, "settings")
    given: dict[str, Any] = {}
    for field in dataclasses.fields(EditSettings):
        if fields.has(field.name):
            readers = {str: fields.text, int: fields.whole, float: fields.number}
            given[field.name] = readers[type(field.default)](field.name)
    fields.close()
    return EditSettings(**given)


def _cache(document: object) -> LatentCache:
    fields = Fields(document, "cache")
    cache = LatentCache(z0=fields.numbers("z0"), z=fields.numbers("z"))
    fields.close()
    return cache
