"""What a client may say: JSON objects, each of a kind, read strictly into frozen dataclasses.

A message that changes what is edited or shown carries a `generation`, a number that the client
raises; every picture tells the newest one that it takes account of.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from serve.app.protocol.frames import LARGEST_GENERATION
from serve.errors import BadInputError, EditError
from serve.latent.constraints import Constraint, constraints_from_json
from serve.latent.edit import Edit, EditSettings, edit_from_json
from serve.latent.edit.states import directions_from_json
from serve.latent.fields import Fields, is_number
from serve.latent.state import DirectionAmount

Start = Literal["photo", "random", "empty"]
View = Literal["photo", "model"]
Change = Literal["both", "shape", "colour"]
FRAMES = ("centre", "whole", "found")
FURTHEST_AMOUNT = 2.0
LARGEST_VIEW_PX = 4096
MOST_STROKES = 10_000
MOST_CANDIDATES = 64
LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class Message:
    """What all messages have; `generation` is 0 in those that change nothing."""

    kind: ClassVar[str]
    generation: int = 0


@dataclass(frozen=True, kw_only=True)
class Open(Message):
    """Begin an edit, or go on with one; what was open before is closed.

    Attributes:
        bundle: its name.
        edit: to go on with; None begins anew.
        photo: SHA-256 of the photo.
        start: what to begin with; of `edit` if that is given.
        seed: of random starts.
        view_px: longest side of the live pictures.
        frame: which square of the photo: "centre", "whole", "found" or four numbers.
    """

    kind: ClassVar[str] = "open"

    bundle: str
    edit: Edit | None = None
    photo: str | None = None
    start: Start = "photo"
    seed: int = 0
    view_px: int = 640
    frame: str | tuple[float, float, float, float] = "centre"


@dataclass(frozen=True, kw_only=True)
class Draw(Message):
    """One stroke more."""

    kind: ClassVar[str] = "draw"

    constraint: Constraint


@dataclass(frozen=True, kw_only=True)
class Redraw(Message):
    """The newest stroke, as it is while the hand still draws it."""

    kind: ClassVar[str] = "redraw"

    constraint: Constraint


@dataclass(frozen=True, kw_only=True)
class Remove(Message):
    """Take a stroke away, counted from 0."""

    kind: ClassVar[str] = "remove"

    index: int


@dataclass(frozen=True, kw_only=True)
class Undo(Message):
    """Back to the state before."""

    kind: ClassVar[str] = "undo"


@dataclass(frozen=True, kw_only=True)
class Redo(Message):
    """On to the state that was undone last."""

    kind: ClassVar[str] = "redo"


@dataclass(frozen=True, kw_only=True)
class Fix(Message):
    """The present result becomes the start of what follows."""

    kind: ClassVar[str] = "fix"


@dataclass(frozen=True, kw_only=True)
class Restart(Message):
    """Back to the beginning, with nothing drawn."""

    kind: ClassVar[str] = "restart"


@dataclass(frozen=True, kw_only=True)
class PickCandidate(Message):
    """Go on from a candidate, by its rank among those shown, from 1."""

    kind: ClassVar[str] = "pick"

    rank: int


@dataclass(frozen=True, kw_only=True)
class Average(Message):
    """Show the average of the candidates shown, or the edit again."""

    kind: ClassVar[str] = "average"

    on: bool = True


@dataclass(frozen=True, kw_only=True)
class Shadow(Message):
    """Send the shadow of the candidates, for drawing over it.

    Attributes:
        cursor: in the edit's coordinates; None shows it everywhere alike.
    """

    kind: ClassVar[str] = "shadow"

    on: bool
    cursor: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Slide(Message):
    """Move the start along the model's directions."""

    kind: ClassVar[str] = "slide"

    directions: tuple[DirectionAmount, ...]


@dataclass(frozen=True, kw_only=True)
class Reslide(Message):
    """The same while the hand still holds the slider."""

    kind: ClassVar[str] = "reslide"

    directions: tuple[DirectionAmount, ...]


@dataclass(frozen=True, kw_only=True)
class ChangeSettings(Message):
    """Other settings; those that are not named stay."""

    kind: ClassVar[str] = "settings"

    settings: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Hand(Message):
    """Whether the hand is drawing: then candidates wait for it."""

    kind: ClassVar[str] = "hand"

    down: bool


@dataclass(frozen=True, kw_only=True)
class ShowCandidates(Message):
    """Whether to search for candidates and send their pictures."""

    kind: ClassVar[str] = "candidates"

    on: bool


