import json
from pathlib import Path

import numpy as np
import pytest

from igan.cli.main import main
from igan.study.key import StudyKey
from serve.photo.photo import Photo, write_photo
from tests.bundles import tiny_bundle
from tests.igan.cli.tracked_runs import offline_run, told
from tests.studies import tiny_study


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for number, spots in enumerate(np.random.default_rng(0).integers(0, 255, (9, 8, 9, 3))):
        pixels = spots.astype(np.uint8).repeat(9, axis=0).repeat(9, axis=1)
        write_photo(Photo(pixels), folder / f"{number}.png")
    return folder


def test_a_study_from_photos_to_its_result(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tiny_bundle(tmp_path / "bundle")
    study, answers, result = (tmp_path / name for name in ("study", "answers", "result"))
    (tmp_path / "consent.txt").write_text("I agree\nto this.\n\n\nAnd to that.\n")
    make = ["make", str(bundle), "--photos", str(photos), "--count", "4", "--iterations", "2"]
    make += ["--side", "128", "--per-participant", "8", "--votes", "3", "--checks", "2"]
    make += ["--consent", str(tmp_path / "consent.txt"), "--out", str(study)]
    assert main(["study", *make]) == 0
    key = StudyKey.read(study)
    assert key.made_with["plan"]["consent"] == ["I agree to this.", "And to that."]
    assert main(["study", "simulate", str(study), "--careless", "0.2", "--out", str(answers)]) == 0
    assert len(list(answers.iterdir())) == len(key.sheets) == 6
    assert main(["study", "analyse", str(study), str(answers), "--out", str(result)]) == 0
    names = {path.name for path in result.iterdir()}
    assert names == {"analysis.json", "figure.svg", "report.html"}
    assert json.loads((result / "analysis.json").read_text())["study"] == key.study
    assert "edits, shape and colour" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning:wandb")
def test_the_run_that_trained_the_model_gets_the_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, study = offline_run(tmp_path, monkeypatch), tmp_path / "study"
    answers, result = tmp_path / "answers", tmp_path / "result"
    tiny_study(study)
    assert main(["study", "simulate", str(study), "--out", str(answers)]) == 0
    analyse = ["study", "analyse", str(study), str(answers), "--run", str(run)]
    assert main([*analyse, "--out", str(result)]) == 0
    found = json.loads((result / "analysis.json").read_text())
    summary, artifacts = told(run)
    assert summary["study/participants"] == found["participants"] == 6
    assert summary["study/agreement, alpha"] == found["alpha"]
    for one in found["conditions"]:
        name, share = f"study/{one['condition']}: judged real", one["share"]
        told_share = [summary[name], summary[f"{name}, low"], summary[f"{name}, high"]]
        assert told_share == [share["value"], share["low"], share["high"]]
    for one in found["differences"]:
        name = f"study/{one['minuend']} minus {one['subtrahend']}"
        assert summary[name] == one["estimate"]["value"]
    assert artifacts == [("study", {"analysis.json", "figure.svg", "report.html"})]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["analyse", "{study}", "{study}/none.json", "--out", "{out}"], "cannot be read"),
        (["analyse", "{study}/public", "{study}", "--out", "{out}"], "holds no key.json"),
        (["analyse", "{study}", "{study}", "--out", "{study}"], "exists already"),
        (["analyse", "{study}", "{study}", "--out", "{out}"], "key.json"),
        (["analyse", "{study}", "{study}", "--run", "{photos}", "--out", "{out}"], "not tracked"),
        (["serve", "{study}/public"], "holds no key.json"),
        (["serve", "{study}", "--port", "70000"], "--port"),
        (["simulate", "{study}", "--participants", "0", "--out", "{out}"], "at least one"),
        (["simulate", "{study}", "--seed", "-1", "--out", "{out}"], "seed"),
        (["simulate", "{study}", "--careless", "2", "--out", "{out}"], "--careless"),
        (
            ["simulate", "{study}", "--shares", "1", "0.1", "0.1", "0.1", "--out", "{out}"],
            "shares between",
        ),
        (["make", "{bundle}", "--photos", "{study}/none", "--out", "{out}"], "neither a store"),
        (["make", "{bundle}", "--photos", "{photos}", "--out", "{out}"], "take 200 photos"),
        (["make", "{bundle}", "--photos", "{photos}", "--side", "9", "--out", "{out}"], "--side"),
        (
            [
                "make",
                "{bundle}",
                "--photos",
                "{photos}",
                "--per-participant",
                "3",
                "--out",
                "{out}",
            ],
            "make no study",
        ),
        (["make", "{bundle}", "--photos", "{photos}", "--checks", "3", "--out", "{out}"], "pairs"),
        (
            [
                *("make", "{bundle}", "--photos", "{photos}", "--out", "{out}"),
                *("--consent", "{photos}/0.png"),
            ],
            "no text",
        ),
    ],
)
def test_bad_input_is_one_sentence(
    photos: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    tiny_study(tmp_path / "study")
    places = {
        "study": tmp_path / "study",
        "out": tmp_path / "out",
        "photos": photos,
        "bundle": tiny_bundle(tmp_path / "bundle"),
    }
    assert main(["study", *(argument.format(**places) for argument in arguments)]) == 2
    complaint = capsys.readouterr().err
    assert complaint.startswith("igan: ")
    assert sentence in complaint
    assert complaint.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_port_that_is_taken_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from igan.study.server import StudyServer

    tiny_study(tmp_path / "study")
    with StudyServer(tmp_path / "study") as server:
        port = str(server.server_address[1])
        assert main(["study", "serve", str(tmp_path / "study"), "--port", port]) == 2
    assert "cannot be used" in capsys.readouterr().err
