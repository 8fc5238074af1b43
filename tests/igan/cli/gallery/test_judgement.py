import json
from pathlib import Path
from typing import Any

import pytest

from igan.cli.gallery.judgement import JUDGED, judgement_of
from igan.errors import BadInputError

ENTRY = {"digest": "abc", "rejects": [7, 3], "rule": "not one whole shoe", "by": "somebody"}


def written(folder: Path, content: Any) -> Path:
    (folder / JUDGED).write_text(json.dumps(content))
    return folder / "shoes64"


def test_a_judgement_holds_for_the_bundle_that_was_looked_at_alone(tmp_path: Path) -> None:
    bundle = written(tmp_path, {"shoes64": ENTRY})
    judgement = judgement_of(bundle, "shoes64", "abc")
    assert judgement is not None
    assert judgement.rejects == (3, 7)
    assert (judgement.rule, judgement.judged_by) == ("not one whole shoe", "somebody")
    assert judgement_of(bundle, "shoes64", "abd") is None
    assert judgement_of(bundle, "outdoor64", "abc") is None


def test_where_nobody_judged_there_is_none(tmp_path: Path) -> None:
    assert judgement_of(tmp_path / "shoes64", "shoes64", "abc") is None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([], "holds no judgements"),
        ({"shoes64": {**ENTRY, "rejects": [100]}}, "whole numbers from 0 to 99"),
        ({"shoes64": {**ENTRY, "rejects": [1.5]}}, "whole numbers from 0 to 99"),
        ({"shoes64": {**ENTRY, "rule": None}}, "'rule' must be text"),
        ({"shoes64": {**ENTRY, "more": 1}}, "unknown key 'more'"),
    ],
)
def test_what_is_wrong_is_told(content: Any, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=sentence):
        judgement_of(written(tmp_path, content), "shoes64", "abc")
