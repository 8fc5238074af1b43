from dataclasses import replace
from pathlib import Path

import pytest

from igan.data.import_ledger import (
    NO_FILES_DIGEST,
    ImportLedger,
    Reject,
    Shard,
    next_files_digest,
    options_document,
    options_from_document,
)
from igan.data.sources import SourceOptions
from igan.errors import ConfigError


def test_shards_deal_all_files_out_among_them() -> None:
    shards = [Shard(number, 3) for number in (1, 2, 3)]
    for ordinal in range(20):
        assert sum(shard.holds(ordinal) for shard in shards) == 1
    for files in range(20):
        shares = [shard.share_of(files) for shard in shards]
        counted = [sum(shard.holds(ordinal) for ordinal in range(files)) for shard in shards]
        assert shares == counted


def test_a_shard_is_written_as_a_fraction() -> None:
    assert Shard.parse("3/8") == Shard(3, 8)
    assert str(Shard(3, 8)) == "3/8"


@pytest.mark.parametrize("text", ["", "3", "0/8", "9/8", "-1/8", "1/0", "a/b", "1/2/3"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="shard"):
        Shard.parse(text)


def test_a_ledger_survives_json() -> None:
    ledger = ImportLedger(
        3, "/caf\udce9", "zip", 1, {"half": "left"}, Shard(2, 5), 7, "ab" * 32, 4, 2, 1, True
    )
    assert ImportLedger.from_json(ledger.to_json()) == ledger
    assert ledger.done == 7


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"shard": 1}', b"\xff"])
def test_what_is_no_ledger_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        ImportLedger.from_json(data)


def test_rejects_survive_json() -> None:
    for reject in (Reject("caf\udce9\n.jpg", "is cut off"), Reject.duplicate("a", b"\1" * 32)):
        assert Reject.from_json(reject.to_json()) == reject
    with pytest.raises(ValueError, match="cannot be read"):
        Reject.from_json(b'{"other": 1}')


def test_options_survive_json_and_paths_become_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = SourceOptions(categories=("a", "b"), half="left", root=Path("photos"))
    back = options_from_document(options_document(options))
    assert back == replace(options, root=tmp_path / "photos")
    assert options_document(SourceOptions()) == {}


def test_the_digest_of_files_depends_on_names_and_order() -> None:
    def digest(*names: str) -> bytes:
        state = NO_FILES_DIGEST
        for name in names:
            state = next_files_digest(state, name)
        return state

    assert digest("a", "b") == digest("a", "b")
    assert len({digest(), digest("a", "b"), digest("b", "a"), digest("ab"), digest("a")}) == 5
