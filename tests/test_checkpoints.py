"""The bundles that ship keep the rule of checkpoints/: whole, small, described, repeatable."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from igan.cli.gallery.judgement import JUDGED, judgement_of
from igan.cli.shipped import bundles_in
from igan.export.model_card import CARD_FILE
from igan.training.config_files import config_chain
from serve.bundle import load_bundle
from serve.bundle.bundle import read_manifest
from serve.bundle.verification import try_out
from tests.bundles import tiny_bundle

ROOT = Path(__file__).parents[1]
CHECKPOINTS = ROOT / "checkpoints"
IGNORED = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
SHIPPED = [path for path in bundles_in(CHECKPOINTS) if f"!checkpoints/{path.name}/" in IGNORED]
LARGEST_BYTES, LARGEST_TOGETHER_BYTES = 32 * 2**20, 110 * 2**20
LARGEST_PICTURES_BYTES = 5 * 2**19
PATHS = {"generator_run", "stores"}


def size_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def broken_rules(bundle: Path) -> Iterator[str]:
    """What a bundle that ships must not be, but for its graphs."""
    manifest = read_manifest(bundle)
    if bundle.name != manifest.name:
        yield f"its name is {manifest.name}"
    if size_bytes(bundle) > LARGEST_BYTES:
        yield f"{size_bytes(bundle):,} bytes are too many"
    if not (bundle / CARD_FILE).is_file():
        yield "it has no card"
    for kind in ("gan", "projector"):
        record = manifest.training.get(kind)
        if record is None:
            if kind == "gan" or "projector" in manifest.networks:
                yield f"how its {kind} was trained is not recorded"
            continue
        for key, (said, done) in differing(kind, manifest.name, record["config"]).items():
            yield f"configs/{kind}/{manifest.name}.yaml says {key}: {said}, but it was {done}"


def differing(kind: str, name: str, trained: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Where a tracked configuration and the one that a run was trained with disagree."""
    said: dict[str, Any] = {}
    for file in config_chain(kind, name):
        said |= leaves(yaml.safe_load(file.read_text(encoding="utf-8")))
    done = leaves(trained)
    return {
        key: (said[key], done.get(key))
        for key in said
        if key.startswith(("model.", "data.", "seed_everything"))
        and key.rpartition(".")[2] not in PATHS
        and said[key] != done.get(key)
    }


def leaves(document: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Every value by the keys that lead to it, parted by dots."""
    found: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, Mapping):
            found |= leaves(value, f"{above}{key}.")
        else:
            found[f"{above}{key}"] = value
    return found


@pytest.mark.parametrize("bundle", SHIPPED, ids=lambda bundle: bundle.name)
def test_what_ships_keeps_the_rules(bundle: Path) -> None:
    assert list(broken_rules(bundle)) == []


@pytest.mark.slow
@pytest.mark.parametrize("bundle", SHIPPED, ids=lambda bundle: bundle.name)
def test_what_ships_is_whole_and_its_graphs_agree(bundle: Path) -> None:
    assert "generator" in try_out(load_bundle(bundle))


def test_all_that_ships_together_is_small_enough_and_in_the_table() -> None:
    assert sum(map(size_bytes, SHIPPED)) <= LARGEST_TOGETHER_BYTES
    table = (CHECKPOINTS / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE)) == {
        bundle.name for bundle in SHIPPED
    }


def test_the_pictures_of_the_documentation_stay_small() -> None:
    assert size_bytes(ROOT / "docs" / "images") <= LARGEST_PICTURES_BYTES


def test_every_judgement_is_of_a_bundle_that_ships_as_it_is() -> None:
    file = CHECKPOINTS / JUDGED
    judged = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    for name in judged:
        manifest = read_manifest(CHECKPOINTS / name)
        assert judgement_of(CHECKPOINTS / name, name, manifest.digest) is not None


def test_a_bundle_that_breaks_the_rules_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tiny_bundle(tmp_path / "shoes", name="hats")
    (bundle / CARD_FILE).unlink()
    monkeypatch.setattr("tests.test_checkpoints.LARGEST_BYTES", 1000)
    told = "\n".join(broken_rules(bundle))
    assert "its name is hats" in told
    assert "bytes are too many" in told
    assert "no card" in told
    assert "how its gan was trained is not recorded" in told


def test_a_run_that_the_config_does_not_repeat_is_told() -> None:
    same: dict[str, Any] = {}
    for file in config_chain("gan", "strong64"):
        same |= yaml.safe_load(file.read_text(encoding="utf-8"))
    assert differing("gan", "strong64", same) == {}
    same["model"]["r1_weight"] = 7.0
    assert differing("gan", "strong64", same) == {"model.r1_weight": (0.05, 7.0)}


def test_bundles_of_ones_own_are_not_tracked() -> None:
    assert "checkpoints/*" in IGNORED
    assert IGNORED.index("checkpoints/*") < IGNORED.index("!checkpoints/README.md")
