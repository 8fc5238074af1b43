import dataclasses
import json
from typing import Any

from serve.errors import EditError
from serve.latent.constraints import BRUSHES
from serve.latent.edit import EXAMPLE, Edit, edit_from_json, edit_schema
from tests.json_schema import accepts
from tests.serve.latent.edit.edits import whole_edit
from tests.serve.latent.edit.random_edits import random_script, spoilt

SCHEMA = edit_schema()


def is_read(document: Any) -> bool:
    try:
        edit_from_json(document)
    except EditError:
        return False
    return True


def test_it_accepts_what_is_written() -> None:
    for edit in (Edit(), whole_edit(), dataclasses.replace(whole_edit(), photo=None)):
        assert accepts(SCHEMA, json.loads(json.dumps(edit.to_json())))
    assert accepts(SCHEMA, json.loads(EXAMPLE))


def test_it_is_json_itself_and_knows_every_brush() -> None:
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    brushes = [
        one["properties"]["brush"]["const"] for one in SCHEMA["$defs"]["constraint"]["oneOf"]
    ]
    assert brushes == list(BRUSHES)


def test_whole_scripts_are_read_and_accepted() -> None:
    for seed in range(100):
        document = random_script(seed, 80)
        edit_from_json(document)
        assert accepts(SCHEMA, document)


def test_the_schema_refuses_no_script_that_is_read() -> None:
    """And it accepts none that is refused, but for what the last test here lists."""
    spoilt_scripts = [spoilt(random_script(seed, 80), seed) for seed in range(600)]
    read = [document for document in spoilt_scripts if is_read(document)]
    refused = [document for document in spoilt_scripts if not is_read(document)]
    assert len(read) > 20
    assert len(refused) > 400
    assert [document for document in read if not accepts(SCHEMA, document)] == []
    accepted = [document for document in refused if accepts(SCHEMA, document)]
    assert [document for document in accepted if not _beyond_a_schema(document)] == []


def _beyond_a_schema(document: dict[str, Any]) -> bool:
    """What only the reader sees: a pick after strokes that are not there, a box that is empty, a
    PNG that is none."""
    picks = document.get("picks") or []
    if any(pick["after"] > len(document["constraints"]) for pick in picks):
        return True
    return any(stroke["brush"].endswith("_picture") for stroke in document["constraints"])
