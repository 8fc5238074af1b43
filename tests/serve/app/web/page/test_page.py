"""The page's own modules: their unit tests in Node, their types, and that both sides agree."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from serve.app.limits import Limits
from serve.app.protocol import Frame, FrameKind, read_message
from serve.app.protocol.messages import Draw
from serve.latent.constraints import BRUSHES

HERE = Path(__file__).parent
PAGE = Path(__file__).parents[5] / "serve" / "app" / "web" / "page"
PATIENCE_S = 120


def run(program: str, *arguments: str) -> str:
    """What the program prints; the test is skipped where it is not installed."""
    executable = shutil.which(program)
    if executable is None:
        pytest.skip(f"{program} is not installed")
    done = subprocess.run(
        [executable, *arguments], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("tests", sorted(HERE.glob("*.test.mjs")), ids=lambda path: path.stem)
def test_modules(tests: Path) -> None:
    run("node", "--test", str(tests))


@pytest.mark.slow
def test_types() -> None:
    run("tsc", "--project", str(PAGE / "tsconfig.json"))


def said(*frames: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(
        run("node", str(HERE / "said.mjs"), *(frame.hex() for frame in frames))
    )
    return answer


def test_the_server_understands_every_brush() -> None:
    brushes = set()
    for generation, message in enumerate(said()["drawn"], start=1):
        understood = read_message(json.dumps(message), Limits().message_bytes)
        assert isinstance(understood, Draw)
        assert understood.generation == generation
        brushes.add(understood.constraint.brush)
    assert brushes == {name for name in BRUSHES if not name.endswith("_picture")}


def test_frames_are_read_as_they_were_written() -> None:
    written = [
        Frame(kind, 2**32 - 1 - kind, 70_000, 640, 481, bytes(kind), rank=kind)
        for kind in FrameKind
    ]
    read = said(*(frame.to_bytes() for frame in written))["read"]
    names = ["live", "model", "candidate", "original", "finished", "shadow"]
    assert read == [
        {
            "kind": name,
            "rank": int(frame.kind),
            "generation": frame.generation,
            "time_ms": 70_000,
            "width_px": 640,
            "height_px": 481,
            "bytes": len(frame.payload),
        }
        for name, frame in zip(names, written, strict=True)
    ]


def test_frames_of_another_version_are_not_read() -> None:
    frame = Frame(FrameKind.PHOTO, 1, 1, 1, 1, b"x").to_bytes()
    other = frame[:1] + bytes([frame[1] + 1]) + frame[2:]
    assert said(other, frame[:16])["read"] == [None, None]


@pytest.mark.parametrize("file", sorted(PAGE.rglob("*.js")), ids=lambda path: path.name)
def test_scripts_stand_alone_and_are_checked(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.startswith("// @ts-check\n")
    for source in re.findall(r'(?:from|import)\s*\(?"([^"]+)"', text):
        assert source.startswith(".")
        found = file.parent / source
        assert found.exists() or found.with_suffix(".d.ts").exists(), source


@pytest.mark.parametrize("file", ["index.html", "css/base.css"])
def test_nothing_is_fetched_from_elsewhere(file: str) -> None:
    text = (PAGE / file).read_text(encoding="utf-8")
    assert not re.findall(r"(?:https?:)?//[\w.]+\.\w+|@import|url\(", text)
    assert not re.findall(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", text)
