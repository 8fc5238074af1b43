import json
from pathlib import Path

import numpy as np
import pytest

from igan.cli.evaluate.classes import evaluate_classes, table
from igan.cli.main import main
from igan.errors import BadInputError
from tests.bundles import tiny_bundle
from tests.stores import tiny_store


def test_every_model_meets_every_class(tmp_path: Path) -> None:
    names = ("shoes", "hats", "all")
    models = [tiny_bundle(tmp_path / name, name=name, seed=seed) for seed, name in enumerate(names)]
    stores = [
        tiny_store(tmp_path / f"{name}.lmdb", count=count, size=32)
        for name, count in (("shoes", 24), ("hats", 32))
    ]
    out = tmp_path / "out"
    command = ["evaluate", "classes", "--cross", str(models[2]), "--iterations", "2"]
    for model, store in zip(models, stores, strict=False):
        command += ["--pair", str(model), str(store)]
    assert main([*command, "--out", str(out)]) == 0
    document = json.loads((out / "classes.json").read_text())
    rows = document["figures"]
    assert [(row["photos"], row["model"], row["is_own"]) for row in rows] == [
        ("shoes.lmdb", "shoes", True),
        ("shoes.lmdb", "hats", False),
        ("shoes.lmdb", "all", False),
        ("hats.lmdb", "shoes", False),
        ("hats.lmdb", "hats", True),
        ("hats.lmdb", "all", False),
    ]
    for class_rows, own in ((rows[:3], 0), (rows[3:], 1)):
        for row in class_rows:
            low, high = row["psnr_interval_db"]
            assert low <= row["psnr_db"] <= high
            if row["is_own"]:
                assert row["to_own"] is None
            else:
                expected = row["perceptual"] / class_rows[own]["perceptual"]
                np.testing.assert_allclose(row["to_own"], expected)
    assert table(document).splitlines()[1].split()[:4] == [
        "shoes.lmdb",
        f"({rows[0]['count']})",
        "shoes",
        "(own)",
    ]
    assert {path.name for path in out.iterdir()} == {
        "classes.json",
        "classes.md",
        "report.html",
        "sheet-1.png",
        "sheet-2.png",
    }


def test_one_model_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="give another --pair"):
        evaluate_classes([(tmp_path / "a", tmp_path / "b")], tmp_path / "out")
