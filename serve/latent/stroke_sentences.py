"""How far each stroke is met, in words for a person."""

from typing import Any

from serve.latent.satisfaction import (
    AGREEMENT,
    COLOUR_ERROR,
    HANDLE_PHOTO,
    KEPT_CHANGE,
    Satisfaction,
    StrokeSatisfaction,
)

MEASURES = {
    COLOUR_ERROR: (
        "CIELAB",
        "{after:.0f} CIELAB units from the colour asked for, {before:.0f} before",
    ),
    AGREEMENT: ("", "{after:.0%} of the edges asked for are there, {before:.0%} before"),
    KEPT_CHANGE: ("CIELAB", "changed by {after:.0f} CIELAB units where it shall be kept"),
    HANDLE_PHOTO: ("px", "{after:.0f} photo pixels from its target, {before:.0f} before"),
}
"""By measure its unit and what it means; the unit of an agreement is none, and it rises to 1."""


def stroke_sentences(satisfaction: Satisfaction) -> list[dict[str, Any]]:
    """One JSON object for each stroke that asks for something, with its index from 0.

    The first of `MEASURES` that a stroke has speaks for it: as `met`, 0 to 1, of edges, and as
    `error` in its `unit` of all others.
    """
    return [_stroke(stroke) for stroke in satisfaction.strokes if stroke.brush != "erase"]


def _stroke(stroke: StrokeSatisfaction) -> dict[str, Any]:
    entry: dict[str, Any] = {"index": stroke.stroke - 1, "kind": stroke.brush}
    name = next((name for name in MEASURES if name in stroke.measures), None)
    if name is None:
        return entry | {"sentence": "nothing of it is in force inside the frame"}
    unit, words = MEASURES[name]
    values = stroke.measures[name]
    entry |= {"met": values.after} if name == AGREEMENT else {"error": values.after, "unit": unit}
    return entry | {"sentence": words.format(**vars(values))}
