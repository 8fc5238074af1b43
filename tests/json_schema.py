"""A validator of the part of JSON Schema (draft 2020-12) that this project's schemas use."""

import math
from collections.abc import Mapping
from typing import Any

ANNOTATIONS = {
    "$schema",
    "$defs",
    "title",
    "description",
    "default",
    "contentEncoding",
    "contentMediaType",
}
KINDS: dict[str, Any] = {
    "object": lambda value: isinstance(value, Mapping),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "null": lambda value: value is None,
    "number": lambda value: _is_number(value),
    "integer": lambda value: _is_number(value) and value == int(value),
}


def accepts(schema: Mapping[str, Any], value: object) -> bool:
    """Whether the schema accepts what `json.loads` gave.

    Raises:
        ValueError: the schema says something that this validator does not know.
    """
    return _accepts(schema, value, schema)


def _accepts(schema: Mapping[str, Any], value: Any, root: Mapping[str, Any]) -> bool:
    return all(_holds(key, schema, value, root) for key in schema if key not in ANNOTATIONS)


def _holds(key: str, schema: Mapping[str, Any], value: Any, root: Mapping[str, Any]) -> bool:
    wanted = schema[key]
    match key:
        case "$ref":
            name = wanted.removeprefix("#/$defs/")
            return _accepts(root["$defs"][name], value, root)
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            return any(KINDS[kind](value) for kind in kinds)
        case "const":
            return type(value) is not bool and value == wanted
        case "enum":
            return value in wanted
        case "anyOf":
            return any(_accepts(one, value, root) for one in wanted)
        case "oneOf":
            return sum(_accepts(one, value, root) for one in wanted) == 1
        case "minimum":
            return not _is_number(value) or value >= wanted
        case "maximum":
            return not _is_number(value) or value <= wanted
        case "exclusiveMinimum":
            return not _is_number(value) or value > wanted
        case "minItems":
            return not isinstance(value, list) or len(value) >= wanted
        case "maxItems":
            return not isinstance(value, list) or len(value) <= wanted
        case "items":
            return not isinstance(value, list) or all(_accepts(wanted, one, root) for one in value)
        case "required":
            return not isinstance(value, Mapping) or set(wanted) <= set(value)
        case "properties":
            return not isinstance(value, Mapping) or all(
                _accepts(wanted[name], one, root) for name, one in value.items() if name in wanted
            )
        case "additionalProperties" if wanted is False:
            return not isinstance(value, Mapping) or set(value) <= set(schema["properties"])
    raise ValueError(f"unknown keyword {key!r}: {wanted!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
