"""Carrying an edit to the original photo at its full size (the paper, section 4.3)."""

import dataclasses
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from serve.errors import BadInputError
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.transfer.colour import identity_colour_map
from serve.transfer.composition import (
    anchor_colours,
    concatenate,
    flow_at_position,
    invert_motion,
)
from serve.transfer.flow import MotionColourFlow, estimate_neighbour_flow, frames_to_colours
from serve.transfer.reach import EditReach, find_reach
from serve.transfer.sampling import pull
from serve.transfer.settings import TransferSettings
from serve.transfer.tiles import PhotoColour, PhotoEdit, PhotoMotion
from serve.transfer.upsampling import fit_guided_field

FloatArray = npt.NDArray[np.float32]
Change = Literal["both", "shape", "colour"]


class EditTransfer:
    """One edit of one photo, ready to be shown at any position on its path."""

    def __init__(
        self,
        photo: Photo,
        frame: PhotoFrame,
        frames: npt.NDArray[np.uint8],
        settings: TransferSettings | None = None,
    ) -> None:
        """Estimate the motion and colour flow of an edit.

        Args:
            photo: the original.
            frame: where in the photo the network's square lies.
            frames: uint8 (T, S, S, C) from G(z0) to G(z1), T at least 2, C 1 or 3.
            settings: weights; None takes the defaults.

        Raises:
            BadInputError: photo, frame and frames do not belong together.
        """
        _check(photo, frame, frames)
        self._photo = photo
        self._frame = frame
        self._settings = settings or TransferSettings()
        self._changes_nothing = bool((frames == frames[:1]).all())
        if self._changes_nothing:
            return
        colours = frames_to_colours(frames)
        self._neighbours = estimate_neighbour_flow(frames, self._settings)
        self._from_first = anchor_colours(concatenate(self._neighbours), colours, self._settings)
        self._reach = find_reach(self._from_first[-1:], colours[:1], self._settings)

    def photo_at(self, position: float, change: Change = "both") -> Photo:
        """Return the photo with the edit at a position on its path, in its full size and bit depth.

        Args:
            position: 0 for the photo as it was, 1 for the whole edit.
            change: carry "shape" or "colour" alone, or "both".

        Returns:
            The photo with new pixels (and alpha, which moves along). At position 0, and when all
            frames are alike, it is the original itself. A grey photo whose edit brings colour
            becomes RGB.

        Raises:
            BadInputError: the position is outside [0, 1] or the change is unknown.
        """
        if not 0 <= position <= 1:
            raise BadInputError(f"The amount {position:g} is not between 0 and 1; choose another.")
        if change not in get_args(Change):
            known = ", ".join(get_args(Change))
            raise BadInputError(f"The change {change!r} is unknown; use one of {known}.")
        if self._changes_nothing or position == 0:
            return self._photo
        flow = flow_at_position(self._neighbours, self._from_first, position)
        photo = self._photo
        if change != "shape" and flow.channels == 3:
            photo = photo.as_rgb()
        edit = PhotoEdit(
            frame=self._frame,
            motion=None if change == "colour" else _photo_motion(self._frame, flow, self._reach),
            colour=None if change == "shape" else self._photo_colour(photo, flow),
            border_px=self._settings.border_px,
        )
        pixels, alpha = edit.apply(photo.pixels, photo.alpha)
        return dataclasses.replace(photo, pixels=pixels, alpha=alpha)

    def _photo_colour(self, photo: Photo, flow: MotionColourFlow) -> PhotoColour:
        change = _colour_change_on_source(flow)
        if photo.channels > flow.channels:
            change = _same_for_each_channel(change, photo.channels)
        size = change.shape[-2:]
        guide = frames_to_colours(self._frame.crop(photo.as_uint8(photo.channels))[None])[0]
        guided = fit_guided_field(
            change.reshape(-1, *size),
            guide,
            self._settings.guide_radius_px,
            self._settings.guide_ridge,
        )
        return PhotoColour(guided, self._reach.colour)


def transfer_edit(
    photo: Photo,
    frame: PhotoFrame,
    frames: npt.NDArray[np.uint8],
    settings: TransferSettings | None = None,
    position: float = 1.0,
    change: Change = "both",
) -> Photo:
    """Carry an edit to a photo: `EditTransfer` for one position on the path."""
    return EditTransfer(photo, frame, frames, settings).photo_at(position, change)


def _check(photo: Photo, frame: PhotoFrame, frames: npt.NDArray[np.uint8]) -> None:
    if (frame.photo_width_px, frame.photo_height_px) != (photo.width_px, photo.height_px):
        raise BadInputError(
            f"The frame belongs to a photo of {frame.photo_width_px} x {frame.photo_height_px} "
            f"pixels, not of {photo.width_px} x {photo.height_px}; give the photo it was made for."
        )
    size = frame.network_size_px
    if frames.ndim != 4 or frames.shape[1:3] != (size, size) or len(frames) < 2:
        raise BadInputError(
            f"An edit needs two or more frames of {size} x {size} pixels, but has frames of shape "
            f"{frames.shape}; give those of the network that the photo's frame was made for."
        )


def _photo_motion(frame: PhotoFrame, flow: MotionColourFlow, reach: EditReach) -> PhotoMotion:
    motion = flow.flow_target_to_source[0]
    scale = np.array(frame.scale_xy, dtype=np.float32)[:, None, None]
    return PhotoMotion(motion * scale, reach.motion_at_target(motion))


def _colour_change_on_source(flow: MotionColourFlow) -> FloatArray:
    """The colour map less the identity, pulled back to where the source lies: (C, C + 1, H, W)."""
    shape = flow.colour_map.shape
    change = flow.colour_map - identity_colour_map(1, flow.channels, *shape[3:])
    inverse = invert_motion(flow.flow_target_to_source)
    return pull(change.reshape(1, -1, *shape[3:]), inverse).reshape(shape[1:])


def _same_for_each_channel(change: FloatArray, channels: int) -> FloatArray:
    """Spread the change of a one-channel map, (1, 2, H, W), to each channel by itself."""
    spread = np.zeros((channels, channels + 1, *change.shape[2:]), dtype=np.float32)
    for channel in range(channels):
        spread[channel, channel] = change[0, 0]
        spread[channel, channels] = change[0, 1]
    return spread