@dataclass(frozen=True, kw_only=True)
class Path(Message):
    """Show a place on the way from the start (0) to the result (1); None shows the edit, live."""

    kind: ClassVar[str] = "path"

    position: float | None


@dataclass(frozen=True, kw_only=True)
class Carry(Message):
    """What of an edit is carried to the photo, and how far: past 1 it is exaggerated."""

    kind: ClassVar[str] = "carry"

    change: Change = "both"
    amount: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Finish(Message):
    """Carry the edit to the photo at its full size, and show a copy of at most `view_px`."""

    kind: ClassVar[str] = "finish"

    view_px: int = 4096


@dataclass(frozen=True, kw_only=True)
class Transform(Message):
    """Lead the edit to what another photo looks like."""

    kind: ClassVar[str] = "transform"

    photo: str


@dataclass(frozen=True, kw_only=True)
class ChangeView(Message):
    """What live pictures show, and their longest side."""

    kind: ClassVar[str] = "view"

    what: View = "photo"
    view_px: int = 640


ClientMessage = (
    Open
    | Draw
    | Redraw
    | Remove
    | Undo
    | Redo
    | Fix
    | Restart
    | PickCandidate
    | Average
    | Shadow
    | Slide
    | Reslide
    | ChangeSettings
    | Hand
    | ShowCandidates
    | Path
    | Carry
    | Finish
    | Transform
    | ChangeView
)

CHANGES_EDIT = (
    Open,
    Draw,
    Redraw,
    Remove,
    Undo,
    Redo,
    Fix,
    Restart,
    PickCandidate,
    Slide,
    Reslide,
    ChangeSettings,
    Transform,
)
"""What makes a result that is being carried to the photo worthless."""


class MessageError(EditError):
    """A message that cannot be carried out.

    Attributes:
        about: the kind of the message, as far as that is known.
    """

    def __init__(self, about: str | None, sentence: str) -> None:
        super().__init__(sentence)
        self.about = about


def read_message(text: str, most_bytes: int) -> ClientMessage:
    """Read one message.

    Raises:
        MessageError: it is too long, or not one of the messages of this protocol.
    """
    if len(text) > most_bytes:
        raise MessageError(None, f"the message is longer than {most_bytes:,} bytes.")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise MessageError(None, "the message is not JSON.") from None
    if not isinstance(document, dict) or not isinstance(document.get("kind"), str):
        raise MessageError(None, "a message is a JSON object with its 'kind'.")
    kind = document.pop("kind")
    if kind not in _READERS:
        raise MessageError(
            kind[:40], f"the kind {kind[:40]!r} is unknown; use {', '.join(_READERS)}."
        )
    try:
        fields = Fields(document, f"{kind!r}")
        generation = _between(fields, "generation", 0, LARGEST_GENERATION, 0)
        message = _READERS[kind](fields, generation)
        fields.close()
    except BadInputError as error:
        raise MessageError(kind, str(error)) from None
    return message


def _between(fields: Fields, key: str, least: int, most: int, default: int | None = None) -> int:
    """A whole number from a range; `default` where the key is absent, unless that is None."""
    if default is not None and not fields.has(key):
        return default
    value = fields.whole(key)
    if not least <= value <= most:
        raise EditError(f"{key!r} must lie between {least} and {most}, not be {value}.")
    return value


def _share(fields: Fields, key: str, most: float) -> float:
    value = fields.number(key)
    if not 0 <= value <= most:
        raise EditError(f"{key!r} must lie between 0 and {most:g}, not be {value:g}.")
    return value


def _flag(fields: Fields, key: str, default: bool | None = None) -> bool:
    if default is not None and not fields.has(key):
        return default
    value = fields.take(key)
    if not isinstance(value, bool):
        raise EditError(f"{key!r} must be true or false.")
    return value


def _one_of(fields: Fields, key: str, choices: tuple[str, ...], default: str) -> Any:
    value = fields.text(key) if fields.has(key) else default
    if value not in choices:
        raise EditError(f"{key!r} must be one of {', '.join(choices)}, not {value[:40]!r}.")
    return value


