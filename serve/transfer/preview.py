"""A quick look at an edit: one flow from the first picture to the last, on a small photo."""

import numpy as np
import numpy.typing as npt

from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.photo.reduction import reduce_photo
from serve.transfer.apply import Change, as_fields
from serve.transfer.canvas import PhotoCanvas
from serve.transfer.carrying import TONE_WINDOWS_PX, tone_map
from serve.transfer.colour import apply_colour_map, identity_colour_map
from serve.transfer.composition import invert_motion
from serve.transfer.flow import frames_to_colours
from serve.transfer.following import FollowedMotion
from serve.transfer.ground import Ground, layer_weights
from serve.transfer.halved import fit_halved_colour_map, halved
from serve.transfer.reach import let_through
from serve.transfer.sampling import pull
from serve.transfer.settings import PREVIEW_SETTINGS, TransferSettings
from serve.transfer.tables import SplineTable

FloatArray = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

HALVED_TONE_WINDOWS_PX = tuple(window_px / 2 for window_px in TONE_WINDOWS_PX)

LEAST_SHARE = np.float32(1e-6)


class EditPreview:
    """Shows an edit on a photo while it moves.

    What does not depend on the moving picture is found once. The flow is estimated in one step, not
    along a path of small ones, so what moves far or turns is matched worse than by `EditTransfer`.
    As a rule it starts from the flow to the picture before: pass the pictures in their order, from
    one thread at a time.

    Args:
        photo: a reduced copy, uint8 without alpha.
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
        self._canvas: tuple[tuple[int, int], PhotoCanvas] | None = None
        self._ground = Ground.of(photo)
        self._weights = self._layer_weights()
        layers = self._weights.swapaxes(0, 1)
        self._table = SplineTable(np.concatenate([self._first, layers], axis=1))
        self._followed = FollowedMotion(self._first, settings)

    def pixels_at(
        self,
        last: npt.NDArray[np.uint8],
        change: Change = "both",
        longest_side_px: int | None = None,
    ) -> Pixels:
        """The photo with the change from the first picture to `last`, uint8 (S, S, C).

        Args:
            longest_side_px: shows a smaller copy of the photo, in less time; None the whole.

        Returns:
            uint8 (H, W, C), C that of the photo, or 3 where colour comes to a grey photo.
        """
        in_colour = change != "shape" and self._first.shape[1] == 3
        if longest_side_px is None:
            longest_side_px = max(self._photo.width_px, self._photo.height_px)
        canvas = self._canvas_of(max(self._photo.channels, 3 if in_colour else 1), longest_side_px)
        if (last == self._first_frame).all():
            return canvas.edited(None, None, None)
        target = frames_to_colours(last[None])
        motion = self._followed.to(target)
        pulled, weights = self._first, self._weights
        if change == "colour":
            target = pull(target, invert_motion(motion))
        else:
            read = self._table.at(motion)
            pulled = read[:, : self._first.shape[1]]
            weights = np.clip(read[0, self._first.shape[1] :, None], 0, 1)
        colours: list[FloatArray | None] = [None, None]
        if change != "shape":
            for layer, recolouring in enumerate(self._recolourings(pulled, target, weights)):
                colours[layer] = as_fields(recolouring, canvas.channels)
        return canvas.edited(None if change == "colour" else self._seen(motion), *colours)

    def _seen(self, motion: FloatArray) -> FloatArray:
        """The motion (2, S, S), exactly 0 where nothing moves."""
        moved = np.hypot(motion[0, 0], motion[0, 1])
        return motion[0] * let_through(moved, self._settings.still_motion_px)

    def _recolourings(
        self, pulled: FloatArray, target: FloatArray, weights: FloatArray
    ) -> FloatArray:
        """The colour map of each layer less the identity, (L, C, C + 1, S / 2, S / 2), exactly 0
        where nothing changes."""
        settings = self._settings
        shares: FloatArray = np.maximum(halved(weights), LEAST_SHARE)
        before: FloatArray = halved(pulled * weights) / shares
        after: FloatArray = halved(target * weights) / shares
        prior = tone_map(before, after, shares, HALVED_TONE_WINDOWS_PX)
        colour_map = fit_halved_colour_map(
            pulled, target, weights, prior, settings.carried_window_px, settings.carried_ridge
        )
        colours = halved(pulled)
        change = colour_map - identity_colour_map(1, *colours.shape[1:])
        recoloured = np.abs(apply_colour_map(change, colours)).max(axis=1)
        for layer, difference in zip(change, recoloured, strict=True):
            layer *= let_through(difference, settings.still_colour)
        return change

    def _canvas_of(self, channels: int, longest_side_px: int) -> PhotoCanvas:
        wanted = channels, longest_side_px
        if self._canvas is None or self._canvas[0] != wanted:
            photo = self._photo if channels == self._photo.channels else self._photo.as_rgb()
            photo, frame = reduce_photo(photo, self._frame, longest_side_px)
            ground = None if self._ground is None else self._ground.on_copy(photo)
            self._canvas = wanted, PhotoCanvas(photo, frame, ground, self._settings.border_px)
        return self._canvas[1]

    def _layer_weights(self) -> FloatArray:
        """Where the things in the photo lie, and its ground if it has one, (L, 1, S, S)."""
        if self._ground is None:
            return np.ones((1, 1, *self._first.shape[2:]), np.float32)
        tolerance = self._settings.ground_tolerance
        on_grid = self._ground.on_grid(self._frame)
        return np.concatenate(layer_weights(on_grid, self._first_frame, tolerance))
