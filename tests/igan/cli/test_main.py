from pathlib import Path

import pytest

from igan import __version__
from igan.cli import main as main_module
from igan.cli.main import COMMANDS, main
from igan.errors import IganError
from serve.errors import ServeError


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    listing = capsys.readouterr().out
    assert all(f"  {name} " in listing for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_teaches(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    assert f"igan {command}" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"igan {__version__}\n"


@pytest.mark.parametrize(
    ("error", "exit_code", "sentence"),
    [
        (IganError("it broke."), 1, "igan: it broke.\n"),
        (ServeError("it broke."), 1, "igan: it broke.\n"),
        (KeyboardInterrupt(), 130, "igan: interrupted; nothing half-written was left.\n"),
        (
            OSError(28, "No space left on device", "x.ckpt"),
            1,
            "igan: x.ckpt: No space left on device.\n",
        ),
        (
            ModuleNotFoundError("No module named 'lmdb'", name="lmdb"),
            1,
            "igan: this command needs the package lmdb; "
            "install it with `pip install 'igan[train]'`.\n",
        ),
    ],
)
def test_errors_are_one_sentence(
    error: BaseException,
    exit_code: int,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(argv: list[str]) -> int:
        raise error

    monkeypatch.setattr(main_module, "_run", fail)
    assert main(["anything"]) == exit_code
    assert capsys.readouterr().err == sentence


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["data", "import", "{folder}", "--out", "{folder}/x.lmdb"], "holds no photos"),
        (["data", "info", "{folder}/none.lmdb"], "none.lmdb"),
        (["bundle", "verify", "{folder}/none"], "none"),
        (["export", "{folder}/none", "--out", "{folder}/b"], "is not a run folder"),
        (["train", "gan", "--config", "smal64", "--run", "{folder}/run"], "shipped for gan are"),
        (["train", "gan", "--config", "small64"], "name a folder for the run"),
        (["sample", "{folder}/none", "--out", "{folder}/s.png"], "none"),
        (["demo", "--photos", "{folder}/none", "--out", "{folder}/demo"], "none does not exist"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([argument.format(folder=tmp_path) for argument in arguments]) == 2
    complaint = capsys.readouterr().err
    assert sentence in complaint
    assert complaint.count("\n") == 1
    assert complaint.endswith(".\n")
    assert list(tmp_path.iterdir()) == []
