"""The JSON Schema of an Edit, made of the same tables that the reader reads by."""

from typing import Any, get_args

from serve.latent.constraints import constraint_schema
from serve.latent.edit.document import LARGEST_SEED, VERSION
from serve.latent.edit.settings import EditSettings
from serve.latent.edit.states import FURTHEST_AMOUNT, MOST_DIRECTIONS
from serve.photo.frame import Padding

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
WHOLE = {"type": "integer"}
LATENT = {"type": "array", "items": NUMBER}


def edit_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12, of what `edit_from_json` reads.

    A key that may be left out may also be null. What a schema cannot say is left to the reader:
    that picks refer to strokes that are there, and that a frame touches its photo.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Edit",
        "description": "An edit of a photo on a generator's manifold: script and saved session.",
        "type": "object",
        "properties": {
            "version": {"const": VERSION},
            "bundle": _or_null(
                _object({"name": TEXT, "digest": TEXT}), "the exported model; filled when run"
            ),
            "photo": _or_null(
                _object({"sha256": TEXT, "width_px": WHOLE, "height_px": WHOLE}),
                "the photo, upright; filled when run, absent for random starts",
            ),
            "frame": _or_null(_frame(), "which square of the photo the network sees"),
            "seed": {"type": ["integer", "null"], "minimum": 0, "maximum": LARGEST_SEED},
            "constraints": {
                "type": "array",
                "items": {"$ref": "#/$defs/constraint"},
                "description": "strokes in photo pixels, oldest first",
            },
            "picks": _or_null(_list_of("pick"), "what was picked or fixed, oldest first"),
            "directions": _or_null(_list_of("slider"), "sliders, relative to the present start"),
            "settings": _or_null(EditSettings.json_schema(), "how the edit is carried out"),
            "history": _or_null(_history(), "states to undo and redo"),
            "cache": _or_null(_object({"z0": LATENT, "z": LATENT}), "what the edit came to"),
        },
        "required": ["version", "constraints"],
        "additionalProperties": False,
        "$defs": {"constraint": constraint_schema(), "pick": _pick(), "slider": _slider()},
    }


def _frame() -> dict[str, Any]:
    levels = {"type": "array", "items": NUMBER, "minItems": 3, "maxItems": 3}
    size = {"type": "integer", "minimum": 1}
    return _object(
        {
            "photo_width_px": size,
            "photo_height_px": size,
            "region": {"type": "array", "items": NUMBER, "minItems": 4, "maxItems": 4},
            "network_size_px": size,
            "padding": {"enum": list(get_args(Padding))},
            "padding_colour": levels,
        },
        optional=("padding", "padding_colour"),
    )


def _pick() -> dict[str, Any]:
    return _object(
        {
            "after": {"type": "integer", "minimum": 0, "description": "strokes drawn before"},
            "candidate": {
                "type": ["integer", "null"],
                "minimum": 1,
                "description": "rank of the candidate; without it the result is fixed",
            },
            "latent": _or_null(LATENT, "where that was; found by running when absent"),
        },
        optional=("candidate", "latent"),
    )


def _slider() -> dict[str, Any]:
    direction = {
        "anyOf": [{"type": "integer", "minimum": 1, "maximum": MOST_DIRECTIONS}, TEXT],
        "description": "number from 1, or name",
    }
    amount = {
        "type": "number",
        "minimum": -FURTHEST_AMOUNT,
        "maximum": FURTHEST_AMOUNT,
        "description": "standard deviations",
    }
    return _object({"direction": direction, "amount": amount})


def _history() -> dict[str, Any]:
    state = _object(
        {
            "strokes": {"type": "array", "items": {"type": "integer", "minimum": 0}},
            "picks": _or_null(_list_of("pick"), ""),
            "directions": _or_null(_list_of("slider"), ""),
            "latents": _or_null(LATENT, "where z was"),
        },
        optional=("picks", "directions", "latents"),
    )
    states = {"type": "array", "items": state}
    strokes = {"type": "array", "items": {"$ref": "#/$defs/constraint"}}
    return _object({"strokes": strokes, "past": states, "future": states})


def _object(properties: dict[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _list_of(definition: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/$defs/{definition}"}}


def _or_null(schema: dict[str, Any], description: str) -> dict[str, Any]:
    either: dict[str, Any] = {"anyOf": [schema, {"type": "null"}]}
    return either | {"description": description} if description else either
