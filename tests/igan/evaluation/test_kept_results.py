from pathlib import Path

import numpy as np
import pytest

from igan.errors import BadInputError
from igan.evaluation.kept_results import Arrays, KeptResults


def never() -> Arrays:
    raise AssertionError("this is known already")


def test_a_part_is_measured_once(tmp_path: Path) -> None:
    found = {"losses": np.array([[0.5, 0.25]]), "counts": np.array([3])}
    folder = tmp_path / "new" / "kept"
    assert KeptResults(folder, {"seed": 0}).part("first", lambda: found)["counts"] == 3
    again = KeptResults(folder, {"seed": 0}).part("first", never)
    assert again.keys() == found.keys()
    assert all((again[name] == found[name]).all() for name in found)


def test_a_part_that_fails_leaves_nothing(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path / "kept", {})
    with pytest.raises(AssertionError):
        kept.part("first", never)
    assert kept.part("first", lambda: {"value": np.array(1)})["value"] == 1


def test_without_a_folder_everything_is_measured() -> None:
    kept = KeptResults(None, {})
    assert [kept.part("a", lambda n=n: {"n": n})["n"] for n in (1, 2)] == [1, 2]  # type: ignore[misc]


def test_what_is_kept_counts_after_the_deadline_too(tmp_path: Path) -> None:
    kept = KeptResults(tmp_path / "kept", {})
    kept.part("a", lambda: {"value": np.array(1)})
    found = kept.parts({"a": never, "b": never}, deadline=0)
    assert [int(part["value"]) for part in found] == [1]


def test_no_part_is_begun_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10))
    monkeypatch.setattr("igan.evaluation.kept_results.time.monotonic", lambda: next(clock))
    measures = {name: lambda name=name: {"name": np.array(name)} for name in "abc"}
    found = KeptResults(None, {}).parts(measures, deadline=2)
    assert [str(part["name"]) for part in found] == ["a", "b"]


def test_another_measurement_is_refused(tmp_path: Path) -> None:
    KeptResults(tmp_path / "kept", {"seed": 0})
    with pytest.raises(BadInputError, match="this very measurement"):
        KeptResults(tmp_path / "kept", {"seed": 1})


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").touch()
    with pytest.raises(BadInputError, match="this very measurement"):
        KeptResults(tmp_path, {})
