"""A quick look at an edit: one flow from the first picture to the last, on a small photo."""

import numpy as np
import numpy.typing as npt

from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.transfer.apply import Change, as_fields
from serve.transfer.canvas import PhotoCanvas
from serve.transfer.carrying import carried_colour_map
from serve.transfer.colour import apply_colour_map, identity_colour_map
from serve.transfer.composition import invert_motion
from serve.transfer.flow import (
    MotionColourFlow,
    corrected_flow,
    estimate_flow,
    frames_to_colours,
)
from serve.transfer.ground import Ground, layer_weights
from serve.transfer.reach import let_through
from serve.transfer.sampling import pull
from serve.transfer.settings import PREVIEW_SETTINGS, TransferSettings

FloatArray = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

LARGEST_CORRECTED = 0.03
"""A picture that differs by more than this share of the range from the one before, in the mean, is
matched from coarse to fine; any other by a correction of the flow before."""


class EditPreview:
    """Shows an edit on a photo while it moves.

    What does not depend on the moving picture is found once. The flow is estimated in one step, not
    along a path of small ones, so what moves far or turns is matched worse than by `EditTransfer`.
    As a rule it starts from the flow to the picture before: pass the pictures in their order, from
    one thread at a time.

    Args:
        photo: a reduced copy, uint8 without alpha; the time goes up with its pixels.
        frame: where in it the network's square lies.
        first: G(z0), uint8 (S, S, C).
    """

    def __init__(
        self,
        photo: Photo,
        frame: PhotoFrame,
        first: npt.NDArray[np.uint8],
        settings: TransferSettings = PREVIEW_SETTINGS,
    ) -> None:
        self._photo, self._frame, self._settings = photo, frame, settings
        self._first_frame = first
        self._first = frames_to_colours(first[None])
        self._canvases: dict[int, PhotoCanvas] = {}
        self._before: tuple[FloatArray, MotionColourFlow] | None = None
        self._ground = Ground.of(photo)
        self._layers = self._layer_weights()

    def pixels_at(self, last: npt.NDArray[np.uint8], change: Change = "both") -> Pixels:
        """The photo with the change from the first picture to `last`, uint8 (S, S, C).

        Returns:
            uint8 (H, W, C), C that of the photo, or 3 where colour comes to a grey photo.
        """
        in_colour = change != "shape" and self._first.shape[1] == 3
        canvas = self._canvas_of(max(self._photo.channels, 3 if in_colour else 1))
        if (last == self._first_frame).all():
            return canvas.edited(None, None, None)
        target = frames_to_colours(last[None])
        motion = self._motion_to(target)
        pulled, weights = self._first, self._layers
        if change == "colour":
            target = pull(target, invert_motion(motion))
        else:
            pulled = pull(self._first, motion)
            weights = [np.clip(pull(weight, motion), 0, 1) for weight in self._layers]
        colours: list[FloatArray | None] = [None, None]
        if change != "shape":
            for layer, weight in enumerate(weights):
                colours[layer] = as_fields(
                    self._recolouring(pulled, target, weight), canvas.channels
                )
        return canvas.edited(None if change == "colour" else self._in_photo_px(motion), *colours)

    def _motion_to(self, target: FloatArray) -> FloatArray:
        """(1, 2, S, S), target to source."""
        if self._before is None or _apart(target, self._before[0]) > LARGEST_CORRECTED:
            flow = estimate_flow(self._first, target, self._settings)
        else:
            flow = corrected_flow(self._first, target, self._before[1], self._settings)
        self._before = target, flow
        return flow.flow_target_to_source

    def _in_photo_px(self, motion: FloatArray) -> FloatArray:
        """The motion in pixels of the photo, (2, S, S), exactly 0 where nothing moves."""
        moved = np.hypot(motion[0, 0], motion[0, 1])
        scale = np.array(self._frame.scale_xy, np.float32)[:, None, None]
        return motion[0] * let_through(moved, self._settings.still_motion_px) * scale

    def _recolouring(
        self, pulled: FloatArray, target: FloatArray, weight: FloatArray
    ) -> FloatArray:
        """The colour map less the identity, (C, C + 1, S, S), exactly 0 where nothing changes."""
        settings = self._settings
        colour_map = carried_colour_map(
            pulled, target, weight, settings.carried_window_px, settings.carried_ridge
        )
        changed = np.abs(apply_colour_map(colour_map, pulled) - pulled)[0].max(axis=0)
        change = colour_map - identity_colour_map(*pulled.shape)
        return change[0] * let_through(changed, settings.still_colour)

    def _canvas_of(self, channels: int) -> PhotoCanvas:
        if channels not in self._canvases:
            photo = self._photo if channels == self._photo.channels else self._photo.as_rgb()
            self._canvases[channels] = PhotoCanvas(
                photo, self._frame, self._ground, self._settings.border_px
            )
        return self._canvases[channels]

    def _layer_weights(self) -> list[FloatArray]:
        """Where the things in the photo lie, and its ground if it has one, (1, 1, S, S) each."""
        if self._ground is None:
            return [np.ones((1, 1, *self._first.shape[2:]), np.float32)]
        tolerance = self._settings.ground_tolerance
        on_grid = self._ground.on_grid(self._frame)
        return list(layer_weights(on_grid, self._first_frame, tolerance))


def _apart(one: FloatArray, other: FloatArray) -> float:
    return float(np.abs(one - other).mean())
