"""Edits as JSON text and files."""

import json
from pathlib import Path
from typing import Any

from serve.errors import EditError
from serve.latent.edit.document import Edit, edit_from_json
from serve.staging import staged_file

EXAMPLE = """\
{
  "version": 1,
  "constraints": [
    {
      "brush": "colour",
      "points": [[60, 170], [110, 180], [160, 200]],
      "colour": [190, 30, 40],
      "width_px": 24
    }
  ]
}
"""
"""The smallest script: one red stroke, in pixels of the photo, on whatever photo it is run on."""


def parse_edit(text: str, name: str = "the edit") -> Edit:
    """Read an edit from JSON text; `name` is what a sentence calls it.

    Raises:
        EditError: the text is not JSON, or see `edit_from_json`.
    """
    try:
        document = json.loads(text, object_pairs_hook=_without_repetition)
    except json.JSONDecodeError as error:
        raise EditError(
            f"{name} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise EditError(f"{name} is nested too deeply to be an edit.") from None
    except ValueError as error:
        raise EditError(f"{name} cannot be read: {str(error).partition(';')[0]}.") from None
    return edit_from_json(document)


def read_edit(path: Path) -> Edit:
    """Read an edit from a JSON file.

    Raises:
        EditError: the file cannot be read, or see `parse_edit`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise EditError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise EditError(f"{path} is not a text file; give an edit script in JSON.") from None
    return parse_edit(text, str(path))


def write_edit(edit: Edit, path: Path) -> None:
    """Write an edit as JSON, whole or not at all."""
    with staged_file(path) as staged:
        staged.write_text(json.dumps(edit.to_json(), indent=2) + "\n", encoding="utf-8")


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"an object holds the key {twice!r} twice")
    return content
