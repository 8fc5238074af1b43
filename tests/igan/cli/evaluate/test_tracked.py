from pathlib import Path

import pytest

from igan.cli.evaluate.tracked import summary_of
from igan.cli.main import main
from igan.evaluation.suite.figure import Figure
from igan.evaluation.suite.folder import read_outcome
from igan.evaluation.suite.outcome import Outcome, PartOutcome
from tests.bundles import tiny_bundle
from tests.igan.cli.tracked_runs import offline_run, told
from tests.igan.evaluation.suite.trained import photo_store

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


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning:wandb")
def test_the_run_gets_every_figure_of_an_evaluation_and_its_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, out = offline_run(tmp_path, monkeypatch), tmp_path / "out"
    bundle, store = tiny_bundle(tmp_path / "bundle"), photo_store(tmp_path)
    command = ["evaluate", "all", str(bundle), "--photos", str(store), "--out", str(out)]
    command += ["--parts", "neighbours", "alignment", "--scale", "0.04", "--run", str(run)]
    assert main(command) == 0
    summary, artifacts = told(run)
    figures = summary_of(read_outcome(out))
    assert len(figures) > 12
    assert figures == {name: summary[name] for name in figures}
    assert artifacts == [("evaluation", {"evaluation.json", "evaluation.md", "report.html"})]
