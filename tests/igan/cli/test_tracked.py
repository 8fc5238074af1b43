from pathlib import Path

import pytest
import wandb

from igan.cli.tracked import tell_figures, tracked_run
from igan.errors import IganError, RunError
from tests.igan.cli.tracked_runs import offline_run, told

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:wandb")


def test_a_run_that_was_not_tracked_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="was not tracked"):
        tracked_run(tmp_path)


@pytest.mark.slow
def test_the_run_gets_figures_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = offline_run(tmp_path, monkeypatch)
    (tmp_path / "report.html").write_text("<p>")
    tell_figures(tracked_run(run), "trial", {"trial/a: b": 0.5}, [tmp_path / "report.html"], {})
    summary, artifacts = told(run)
    assert summary["trial/a: b"] == 0.5
    assert artifacts == [("trial", {"report.html"})]


def test_a_refusal_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise wandb.Error("no key configured.\nLog in.")

    run = offline_run(tmp_path, monkeypatch)
    monkeypatch.setattr(wandb, "init", refuse)
    with pytest.raises(IganError, match=r"did not take them \(no key configured. Log in\);"):
        tell_figures(tracked_run(run), "trial", {}, [], {})
