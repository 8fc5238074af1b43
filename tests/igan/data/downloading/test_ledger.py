from pathlib import Path

from igan.data.downloading.ledger import Ledger, Outcome, read_outcomes


def test_the_last_outcome_counts(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with Ledger(path) as ledger:
        ledger.record(Outcome("http://a", reason="was asleep", passing=True))
        ledger.record(Outcome("http://b\n", file="photos/b.jpg", bytes=3))
        ledger.record(Outcome("http://a", file="photos/a.jpg", bytes=2))
    with Ledger(path) as ledger:
        assert ledger.outcome("http://a") == Outcome("http://a", file="photos/a.jpg", bytes=2)
        assert ledger.outcome("http://c") is None
        assert len(ledger) == 2
    assert read_outcomes(path)["http://b\n"].file == "photos/b.jpg"


def test_a_line_that_was_cut_off_is_passed_over_and_closed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with Ledger(path) as ledger:
        ledger.record(Outcome("http://a", file="a.jpg", bytes=1))
        ledger.record(Outcome("http://b", file="b.jpg", bytes=1))
    path.write_bytes(path.read_bytes()[:-20])
    with Ledger(path) as ledger:
        assert ledger.outcome("http://b") is None
        ledger.record(Outcome("http://c", file="c.jpg", bytes=1))
    assert sorted(read_outcomes(path)) == ["http://a", "http://c"]
