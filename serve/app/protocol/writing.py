"""What a client says, as JSON: the inverse of `read_message`."""

import dataclasses
from typing import Any

from serve.app.protocol.messages import ClientMessage
from serve.latent.state import DirectionAmount


def message_to_json(message: ClientMessage) -> dict[str, Any]:
    """What `json.dumps` can write and `read_message` reads back to an equal message."""
    written = {
        field.name: _written(getattr(message, field.name)) for field in dataclasses.fields(message)
    }
    return {"kind": message.kind, **written}


def _written(value: object) -> Any:
    if isinstance(value, DirectionAmount):
        return dataclasses.asdict(value)
    if isinstance(value, tuple):
        return [_written(part) for part in value]
    if hasattr(value, "to_json"):
        return value.to_json()
    return value
