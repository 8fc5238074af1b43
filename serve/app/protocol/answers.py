"""What the service says to a client, as JSON text."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from serve.latent import Edit


def opened(
    edit: Edit,
    model_name: str,
    reconstruction: Mapping[str, float] | None,
    foreign: str | None,
    generation: int,
) -> str:
    """An edit is open; its frame's photo says in which coordinates strokes are drawn."""
    frame = edit.frame
    assert frame is not None
    return _text(
        "opened",
        generation=generation,
        edit=edit.to_json(),
        frame=frame.to_json(),
        model_name=model_name,
        reconstruction=reconstruction,
        foreign=foreign,
        canvas={"width_px": frame.photo_width_px, "height_px": frame.photo_height_px},
    )


def state(edit: Edit, generation: int) -> str:
    """All that a client needs to go on elsewhere."""
    return _text("state", generation=generation, edit=edit.to_json())


def numbers(
    generation: int,
    frames_per_s: float,
    step_ms: float,
    moving: bool,
    satisfaction: Sequence[Mapping[str, Any]],
    shown: str,
    preview_ms: float | None,
) -> str:
    """How fast the edit moves, and how far each stroke is met."""
    return _text(
        "numbers",
        generation=generation,
        frames_per_s=round(frames_per_s, 1),
        step_ms=round(step_ms, 1),
        moving=moving,
        satisfaction=list(satisfaction),
        shown=shown,
        preview_ms=None if preview_ms is None else round(preview_ms, 1),
    )


def candidates(ranks: Sequence[Mapping[str, Any]], generation: int) -> str:
    """The candidates in their order; their pictures come as frames."""
    return _text("candidates", generation=generation, ranks=list(ranks))


def progress(job: str, share: float, generation: int) -> str:
    """How far a job is, in percent."""
    return _text("progress", job=job, generation=generation, done=round(100 * share), total=100)


def done(job: str, generation: int) -> str:
    """A job has ended, and what it is for was sent."""
    return _text("done", job=job, generation=generation)


def cancelled(job: str, generation: int) -> str:
    """A job was given up."""
    return _text("cancelled", job=job, generation=generation)


def needs_photo(sha256: str) -> str:
    """A photo has to be sent (again)."""
    return _text("needs_photo", sha256=sha256)


def error(sentence: str, about: str | None) -> str:
    """A message was not carried out; nothing was changed."""
    return _text("error", sentence=sentence, about=about)


def busy(sentence: str, retry_after_s: float) -> str:
    """A message was not carried out for want of room; it may be sent again."""
    return _text("busy", sentence=sentence, retry_after_s=retry_after_s)


def bye(sentence: str) -> str:
    """The service ends the connection."""
    return _text("bye", sentence=sentence)


def _text(kind: str, **fields: Any) -> str:
    return json.dumps({"kind": kind, **fields}, separators=(",", ":"))
