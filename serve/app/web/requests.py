"""What the bodies of POST requests say, read strictly, with the schema that describes each."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self, get_args

from serve.app.protocol import read_frame
from serve.app.protocol.messages import FRAMES, FURTHEST_AMOUNT, Change
from serve.app.results import FilmKind
from serve.errors import EditError
from serve.latent import METHODS, Edit, Method, edit_from_json
from serve.latent.fields import Fields

_EDIT = {"type": "object", "description": "an Edit; its JSON Schema is at /api/v1/edit-schema"}
_CHANGE = {"enum": list(get_args(Change)), "default": "both"}
_AMOUNT = {
    "type": "number",
    "minimum": 0,
    "maximum": FURTHEST_AMOUNT,
    "description": "how far along the edit; as far as its settings say if absent",
}
_BOX = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}


@dataclass(frozen=True)
class ProjectionRequest:
    """Find the latents of a photo.

    Attributes:
        bundle: name of the model.
        photo: SHA-256 of a photo that this client has sent.
        method: None for the best that the model can do.
        frame: which square of the photo: a word or a box.
    """

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "bundle": {"type": "string"},
            "photo": {"type": "string", "description": "SHA-256 of a photo that was sent"},
            "method": {"enum": list(METHODS)},
            "frame": {"oneOf": [{"enum": list(FRAMES)}, _BOX], "default": "centre"},
        },
        "required": ["bundle", "photo"],
        "additionalProperties": False,
    }

    bundle: str
    photo: str
    method: Method | None
    frame: str | tuple[float, float, float, float]

    @classmethod
    def from_json(cls, document: object) -> Self:
        fields = Fields(document, "the projection")
        request = cls(
            bundle=fields.text("bundle"),
            photo=fields.text("photo"),
            method=_choice(fields, "method", METHODS, None),
            frame=read_frame(fields.take("frame")) if fields.has("frame") else "centre",
        )
        fields.close()
        return request


@dataclass(frozen=True)
class TransferRequest:
    """Carry an edit to its photo, at full size.

    Attributes:
        edit: with its cache.
        amount: how far along the edit; None as far as its settings say.
        format: of the file, such as "PNG"; None for that of the photo.
    """

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "edit": _EDIT,
            "change": _CHANGE,
            "amount": _AMOUNT,
            "format": {"type": "string", "description": "such as PNG; the photo's own if absent"},
        },
        "required": ["edit"],
        "additionalProperties": False,
    }

    edit: Edit
    change: Change
    amount: float | None
    format: str | None

    @classmethod
    def from_json(cls, document: object) -> Self:
        fields = Fields(document, "the transfer")
        request = cls(
            edit=edit_from_json(fields.take("edit")),
            change=_change(fields),
            amount=_amount(fields),
            format=fields.text("format") if fields.has("format") else None,
        )
        fields.close()
        return request


@dataclass(frozen=True)
class FilmRequest:
    """Show an edit coming and going."""

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            "edit": _EDIT,
            "kind": {"enum": list(get_args(FilmKind))},
            "change": _CHANGE,
            "amount": _AMOUNT,
        },
        "required": ["edit", "kind"],
        "additionalProperties": False,
    }

    edit: Edit
    kind: FilmKind
    change: Change
    amount: float | None

    @classmethod
    def from_json(cls, document: object) -> Self:
        fields = Fields(document, "the film")
        edit = edit_from_json(fields.take("edit"))
        kind = _choice(fields, "kind", get_args(FilmKind), None)
        if kind is None:
            raise EditError("the film: the key 'kind' is missing; add it.")
        request = cls(edit, kind, _change(fields), _amount(fields))
        fields.close()
        return request


@dataclass(frozen=True)
class PageRequest:
    """Show an edit on one page with everything."""

    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {"edit": _EDIT, "change": _CHANGE, "amount": _AMOUNT},
        "required": ["edit"],
        "additionalProperties": False,
    }

    edit: Edit
    change: Change
    amount: float | None

    @classmethod
    def from_json(cls, document: object) -> Self:
        fields = Fields(document, "the page")
        request = cls(edit_from_json(fields.take("edit")), _change(fields), _amount(fields))
        fields.close()
        return request


def _change(fields: Fields) -> Change:
    return _choice(fields, "change", get_args(Change), "both")


def _amount(fields: Fields) -> float | None:
    if not fields.has("amount"):
        return None
    amount = fields.number("amount")
    if not 0 <= amount <= FURTHEST_AMOUNT:
        raise EditError(f"'amount' must lie between 0 and {FURTHEST_AMOUNT:g}, not be {amount:g}.")
    return amount


def _choice(fields: Fields, key: str, choices: tuple[str, ...], default: str | None) -> Any:
    value = fields.text(key) if fields.has(key) else default
    if value is not None and value not in choices:
        raise EditError(f"{key!r} must be one of {', '.join(choices)}, not {value[:40]!r}.")
    return value
