"""How far each stroke is met, for a person."""

from typing import Any

import torch

from serve.app.models import ServedModel
from serve.latent import EditSession
from serve.latent.drawn_on import DrawnOn
from serve.latent.satisfaction import (
    AGREEMENT,
    COLOUR_ERROR,
    HANDLE_PHOTO,
    KEPT_CHANGE,
    BeforeAndAfter,
    Satisfaction,
    StrokeSatisfaction,
    measure_satisfaction,
)
from serve.photo.frame import PhotoFrame

MEASURES = {
    COLOUR_ERROR: (
        "CIELAB",
        "{after:.0f} CIELAB units from the colour asked for, {before:.0f} before",
    ),
    AGREEMENT: (
        "",
        "{percent:.0f} % of the edges asked for are there, {percent_before:.0f} % before",
    ),
    KEPT_CHANGE: ("CIELAB", "changed by {after:.0f} CIELAB units where it shall be kept"),
    HANDLE_PHOTO: ("px", "{after:.0f} photo pixels from its target, {before:.0f} before"),
}
"""By measure its unit and what it means; the unit of an agreement is none, and it rises to 1."""


def measured(session: EditSession, model: ServedModel, frame: PhotoFrame) -> list[dict[str, Any]]:
    """How far the picture that is shown meets the strokes, see `satisfaction_to_json`."""
    state = session.history.present
    if not state.constraints:
        return []
    first, now = (tuple(latent.tolist()) for latent in (session.first, session.start))
    satisfaction = measure_satisfaction(
        state.constraints,
        frame,
        DrawnOn(model.images).pictures(state, first, now),
        torch.cat([model.images(session.start[None]), session.editor.images]),
        (session.start, session.editor.latents[0]),
    )
    return satisfaction_to_json(satisfaction)


def satisfaction_to_json(satisfaction: Satisfaction) -> list[dict[str, Any]]:
    """One entry for each stroke that asks for something, by its index from 0."""
    return [_stroke(stroke) for stroke in satisfaction.strokes if stroke.brush != "erase"]


def _stroke(stroke: StrokeSatisfaction) -> dict[str, Any]:
    entry: dict[str, Any] = {"index": stroke.stroke - 1, "kind": stroke.brush}
    for name, (unit, words) in MEASURES.items():
        if name not in stroke.measures:
            continue
        values = stroke.measures[name]
        if name == AGREEMENT:
            return entry | {"met": values.after, "sentence": _said(words, values)}
        return entry | {"error": values.after, "unit": unit, "sentence": _said(words, values)}
    return entry | {"sentence": "nothing of it is in force inside the frame"}


def _said(words: str, values: BeforeAndAfter) -> str:
    return words.format(
        after=values.after,
        before=values.before,
        percent=100 * values.after,
        percent_before=100 * values.before,
    )
