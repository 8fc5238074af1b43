import json
from pathlib import Path

import numpy as np
import pytest

from igan.data.store import Store
from igan.errors import BadInputError, StoreError
from igan.evaluation.suite.figure import Figure
from igan.evaluation.suite.folder import OUTCOME_FILE
from igan.evaluation.suite.outcome import Outcome, PartOutcome, State
from igan.export.measuring import measure_bundle
from serve.bundle import load_bundle
from serve.errors import BundleError, OutputExistsError
from serve.latent import project
from serve.latent.category import HeldOutLosses
from tests.bundles import tiny_bundle
from tests.resealing import resealed
from tests.stores import tiny_store


@pytest.fixture(scope="module")
def bundle_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


def test_a_copy_keeps_the_losses_of_held_out_photos(bundle_path: Path, tmp_path: Path) -> None:
    path = tiny_store(tmp_path / "photos.lmdb", count=120, size=32)
    batches: list[int] = []
    measured = measure_bundle(bundle_path, [path], tmp_path / "measured", batches.append)
    store, original = Store(path), load_bundle(bundle_path)
    copy = load_bundle(tmp_path / "measured")
    held_out = store.indices_of("test")
    assert measured.count + measured.near_duplicates_left_out == len(held_out)
    assert sum(batches) == measured.count
    assert measured.stores == {"photos.lmdb": store.digest}
    losses = project(original, store.read(held_out), "network").terms.total
    assert min(abs(loss - measured.quantiles[0]) for loss in losses.tolist()) < 1e-6
    assert measured.quantiles[100] <= losses.max() + 1e-6
    read = HeldOutLosses.of(copy.manifest)
    assert read is not None
    np.testing.assert_allclose(read.quantiles, measured.quantiles, rtol=1e-5)
    assert copy.digest != original.digest
    assert copy.manifest.training == original.manifest.training
    card = (tmp_path / "measured" / "README.md").read_text()
    assert f"count: {measured.count}" in card
    assert "held-out photos: not measured" not in card
    unmeasured = (bundle_path / "README.md").read_text()
    assert card.split("## Measures")[0] == unmeasured.split("## Measures")[0]
    assert card.split("## Agreement")[1] == unmeasured.split("## Agreement")[1]


def evaluated(folder: Path, digest: str) -> Path:
    def part(name: str, state: State = "done") -> PartOutcome:
        figures = (Figure("KID", 0.25, (0.125, 0.5), "lower"),) if state == "done" else ()
        return PartOutcome(name, name, "", f"igan evaluate {name}", (), state, "", figures)

    parts = part("realism"), part("neighbours", "failed"), part("speed")
    folder.mkdir()
    outcome = Outcome({"name": "tiny", "digest": digest}, {}, {}, parts)
    (folder / OUTCOME_FILE).write_text(json.dumps(outcome.to_json()))
    return folder


def test_figures_of_an_evaluation_are_kept(bundle_path: Path, tmp_path: Path) -> None:
    store = tiny_store(tmp_path / "photos.lmdb", count=120, size=32)
    evaluation = evaluated(tmp_path / "evaluation", load_bundle(bundle_path).digest)
    measure_bundle(bundle_path, [store], tmp_path / "measured", evaluation=evaluation)
    measures = load_bundle(tmp_path / "measured").manifest.measures
    assert list(measures) == ["realism"]
    assert measures["realism"]["figures"][0]["interval"] == [0.125, 0.5]
    card = (tmp_path / "measured" / "README.md").read_text()
    assert "| realism, KID | 0.25 | 0.125 to 0.5 |" in card
    measure_bundle(tmp_path / "measured", [store], tmp_path / "again")
    assert load_bundle(tmp_path / "again").manifest.measures == measures


def test_the_evaluation_of_another_bundle_is_refused(bundle_path: Path, tmp_path: Path) -> None:
    store = tiny_store(tmp_path / "photos.lmdb", count=120, size=32)
    other = evaluated(tmp_path / "other", "0123")
    with pytest.raises(BadInputError, match="is of another bundle, tiny of digest 0123"):
        measure_bundle(bundle_path, [store], tmp_path / "measured", evaluation=other)
    with pytest.raises(BadInputError, match="holds no evaluation"):
        measure_bundle(bundle_path, [store], tmp_path / "measured", evaluation=tmp_path)


def test_what_cannot_be_measured_is_refused(bundle_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    few = tiny_store(tmp_path / "few.lmdb", count=40, size=32)
    with pytest.raises(StoreError, match="needs 20"):
        measure_bundle(bundle_path, [few], out)
    small = tiny_store(tmp_path / "small.lmdb", count=4, size=16)
    with pytest.raises(StoreError, match="16x16x3"):
        measure_bundle(bundle_path, [small], out)
    bare = resealed(
        bundle_path, tmp_path / "bare", lambda document: document["networks"].pop("projector")
    )
    with pytest.raises(BundleError, match="no projection network"):
        measure_bundle(bare, [few], out)
    with pytest.raises(OutputExistsError):
        measure_bundle(bundle_path, [few], small)
    assert not out.exists()