def _open(fields: Fields, generation: int) -> Open:
    edit = edit_from_json(fields.take("edit")) if fields.has("edit") else None
    return Open(
        generation=generation,
        bundle=fields.text("bundle"),
        edit=edit,
        photo=fields.text("photo") if fields.has("photo") else None,
        start=_one_of(fields, "start", get_args(Start), "photo"),
        seed=_between(fields, "seed", 0, LARGEST_SEED, 0),
        view_px=_between(fields, "view_px", 1, LARGEST_VIEW_PX, 640),
        frame=_frame(fields),
    )


def _frame(fields: Fields) -> str | tuple[float, float, float, float]:
    if not fields.has("frame"):
        return "centre"
    return read_frame(fields.take("frame"))


def read_frame(value: object) -> str | tuple[float, float, float, float]:
    """Which square of a photo: a word or a box.

    Raises:
        EditError: it is neither.
    """
    if isinstance(value, str) and value in FRAMES:
        return value
    if isinstance(value, list) and len(value) == 4 and all(map(is_number, value)):
        x0, y0, x1, y1 = (float(edge) for edge in value)
        return x0, y0, x1, y1
    raise EditError(f"'frame' must be {', '.join(FRAMES)} or a box [x0, y0, x1, y1].")


def _constraint(fields: Fields) -> Constraint:
    (constraint,) = constraints_from_json([fields.take("constraint")])
    return constraint


def _shadow(fields: Fields, generation: int) -> Shadow:
    cursor = fields.numbers("cursor", 2) if fields.has("cursor") else None
    return Shadow(
        generation=generation,
        on=_flag(fields, "on"),
        cursor=None if cursor is None else (cursor[0], cursor[1]),
    )


def _settings(fields: Fields) -> Mapping[str, Any]:
    given = fields.take("settings")
    EditSettings.from_json(given)
    return {name: value for name, value in given.items() if value is not None}


def _path(fields: Fields, generation: int) -> Path:
    position = _share(fields, "position", 1.0) if fields.has("position") else None
    return Path(generation=generation, position=position)


def _carry(fields: Fields, generation: int) -> Carry:
    amount = _share(fields, "amount", FURTHEST_AMOUNT) if fields.has("amount") else 1.0
    change = _one_of(fields, "change", get_args(Change), "both")
    return Carry(generation=generation, change=change, amount=amount)


def _view(fields: Fields, generation: int) -> ChangeView:
    return ChangeView(
        generation=generation,
        what=_one_of(fields, "what", get_args(View), "photo"),
        view_px=_between(fields, "view_px", 1, LARGEST_VIEW_PX, 640),
    )


_READERS: dict[str, Callable[[Fields, int], ClientMessage]] = {
    Open.kind: _open,
    Draw.kind: lambda fields, at: Draw(generation=at, constraint=_constraint(fields)),
    Redraw.kind: lambda fields, at: Redraw(generation=at, constraint=_constraint(fields)),
    Remove.kind: lambda fields, at: Remove(
        generation=at, index=_between(fields, "index", 0, MOST_STROKES)
    ),
    Undo.kind: lambda fields, at: Undo(generation=at),
    Redo.kind: lambda fields, at: Redo(generation=at),
    Fix.kind: lambda fields, at: Fix(generation=at),
    Restart.kind: lambda fields, at: Restart(generation=at),
    PickCandidate.kind: lambda fields, at: PickCandidate(
        generation=at, rank=_between(fields, "rank", 1, MOST_CANDIDATES)
    ),
    Average.kind: lambda fields, at: Average(generation=at, on=_flag(fields, "on", True)),
    Shadow.kind: _shadow,
    Slide.kind: lambda fields, at: Slide(
        generation=at, directions=directions_from_json(fields.listing("directions"))
    ),
    Reslide.kind: lambda fields, at: Reslide(
        generation=at, directions=directions_from_json(fields.listing("directions"))
    ),
    ChangeSettings.kind: lambda fields, at: ChangeSettings(
        generation=at, settings=_settings(fields)
    ),
    Hand.kind: lambda fields, at: Hand(generation=at, down=_flag(fields, "down")),
    ShowCandidates.kind: lambda fields, at: ShowCandidates(generation=at, on=_flag(fields, "on")),
    Path.kind: _path,
    Carry.kind: _carry,
    Finish.kind: lambda fields, at: Finish(
        generation=at, view_px=_between(fields, "view_px", 1, LARGEST_VIEW_PX, LARGEST_VIEW_PX)
    ),
    Transform.kind: lambda fields, at: Transform(generation=at, photo=fields.text("photo")),
    ChangeView.kind: _view,
}

KINDS = tuple(_READERS)
"""The names of all messages."""
