import argparse
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from igan.cli.evaluate import alignment, neighbours, realism
from igan.cli.evaluate.all import PARTS, evaluate_all
from igan.cli.main import main
from igan.errors import BadInputError
from igan.evaluation.suite.folder import read_outcome
from igan.evaluation.suite.outcome import PartOutcome
from igan.evaluation.suite.part import MEANINGS, parts_of
from igan.evaluation.suite.readers import READERS
from serve.photo.photo import Photo, write_photo
from tests.bundles import tiny_bundle
from tests.igan.evaluation.suite.trained import photo_store
from tests.serve.transfer.planted import texture, to_pixels

LITTLE = 0.04


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return photo_store(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("originals")
    y, x = np.mgrid[:48, :40] + 0.5
    for seed in range(2):
        write_photo(Photo(to_pixels(texture(seed)(x, y))), folder / f"{seed}.png")
    return folder


def parts_by_name(folder: Path) -> dict[str, PartOutcome]:
    return {part.name: part for part in read_outcome(folder).parts}


def test_parts_have_names_meanings_and_readers() -> None:
    assert set(PARTS) == set(MEANINGS) == set(READERS)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_figure_comes_out_the_same_by_the_command_below_it(
    bundle: Path, store: Path, originals: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    outcome = evaluate_all(bundle, store, out, originals=originals, scale=LITTLE)
    assert [part.state for part in outcome.parts] == ["done"] * len(PARTS)
    assert read_outcome(out) == outcome
    report, text = (out / "report.html").read_text(), (out / "evaluation.md").read_text()
    for part in outcome.parts:
        assert part.figures
        assert part.title in report
        assert f"```\n{part.command}\n```" in text
        assert main(shlex.split(part.command)[1:]) == 0
        made = tmp_path / "out-again" / part.name / f"{part.name}.json"
        again = READERS[part.name](json.loads(made.read_text()))
        if part.name == "speed":
            assert [figure.name for figure in again] == [figure.name for figure in part.figures]
        else:
            assert again == list(part.figures)
    for part, figure in outcome.figures():
        if part.name != "speed" and figure.value is not None:
            assert figure.interval is not None, figure.name
            assert figure.interval[0] <= figure.value <= figure.interval[1], figure.name


def test_a_part_that_fails_is_in_the_report_and_the_others_run(
    bundle: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    out = tmp_path / "out"
    command = ["evaluate", "all", str(bundle), "--photos", str(store), "--out", str(out)]
    command += ["--scale", str(LITTLE), "--parts", "transfer", "neighbours"]
    assert main([*command, "--originals", str(tmp_path / "empty")]) == 1
    parts = parts_by_name(out)
    assert (parts["transfer"].state, parts["neighbours"].state) == ("failed", "done")
    assert "fewer than two photos" in parts["transfer"].sentence
    assert "fewer than two photos" in (out / "report.html").read_text()
    assert "1 of 2 parts failed (transfer)" in capsys.readouterr().err


def test_a_bug_in_a_part_does_not_lose_the_others(
    bundle: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(realism, "run", broken)
    names = ["realism", "neighbours"]
    outcome = evaluate_all(bundle, store, tmp_path / "out", names=names, scale=LITTLE)
    assert [part.state for part in outcome.parts] == ["failed", "done"]
    assert outcome.parts[0].sentence == "ZeroDivisionError: division by zero"


def test_what_cannot_be_measured_is_left_out_and_said(store: Path, tmp_path: Path) -> None:
    lonely = tiny_bundle(tmp_path / "lonely", projector=False)
    names = ["reconstruction", "transfer", "neighbours"]
    outcome = evaluate_all(lonely, store, tmp_path / "out", names=names, scale=LITTLE)
    assert {part.name: part.state for part in outcome.parts} == {
        "reconstruction": "left out",
        "transfer": "left out",
        "neighbours": "done",
    }
    text = (tmp_path / "out" / "evaluation.md").read_text()
    assert "no projection network" in text
    assert "give --originals FOLDER" in text
    parts = {part.name: part for part in parts_of(lonely, store, False, originals=tmp_path)}
    for name in ("scripts", "transfer"):
        assert "--method optimisation" in parts[name].command(tmp_path)


def test_an_interrupted_evaluation_goes_on(
    bundle: Path,
    store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    def aligned(arguments: argparse.Namespace) -> None:
        arguments.out.mkdir()
        (arguments.out / "alignment.json").write_text('{"rows": []}')

    out = tmp_path / "out"
    command = ["evaluate", "all", str(bundle), "--photos", str(store), "--out", str(out)]
    command += ["--scale", str(LITTLE), "--parts", "neighbours", "alignment"]
    monkeypatch.setattr(alignment, "run", interrupted)
    assert main(command) == 130
    assert "--resume goes on" in capsys.readouterr().err
    assert "Not measured yet" in (out / "report.html").read_text()
    before = parts_by_name(out)
    assert [part.state for part in before.values()] == ["done", "waiting"]

    assert main(command) == 2
    assert "exists already" in capsys.readouterr().err
    assert main([*command, "--seed", "1", "--resume"]) == 2
    assert "begun with another bundle" in capsys.readouterr().err

    monkeypatch.setattr(neighbours, "run", interrupted)
    monkeypatch.setattr(alignment, "run", aligned)
    assert main([*command, "--resume"]) == 0
    after = parts_by_name(out)
    assert after["neighbours"] == before["neighbours"]
    assert after["alignment"].state == "done"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--scale", "0"], "--scale must be above 0"),
        (["--seed", "-1"], "--seed at least 0"),
        (["--originals", "nowhere"], "nowhere is not a folder"),
    ],
)
def test_bad_input(
    bundle: Path,
    store: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    sentence: str,
) -> None:
    out = tmp_path / "out"
    command = ["evaluate", "all", str(bundle), "--photos", str(store), "--out", str(out)]
    assert main([*command, *options]) == 2
    assert sentence in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("damage", [lambda: "{", lambda: "{}", lambda: '{"format": "other"}'])
def test_no_evaluation(tmp_path: Path, damage: Callable[[], Any]) -> None:
    (tmp_path / "evaluation.json").write_text(damage())
    with pytest.raises(BadInputError, match="holds no evaluation"):
        read_outcome(tmp_path)
