"""Carrying an edit to the original photo at its full size (the paper, section 4.3)."""

import dataclasses
from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from serve.errors import BadInputError
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.transfer.composition import anchor, concatenate
from serve.transfer.flow import estimate_neighbour_flow, frames_to_colours
from serve.transfer.ground import Ground, layer_weights
from serve.transfer.layer import LayerEdit
from serve.transfer.settings import TransferSettings
from serve.transfer.tiles import PhotoEdit

FloatArray = npt.NDArray[np.float32]
Change = Literal["both", "shape", "colour"]
Progress = Callable[[float], object]


class EditTransfer:
    """One edit of one photo, ready to be shown at any position on its path."""

    def __init__(
        self,
        photo: Photo,
        frame: PhotoFrame,
        frames: npt.NDArray[np.uint8],
        settings: TransferSettings | None = None,
        on_progress: Progress = lambda share: None,
    ) -> None:
        """Estimate the motion and colour flow of an edit.

        Args:
            photo: the original.
            frame: where in the photo the network's square lies.
            frames: uint8 (T, S, S, C) from G(z0) to G(z1), T at least 2, C 1 or 3.
            settings: weights; None takes the defaults.
            on_progress: gets the share of the estimation that is done; what it raises ends it.

        Raises:
            BadInputError: photo, frame and frames do not belong together.
        """
        _check(photo, frame, frames)
        self._photo = photo
        self._frame = frame
        self._settings = settings or TransferSettings()
        self._network_channels = frames.shape[3]
        self._changes_nothing = bool((frames == frames[:1]).all())
        if self._changes_nothing:
            return
        colours = frames_to_colours(frames)
        self._neighbours = estimate_neighbour_flow(frames, self._settings)
        on_progress(0.6)
        from_first = anchor(concatenate(self._neighbours), colours, self._settings)
        on_progress(0.75)
        motion = from_first.flow_target_to_source
        self._ground = Ground.of(photo)
        self._ground_edit = None
        things = np.ones((1, 1, *colours.shape[2:]), dtype=np.float32)
        if self._ground is not None:
            things, ground = layer_weights(
                self._ground.on_grid(frame), frames[0], self._settings.ground_tolerance
            )
            self._ground_edit = LayerEdit.fit(colours, motion, ground, self._settings)
            on_progress(0.9)
        self._things = LayerEdit.fit(colours, motion, things, self._settings)
        on_progress(1.0)

    def photo_at(
        self,
        position: float,
        change: Change = "both",
        on_progress: Progress = lambda share: None,
    ) -> Photo:
        """Return the photo with the edit at a position on its path, in its full size and bit depth.

        Args:
            position: 0 for the photo as it was, 1 for the whole edit.
            change: carry "shape" or "colour" alone, or "both".
            on_progress: gets the share of the photo that is done; what it raises ends the work.

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
        photo = self._photo
        if change != "shape" and self._network_channels == 3:
            photo = photo.as_rgb()
        pixels, alpha = self.edit_at(position, change, photo.channels).apply(
            photo.pixels, photo.alpha, on_progress
        )
        return dataclasses.replace(photo, pixels=pixels, alpha=alpha)

    def changed_mask(self, edited: Photo) -> npt.NDArray[np.uint8]:
        """Mark the pixels in which an edited photo differs from the original.

        Args:
            edited: from `photo_at`.

        Returns:
            uint8 (H, W), 255 where colour or alpha changed by any amount, else 0.
        """
        original = self._photo
        if edited is original:
            return np.zeros(original.pixels.shape[:2], dtype=np.uint8)
        changed = (edited.pixels != original.pixels).any(axis=2)
        if edited.alpha is not None and original.alpha is not None:
            changed |= edited.alpha != original.alpha
        return changed.astype(np.uint8) * np.uint8(255)

    def edit_at(self, position: float, change: Change, channels: int) -> PhotoEdit:
        """The edit at a position above 0 of its path, for a photo of so many channels."""
        flow_px = None
        colours: list[FloatArray | None] = []
        for layer in (self._things, self._ground_edit):
            if layer is None:
                colours.append(None)
            elif change == "colour":
                colours.append(as_fields(layer.in_place_at(position), channels))
            else:
                motion, colour = layer.moved_at(self._neighbours, position)
                flow_px = motion * np.array(self._frame.scale_xy, np.float32)[:, None, None]
                colours.append(None if change == "shape" else as_fields(colour, channels))
        things, ground = colours
        return PhotoEdit(
            frame=self._frame,
            flow_target_to_source_px=flow_px,
            colour_change=things,
            ground=self._ground,
            ground_colour_change=ground,
            border_px=self._settings.border_px,
        )


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


def as_fields(change: FloatArray, channels: int) -> FloatArray:
    """Flatten the change of a colour map to fields, for a photo of so many channels."""
    if channels > change.shape[0]:
        change = _same_for_each_channel(change, channels)
    return change.reshape(-1, *change.shape[2:])


def _same_for_each_channel(change: FloatArray, channels: int) -> FloatArray:
    """Spread the change of a one-channel map, (1, 2, H, W), to each channel by itself."""
    spread = np.zeros((channels, channels + 1, *change.shape[2:]), dtype=np.float32)
    for channel in range(channels):
        spread[channel, channel] = change[0, 0]
        spread[channel, channels] = change[0, 1]
    return spread
