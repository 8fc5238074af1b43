"""What an edit does to one layer of a photo: to the things in it, or to the ground behind them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from serve.transfer.carrying import carried_colour_map
from serve.transfer.colour import identity_colour_map
from serve.transfer.composition import flow_at_position, invert_motion
from serve.transfer.flow import MotionColourFlow
from serve.transfer.reach import EditReach, find_reach
from serve.transfer.sampling import pull
from serve.transfer.settings import TransferSettings

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class LayerEdit:
    """The flows of one layer from the first frame to each later one.

    Attributes:
        colours: float32 (T, C, S, S) in [0, 1], the frames.
        from_first: T - 1 flows; the colour maps are this layer's, continued beyond it.
        weight: float32 (1, 1, S, S) in [0, 1], where the layer lies in the first frame.
        reach: where the whole edit changes anything.
        settings: weights.
    """

    colours: FloatArray
    from_first: MotionColourFlow
    weight: FloatArray
    reach: EditReach
    settings: TransferSettings

    @classmethod
    def fit(
        cls, colours: FloatArray, motion: FloatArray, weight: FloatArray, settings: TransferSettings
    ) -> Self:
        """Fit the colour maps of a layer to the frames, given the motion (T - 1, 2, S, S)."""
        pulled = pull(np.repeat(colours[:1], len(motion), axis=0), motion)
        pulled_weight = np.clip(pull(np.repeat(weight, len(motion), axis=0), motion), 0, 1)
        maps = carried_colour_map(
            pulled,
            colours[1:],
            pulled_weight,
            settings.carried_window_px,
            settings.carried_ridge,
        )
        from_first = MotionColourFlow(motion, maps)
        reach = find_reach(from_first[-1:], colours[:1], settings)
        return cls(colours, from_first, weight, reach, settings)

    def moved_at(
        self, neighbours: MotionColourFlow, position: float
    ) -> tuple[FloatArray, FloatArray]:
        """Motion (2, S, S) and change of colour (C, C + 1, S, S) where the edited photo will lie.

        Both are exactly 0 where the edit does not reach. See `flow_at_position`.
        """
        flow = flow_at_position(neighbours, self.from_first, position)
        motion = flow.flow_target_to_source[0]
        reach = self.reach.at_target(motion)
        return motion * reach.motion, _less_identity(flow.colour_map)[0] * reach.colour

    def in_place_at(self, position: float) -> FloatArray:
        """The change of colour (C, C + 1, S, S) where the original photo lies, without motion."""
        maps = self._maps_in_place
        place = position * (len(maps) - 1)
        before = min(int(place), len(maps) - 2)
        mixed = maps[before] + np.float32(place - before) * (maps[before + 1] - maps[before])
        return _less_identity(mixed[None])[0] * self.reach.colour

    @cached_property
    def _maps_in_place(self) -> FloatArray:
        """The colour maps of all frames on the grid of the first, (T, C, C + 1, S, S)."""
        count = len(self.from_first)
        pulled_back = pull(self.colours[1:], invert_motion(self.from_first.flow_target_to_source))
        maps = carried_colour_map(
            np.repeat(self.colours[:1], count, axis=0),
            pulled_back,
            np.repeat(self.weight, count, axis=0),
            self.settings.carried_window_px,
            self.settings.carried_ridge,
        )
        identity = identity_colour_map(1, self.colours.shape[1], *self.colours.shape[2:])
        return np.concatenate([identity, maps])


def _less_identity(colour_map: FloatArray) -> FloatArray:
    channels, size_hw = colour_map.shape[1], colour_map.shape[3:]
    change: FloatArray = colour_map - identity_colour_map(1, channels, *size_hw)
    return change
