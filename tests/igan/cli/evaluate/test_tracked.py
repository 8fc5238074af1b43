import json
from pathlib import Path

import pytest

from igan.cli.evaluate.tracked import log_evaluation, summary_of, tracked_run
from igan.errors import RunError
from igan.evaluation.suite.figure import Figure
from igan.evaluation.suite.outcome import Outcome, PartOutcome
from tests.igan.training.offline_runs import read_records

OUTCOME = Outcome(
    {"name": "shoes", "digest": "d"},
    {"name": "shoes.lmdb", "digest": "e"},
    {"cores": 2},
    (
        PartOutcome(
            "reconstruction",
            "Reconstruction",
            "",
            "",
            figures=(
                Figure("hybrid: loss", 0.06, (0.05, 0.07), "lower"),
                Figure("loss of hybrid / network", 0.6, (0.5, 0.7)),
                Figure("nothing", None),
            ),
        ),
    ),
)


def test_figures_are_named_by_their_part() -> None:
    assert summary_of(OUTCOME) == {
        "evaluation/reconstruction/hybrid: loss": 0.06,
        "evaluation/reconstruction/hybrid: loss, low": 0.05,
        "evaluation/reconstruction/hybrid: loss, high": 0.07,
        "evaluation/reconstruction/loss of hybrid over network": 0.6,
        "evaluation/reconstruction/loss of hybrid over network, low": 0.5,
        "evaluation/reconstruction/loss of hybrid over network, high": 0.7,
    }


def test_a_run_that_was_not_tracked_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="was not tracked"):
        tracked_run(tmp_path)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning:wandb")
def test_the_run_gets_the_figures_and_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.delenv("WANDB_RUN_ID", raising=False)
    for name in ("CACHE", "CONFIG", "DATA", "ARTIFACT"):
        monkeypatch.setenv(f"WANDB_{name}_DIR", str(tmp_path / name.lower()))
    run, folder = tmp_path / "run", tmp_path / "evaluation"
    for made in (run, folder):
        made.mkdir()
    (run / "tracked-id.txt").write_text("abcd1234")
    for name in ("evaluation.json", "evaluation.md", "report.html"):
        (folder / name).write_text("{}")
    log_evaluation(tracked_run(run), OUTCOME, folder)
    (file,) = run.glob("wandb/offline-run-*/*.wandb")
    records = read_records(file)
    (of_run,) = (record.run for record in records if record.WhichOneof("record_type") == "run")
    assert of_run.run_id == "abcd1234"
    summary = {}
    for record in records:
        if record.WhichOneof("record_type") == "summary":
            for item in record.summary.update:
                summary[item.key or "/".join(item.nested_key)] = json.loads(item.value_json)
    expected = summary_of(OUTCOME)
    assert expected == {key: summary[key] for key in expected}
    artifacts = [r.artifact for r in records if r.WhichOneof("record_type") == "artifact"]
    assert [(one.type, len(one.manifest.contents)) for one in artifacts] == [("evaluation", 3)]
