import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from igan.cli.main import main
from igan.cli.serve import chosen_samples, chosen_token, default_bundles
from igan.errors import BadInputError
from serve.client import connect
from tests.bundles import tiny_bundle
from tests.resealing import resealed

TOKEN = "correct-horse-battery"


def a_bundle(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "manifest.json").touch()
    return folder


def test_every_checkpoint_is_served_the_longest_trained_first(tmp_path: Path) -> None:
    checkpoints = tmp_path / "checkpoints"
    bags = tiny_bundle(checkpoints / "bags")
    shoes = resealed(
        bags,
        checkpoints / "shoes",
        lambda document: document["training"].update(gan={"images_seen": 200_000}),
    )
    (checkpoints / "notes").mkdir()
    a_bundle(tmp_path / "runs" / "demo" / "bundle")
    assert default_bundles(tmp_path) == [shoes, bags]


def test_without_one_the_demos_bundle_is(tmp_path: Path) -> None:
    demo = a_bundle(tmp_path / "runs" / "demo" / "bundle")
    assert default_bundles(tmp_path) == [demo]


def test_without_any_it_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="`make demo`"):
        default_bundles(tmp_path)


def test_a_token_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    assert chosen_token(file, {"IGAN_TOKEN": "of-the-environment"}) == TOKEN
    assert chosen_token(None, {"IGAN_TOKEN": "of-the-environment"}) == "of-the-environment"
    assert chosen_token(None, {}) is None


def test_samples_may_be_ones_own(tmp_path: Path) -> None:
    assert chosen_samples(tmp_path) == tmp_path


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--host", "0.0.0.0"], "everybody in the network can reach the server"),
        (["--token-file", "nothing"], "the token file nothing cannot be read"),
        (["--allow-origin", "example.org"], "example.org is no origin"),
        (["--max-sessions", "0"], "--max-sessions must be at least 1"),
        (["--samples", "nothing"], "nothing"),
        (["no-bundle"], "no-bundle is not a bundle"),
        ([], "there is no bundle in checkpoints"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if arguments[:1] not in ([], ["no-bundle"]):
        arguments = [str(tiny_bundle(tmp_path / "tiny")), *arguments]
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IGAN_TOKEN", raising=False)
    assert main(["serve", "--port", "0", *arguments]) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1
    assert said.out == ""


def test_a_port_that_is_taken_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = tiny_bundle(tmp_path / "tiny")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", str(bundle), "--port", port]) == 2
    assert f"cannot listen on 127.0.0.1 port {port}" in capsys.readouterr().err


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that serves, and the address that it has printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "igan.cli.main", "serve", *arguments, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"IGAN_TOKEN": TOKEN},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        yield process, process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_stop(number: signal.Signals, tmp_path: Path) -> None:
    with serving(str(tiny_bundle(tmp_path / "tiny"))) as (process, address):
        assert address.endswith(f"/#token={TOKEN}")
        with connect(address.partition("#")[0], TOKEN) as editor:
            editor.open("tiny", start="random")
            process.send_signal(number)
            said, complaints = process.communicate(timeout=30)
    assert process.returncode == 0
    assert said == "The editor is closed.\n"
    assert complaints == ""
