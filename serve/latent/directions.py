"""Directions of a bundle: sliders that nobody had to label."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from serve.errors import EditError
from serve.latent.bounds import Bounds
from serve.latent.state import DirectionAmount

if TYPE_CHECKING:
    from serve.bundle import Bundle

VECTORS = "directions"
SCALES = "direction_scales"
SHARES = "direction_shares"
"""The bundle's arrays that hold them."""


@dataclass(frozen=True)
class Directions:
    """Principal directions of a generator, strongest first.

    Attributes:
        vectors: (K, latent_dim), orthonormal.
        scales: (K,), the standard deviation of the prior along each.
        shares: (K,), of all variance of the pictures, how much each explains by itself.
        names: what people call them, by number from 1.
    """

    vectors: Tensor
    scales: Tensor
    shares: Tensor
    names: Mapping[int, str]

    @staticmethod
    def are_in(bundle: "Bundle") -> bool:
        """Whether a bundle has any."""
        return {VECTORS, SCALES, SHARES} <= bundle.arrays.keys()

    @classmethod
    def of(cls, bundle: "Bundle") -> "Directions":
        """Those of a bundle.

        Raises:
            EditError: the bundle has none.
        """
        if not cls.are_in(bundle):
            raise EditError(
                f"the bundle {bundle.manifest.name} has no directions; export its run again with "
                "`igan export`."
            )
        arrays, spec = bundle.arrays, bundle.manifest.arrays
        labels = {} if spec is None else spec.labels.get(VECTORS, {})
        return cls(arrays[VECTORS], arrays[SCALES], arrays[SHARES], labels)

    def __len__(self) -> int:
        return len(self.vectors)

    def number(self, direction: int | str) -> int:
        """The number, from 1, of a direction by number or name.

        Raises:
            EditError: there is no such direction.
        """
        numbers = {name: number for number, name in self.names.items()}
        found = numbers.get(direction) if isinstance(direction, str) else direction
        if found is None or not 1 <= found <= len(self):
            named = f", and the names {', '.join(numbers)}" if numbers else ""
            raise EditError(
                f"there is no direction {direction!r}; this bundle has 1 to {len(self)}{named}."
            )
        return found

    def moved(self, z: Tensor, sliders: Sequence[DirectionAmount], bounds: Bounds) -> Tensor:
        """Move latents (..., latent_dim) by all sliders at once, and back into the bounds."""
        for slider in sliders:
            place = self.number(slider.direction) - 1
            z = z + slider.amount * self.scales[place] * self.vectors[place]
        return bounds.clamp(z)


def direction_frames(
    directions: Directions, z: Tensor, number: int, amounts: Sequence[float], bounds: Bounds
) -> Tensor:
    """One latent (latent_dim,) at several amounts of one direction, (len(amounts), latent_dim)."""
    return torch.stack(
        [directions.moved(z, [DirectionAmount(number, amount)], bounds) for amount in amounts]
    )
