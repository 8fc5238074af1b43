from pathlib import Path

import pytest

from igan.cli.main import main
from tests.bundles import tiny_bundle
from tests.stores import tiny_store


def test_a_measured_bundle_is_told_from_the_one_it_was_made_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tiny_bundle(tmp_path / "tiny")
    store = tiny_store(tmp_path / "photos.lmdb", count=120, size=32)
    out = tmp_path / "measured"
    command = ["bundle", "measure", str(bundle), str(store), "--out", str(out)]
    assert main(command) == 0
    assert "99 in 100 lie" in capsys.readouterr().out
    for path, measured in ((bundle, False), (out, True)):
        assert main(["bundle", "info", str(path)]) == 0
        assert ("held out" in capsys.readouterr().out) is measured
    assert main(["bundle", "verify", str(out)]) == 0
    assert main(command) == 2
    assert "exists already" in capsys.readouterr().err
