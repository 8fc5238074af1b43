"""The pictures of a study: photos, samples, and edits carried to photos in two ways."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

from igan.evaluation.generated_paths import OPTIMISATION_STARTS
from igan.evaluation.generated_pictures import pictures_of_network
from igan.study.conditions import Condition
from igan.study.errors import StudyError
from igan.study.intervals import FEWEST_IN_A_GROUP
from igan.study.photos import StudyPhoto
from serve.bundle import Bundle
from serve.latent import Limits, SolverProgress, project
from serve.latent.path import PAPER_FRAMES, latent_path
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.transfer.apply import Change, EditTransfer

SMALLEST_SIDE_PX, LARGEST_SIDE_PX = 128, 4096
"""Smaller ones would leave the writing of attention checks hard to read."""

EDITS: tuple[tuple[Condition, Change], ...] = (("shape", "shape"), ("shape_colour", "both"))

FrameOf = Callable[[Photo], PhotoFrame]


@dataclass(frozen=True, eq=False)
class StudyPicture:
    """A picture to be judged.

    Attributes:
        source: the photo or latent it was made from.
        pixels: uint8 (side, side, C).
    """

    condition: Condition
    source: str
    pixels: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class MakingSettings:
    """How the pictures of a study are made.

    Attributes:
        count: pictures of each condition.
        side_px: of every picture.
        amount: how far edits go on the way to the projection of another photo, above 0 to 1.
        iterations: limit of the projection.
        seed: which photos, samples and random starts.
    """

    count: int = 100
    side_px: int = 256
    amount: float = 0.5
    iterations: int = 60
    seed: int = 0

    def __post_init__(self) -> None:
        if self.count < FEWEST_IN_A_GROUP:
            raise StudyError(
                f"--count must be at least {FEWEST_IN_A_GROUP}, not {self.count}; fewer pictures "
                "say nothing about others."
            )
        if self.iterations < 1 or self.seed < 0:
            raise StudyError("--iterations must be at least 1, and --seed at least 0.")
        if not SMALLEST_SIDE_PX <= self.side_px <= LARGEST_SIDE_PX:
            raise StudyError(
                f"--side must be from {SMALLEST_SIDE_PX} to {LARGEST_SIDE_PX} pixels, not "
                f"{self.side_px}."
            )
        if not 0 < self.amount <= 1:
            raise StudyError(f"--amount must be above 0 and at most 1, not {self.amount:g}.")


def make_pictures(
    bundle: Bundle,
    photos: Sequence[StudyPhoto],
    frame_of: FrameOf,
    settings: MakingSettings,
    on_projection: Callable[[SolverProgress], None] | None = None,
    on_edit: Callable[[], object] = lambda: None,
) -> list[StudyPicture]:
    """Draw the pictures of a study, `count` of each condition.

    All show the square that the network sees, at one size: photos as they are, samples enlarged
    (Keys' bicubic), and photos to which an edit was carried at their full size. An edit is part of
    the way from the photo's projection to that of another; its shape alone and its shape and colour
    make one picture each. No photo serves both as a real one and for an edit.

    Args:
        photos: twice as many as `count`, at least; more are chosen from at random.
        frame_of: the square of a photo, of the bundle's network size.
        on_projection: called after every step of the solver.
        on_edit: called when an edit is carried.

    Raises:
        StudyError: there are too few photos.
        PhotoError: one of those chosen cannot be read.
    """
    count = settings.count
    if len(photos) < 2 * count:
        raise StudyError(
            f"{count} pictures of each condition take {2 * count} photos (real ones and others to "
            f"be edited), but there are {len(photos)}; give more photos or a lower --count."
        )
    order = np.random.default_rng(settings.seed).permutation(len(photos))
    chosen = [photos[index] for index in order[: 2 * count]]
    shown = [_as_it_is(one, frame_of, bundle, settings.side_px) for one in chosen[:count]]
    edited = _edits(bundle, chosen[count:], frame_of, settings, on_projection, on_edit)
    return [*shown, *_samples(bundle, settings), *edited]


def _as_it_is(one: StudyPhoto, frame_of: FrameOf, bundle: Bundle, side_px: int) -> StudyPicture:
    photo = one.read()
    return StudyPicture("real", one.identity, _shown(photo, frame_of(photo), bundle, side_px))


def _samples(bundle: Bundle, settings: MakingSettings) -> Iterator[StudyPicture]:
    latents = bundle.sample_latents(settings.count, settings.seed)
    for number, sample in enumerate(pictures_of_network(bundle.generator, latents)):
        photo = Photo(sample)
        frame = PhotoFrame.whole(photo, settings.side_px)
        pixels = _shown(photo, frame, bundle, settings.side_px)
        yield StudyPicture("generated", f"latent {number}", pixels)


def _edits(
    bundle: Bundle,
    photos: Sequence[StudyPhoto],
    frame_of: FrameOf,
    settings: MakingSettings,
    on_projection: Callable[[SolverProgress], None] | None,
    on_edit: Callable[[], object],
) -> Iterator[StudyPicture]:
    """Both edits of each photo, towards the next one."""
    latents = _projections(bundle, photos, frame_of, settings, on_projection)
    for one, start, other in zip(photos, latents, latents.roll(-1, 0), strict=True):
        photo = one.read()
        frame = frame_of(photo)
        path = latent_path(start, start + settings.amount * (other - start), PAPER_FRAMES)
        transfer = EditTransfer(photo, frame, pictures_of_network(bundle.generator, path))
        for condition, change in EDITS:
            carried = transfer.photo_at(1.0, change)
            pixels = _shown(carried, frame, bundle, settings.side_px)
            yield StudyPicture(condition, one.identity, pixels)
        on_edit()


def _projections(
    bundle: Bundle,
    photos: Sequence[StudyPhoto],
    frame_of: FrameOf,
    settings: MakingSettings,
    on_projection: Callable[[SolverProgress], None] | None,
) -> Tensor:
    """Latents (N, latent_dim), hybrid where the bundle has a projection network."""
    crops = []
    for one in photos:
        photo = one.read()
        crops.append(frame_of(photo).picture(photo, bundle.manifest.image.channels))
    return project(
        bundle,
        np.stack(crops),
        "optimisation" if bundle.projector is None else "hybrid",
        starts=OPTIMISATION_STARTS,
        seed=settings.seed,
        limits=Limits(iterations=settings.iterations),
        callback=on_projection,
    ).latents


def _shown(photo: Photo, frame: PhotoFrame, bundle: Bundle, side_px: int) -> npt.NDArray[np.uint8]:
    square = dataclasses.replace(frame, network_size_px=side_px)
    return square.picture(photo, bundle.manifest.image.channels)
