import json
from pathlib import Path

import pytest

from igan.cli.evaluate.speed import evaluate_speed, table
from igan.errors import BadInputError
from tests.bundles import tiny_bundle


@pytest.mark.slow
def test_times_and_memory(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "tiny")
    document = evaluate_speed(bundle, tmp_path / "out", repetitions=4)
    assert json.loads((tmp_path / "out" / "speed.json").read_text()) == json.loads(
        json.dumps(document)
    )
    rows = {row["work"]: row for row in document["latencies"]}
    assert rows["a picture"]["repetitions"] == 4
    assert rows["projection of a photo, hybrid"]["repetitions"] == 3
    for row in rows.values():
        low, high = row["interval_ms"]
        assert 0 < low <= row["median_ms"] <= high
    assert rows["a picture"]["median_ms"] < rows["projection of a photo, hybrid"]["median_ms"]
    memory = document["memory"]
    assert 0 < memory["packages_mib"] <= memory["loaded_mib"] <= memory["peak_mib"]
    assert "ms (" in table(document)


def test_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="at least 3"):
        evaluate_speed(tmp_path, tmp_path / "out", repetitions=2)
