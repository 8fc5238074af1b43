"""The motion from one picture to another that moves on, found again for each of its states."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from serve.transfer.colour import identity_colour_map
from serve.transfer.flow import coarser_sizes
from serve.transfer.halved import fit_halved_colour_map, half_of, spread
from serve.transfer.motion import update_motion
from serve.transfer.separable import gaussian_blur, reduced
from serve.transfer.settings import TransferSettings
from serve.transfer.tables import SlopeTable

FloatArray = npt.NDArray[np.float32]

LARGEST_CORRECTED = 0.03
"""A picture that differs by more than this share of the range from the one before, in the mean, is
matched from coarse to fine; any other by a correction of the motion before."""


@dataclass(frozen=True, eq=False)
class _Found:
    """Motion (1, 2, H, W), target to source, and colour map (1, C, C + 1, h, w), halved."""

    motion: FloatArray
    colour_map: FloatArray


class FollowedMotion:
    """Finds the motion from a first picture to others, as a rule starting from the one before.

    The energy is that of `flow.estimate_flow`. There are fewer rounds, what stays as it is is read
    from tables, and the colour maps lie on halved grids.

    Args:
        first: I_0, float32 (1, C, S, S) in [0, 1].
        settings: weights.
    """

    def __init__(self, first: FloatArray, settings: TransferSettings) -> None:
        self._settings, self._channels = settings, first.shape[1]
        blurred = gaussian_blur(first, settings.frame_blur_px)
        self._tables = {first.shape[2:]: SlopeTable(blurred)}
        for size in coarser_sizes(first.shape[2:], settings.coarsest_px):
            blurred = reduced(blurred, size)
            self._tables[size] = SlopeTable(blurred)
        self._before: tuple[FloatArray, _Found] | None = None

    def to(self, target: FloatArray) -> FloatArray:
        """The motion from I_0 to I_1 of the same shape: float32 (1, 2, S, S), target to source."""
        blurred = gaussian_blur(target, self._settings.frame_blur_px)
        if self._before is None or _apart(target, self._before[0]) > LARGEST_CORRECTED:
            found = self._matched_anew(blurred)
        else:
            found = self._corrected(self._before[1], blurred, self._settings.rounds)
        self._before = target, found
        return found.motion

    def _matched_anew(self, blurred: FloatArray) -> _Found:
        """From coarse to fine."""
        targets = [blurred]
        for size in list(self._tables)[1:]:
            targets.append(reduced(targets[-1], size))
        found = self._still(targets[-1].shape[2:])
        for target in reversed(targets):
            finest = target is blurred
            rounds = self._settings.rounds if finest else self._settings.coarse_rounds
            found = self._corrected(_resized(found, target.shape[2:]), target, rounds)
        return found

    def _corrected(self, start: _Found, target: FloatArray, rounds: int) -> _Found:
        """Alternate between motion and colours, starting from about the right ones."""
        table, settings = self._tables[target.shape[2:]], self._settings
        motion, colour_map = start.motion, start.colour_map
        everywhere = np.ones_like(target[:, :1])
        reading = table.at(motion)
        for _ in range(rounds):
            on_grid = spread(colour_map, target.shape[2:])
            motion = update_motion(reading, target, motion, on_grid, settings)
            reading = table.at(motion)
            colour_map = fit_halved_colour_map(
                reading.value,
                target,
                everywhere,
                start.colour_map,
                settings.colour_window_px,
                settings.colour_ridge,
            )
        return _Found(motion, colour_map)

    def _still(self, size_hw: tuple[int, ...]) -> _Found:
        height, width = size_hw
        return _Found(
            np.zeros((1, 2, height, width), np.float32),
            identity_colour_map(1, self._channels, half_of(height), half_of(width)),
        )


def _resized(found: _Found, size_hw: tuple[int, ...]) -> _Found:
    height, width = size_hw
    coarse_height, coarse_width = found.motion.shape[2:]
    scale = np.array([width / coarse_width, height / coarse_height], np.float32)
    return _Found(
        spread(found.motion, size_hw) * scale[:, None, None],
        spread(found.colour_map, (half_of(height), half_of(width))),
    )


def _apart(one: FloatArray, other: FloatArray) -> float:
    return float(np.abs(one - other).mean())
