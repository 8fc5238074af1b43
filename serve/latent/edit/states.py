"""States of an edit in JSON; the strokes of all past and future ones are written once."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from serve.errors import EditError
from serve.latent.constraints import Constraint, constraints_from_json
from serve.latent.fields import Fields
from serve.latent.state import DirectionAmount, EditState, LatentValues, Pick

FURTHEST_AMOUNT = 10.0
"""Standard deviations that a slider goes at most."""

MOST_DIRECTIONS = 65536


def picks_from_json(documents: Sequence[object], strokes: int, what: str = "") -> tuple[Pick, ...]:
    """Read picks of an edit with so many strokes.

    Raises:
        EditError: naming the pick, counted from 1, and what is wrong with it.
    """
    picks: list[Pick] = []
    for number, document in enumerate(documents, start=1):
        name = f"{what}pick {number}"
        fields = Fields(document, name)
        pick = Pick(
            after=fields.whole("after"),
            candidate=fields.whole("candidate") if fields.has("candidate") else None,
            latent=fields.numbers("latent") if fields.has("latent") else None,
        )
        fields.close()
        earlier = picks[-1].after if picks else 0
        if not earlier <= pick.after <= strokes:
            raise EditError(
                f"{name}: 'after' must lie between {earlier} and {strokes}, the strokes drawn "
                f"until then, not be {pick.after}."
            )
        if pick.candidate is not None and pick.candidate < 1:
            raise EditError(f"{name}: 'candidate' counts from 1, and is {pick.candidate}.")
        picks.append(pick)
    return tuple(picks)


def pick_to_json(pick: Pick) -> dict[str, Any]:
    document: dict[str, Any] = {"after": pick.after}
    if pick.candidate is not None:
        document["candidate"] = pick.candidate
    if pick.latent is not None:
        document["latent"] = list(pick.latent)
    return document


def directions_from_json(
    documents: Sequence[object], what: str = ""
) -> tuple[DirectionAmount, ...]:
    """Read sliders.

    Raises:
        EditError: naming the slider, counted from 1, and what is wrong with it.
    """
    sliders: list[DirectionAmount] = []
    for number, document in enumerate(documents, start=1):
        name = f"{what}slider {number}"
        fields = Fields(document, name)
        direction = fields.take("direction")
        if isinstance(direction, bool) or not isinstance(direction, int | str):
            raise EditError(f"{name}: 'direction' must be its number from 1 or its name.")
        if isinstance(direction, int) and not 1 <= direction <= MOST_DIRECTIONS:
            raise EditError(f"{name}: 'direction' counts from 1, and is {direction}.")
        amount = fields.number("amount")
        fields.close()
        if abs(amount) > FURTHEST_AMOUNT:
            raise EditError(
                f"{name}: 'amount' must lie between {-FURTHEST_AMOUNT:g} and {FURTHEST_AMOUNT:g} "
                f"standard deviations, not be {amount:g}."
            )
        sliders.append(DirectionAmount(direction, amount))
    return tuple(sliders)


def history_to_json(past: Sequence[EditState], future: Sequence[EditState]) -> dict[str, Any]:
    """Past and future states, oldest first, and one list of all their strokes."""
    places: dict[Constraint, int] = {}

    def state_to_json(state: EditState) -> dict[str, Any]:
        document: dict[str, Any] = {
            "strokes": [places.setdefault(one, len(places)) for one in state.constraints]
        }
        if state.picks:
            document["picks"] = [pick_to_json(pick) for pick in state.picks]
        if state.directions:
            document["directions"] = [dataclasses.asdict(one) for one in state.directions]
        if state.latents is not None:
            document["latents"] = list(state.latents)
        return document

    states = {
        "past": [state_to_json(state) for state in past],
        "future": [state_to_json(state) for state in future],
    }
    return {"strokes": [constraint.to_json() for constraint in places], **states}


def history_from_json(document: object) -> tuple[tuple[EditState, ...], tuple[EditState, ...]]:
    """Past and future states as `history_to_json` wrote them.

    Raises:
        EditError: naming the state that is wrong.
    """
    fields = Fields(document, "history")
    strokes = _in_history(fields.listing("strokes"))
    past = _states(fields.listing("past"), "past", strokes)
    future = _states(fields.listing("future"), "future", strokes)
    fields.close()
    return past, future


def _in_history(documents: Sequence[object]) -> tuple[Constraint, ...]:
    try:
        return constraints_from_json(documents)
    except EditError as error:
        raise EditError(f"history: {error}") from None


def _states(
    documents: Sequence[object], when: str, strokes: tuple[Constraint, ...]
) -> tuple[EditState, ...]:
    return tuple(
        _state(document, f"history: {when} state {number}", strokes)
        for number, document in enumerate(documents, start=1)
    )


def _state(document: object, what: str, strokes: tuple[Constraint, ...]) -> EditState:
    fields = Fields(document, what)
    places = fields.numbers("strokes")
    if not all(place == int(place) and 0 <= place < len(strokes) for place in places):
        raise EditError(f"{what}: 'strokes' must be places in the history's strokes, from 0.")
    picks = fields.listing("picks") if fields.has("picks") else []
    sliders = fields.listing("directions") if fields.has("directions") else []
    latents: LatentValues | None = fields.numbers("latents") if fields.has("latents") else None
    fields.close()
    return EditState(
        constraints=tuple(strokes[int(place)] for place in places),
        picks=picks_from_json(picks, len(places), f"{what}: "),
        directions=directions_from_json(sliders, f"{what}: "),
        latents=latents,
    )
