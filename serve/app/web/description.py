"""Parts of the OpenAPI description, for bodies that FastAPI does not read or write itself."""

from typing import Any

_ERROR = {
    "type": "object",
    "properties": {
        "error": {"type": "string", "description": "one sentence: what is wrong, what to do"},
        "needs_photo": {"type": "string", "description": "SHA-256 of the photo to send first"},
        "retry_after_s": {"type": "number", "description": "when to ask again"},
    },
    "required": ["error"],
}

Answers = dict[int | str, dict[str, Any]]


def refusals(*more: int) -> Answers:
    """What any request may be refused with, and what this one may besides."""
    meanings = {
        401: "The token is missing or wrong.",
        403: "The request comes from a page of another origin.",
        409: "The photo is not here (any more): send it, and ask again.",
        413: "More than is taken.",
        422: "Something is wrong with what was sent.",
        503: "Full: ask again later.",
    }
    content = {"application/json": {"schema": _ERROR}}
    return {
        status: {"description": meanings[status], "content": content}
        for status in sorted({401, 403, 422, *more})
    }


def answers_with(description: str, *media_types: str, schema: object = None) -> Answers:
    """A file or, with a schema, JSON."""
    if schema is not None:
        content: dict[str, Any] = {"application/json": {"schema": schema}}
    else:
        binary = {"schema": {"type": "string", "format": "binary"}}
        content = dict.fromkeys(media_types, binary)
    return {200: {"description": description, "content": content}}


def takes_json(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON body."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def takes_file() -> dict[str, Any]:
    """The bytes of a file as the body."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {"requestBody": {"required": True, "content": {"application/octet-stream": binary}}}
