"""What a person has done so far, in the order it was done: strokes, and what was picked."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from serve.errors import EditError
from serve.latent.constraints import Constraint

LatentValues = tuple[float, ...]
"""A latent as plain numbers, (latent_dim,); float32 survives JSON exactly."""

First = TypeVar("First", LatentValues, LatentValues | None)
"""A start, or perhaps none where it is random."""


@dataclass(frozen=True)
class Pick:
    """From here on the edit starts at another latent: a candidate that was picked, or a Fix.

    The strokes stay in force; the smoothness term, drags and what is kept refer to the new start
    (the relative edits of Zhu et al. 2016, section 5.2).

    Attributes:
        after: how many strokes were drawn before.
        candidate: its rank among those shown, from 1; None fixes the result that stands there.
        latent: where that was; None in a script, which finds it by running so far.
    """

    after: int
    candidate: int | None = None
    latent: LatentValues | None = None


@dataclass(frozen=True)
class DirectionAmount:
    """A slider: how far the start is moved along one of the bundle's directions.

    Attributes:
        direction: its number, from 1, or the name that the bundle gives it.
        amount: in standard deviations of the prior along it.
    """

    direction: int | str
    amount: float


@dataclass(frozen=True)
class EditState:
    """One state of an edit, to be undone and redone.

    Attributes:
        constraints: in force, oldest first.
        picks: oldest first, `after` never falling.
        directions: sliders, relative to the present start; a pick takes them in and resets them.
        latents: where z was, None where nobody has looked.
    """

    constraints: tuple[Constraint, ...] = ()
    picks: tuple[Pick, ...] = ()
    directions: tuple[DirectionAmount, ...] = ()
    latents: LatentValues | None = None

    def drawn(self, constraint: Constraint) -> "EditState":
        """With one stroke more."""
        return dataclasses.replace(self, constraints=(*self.constraints, constraint))

    def without(self, index: int) -> "EditState":
        """With one stroke less, counted from 0; picks after it keep their place among the rest."""
        kept = (*self.constraints[:index], *self.constraints[index + 1 :])
        picks = tuple(
            dataclasses.replace(pick, after=pick.after - (pick.after > index))
            for pick in self.picks
        )
        return dataclasses.replace(self, constraints=kept, picks=picks)

    def picked(self, latent: LatentValues, candidate: int | None = None) -> "EditState":
        """A candidate was picked, or without one the result was fixed, at `latent`."""
        pick = Pick(len(self.constraints), candidate, latent)
        return dataclasses.replace(self, picks=(*self.picks, pick), directions=(), latents=latent)

    def start(self, first: First) -> First | LatentValues:
        """Where the edit starts now, before its sliders; `first` is z0 of the photo, if any.

        Raises:
            EditError: what was picked last has no latent.
        """
        return _latent_of(self.picks, first)

    def drawn_on(self, first: First, now: First) -> tuple[First | LatentValues, ...]:
        """For each stroke where the edit started when it was drawn.

        Args:
            first: z0 of the photo, or None where the start is random.
            now: where the edit starts now, its sliders included; earlier ones were taken in by a
                pick.
        """
        before = [
            [pick for pick in self.picks if pick.after <= place]
            for place in range(len(self.constraints))
        ]
        return tuple(
            now if len(picks) == len(self.picks) else _latent_of(picks, first) for picks in before
        )


def _latent_of(picks: Sequence[Pick], first: First) -> First | LatentValues:
    if not picks:
        return first
    if picks[-1].latent is None:
        raise EditError("the edit: a pick has no 'latent' yet; run it with `igan edit` first.")
    return picks[-1].latent
