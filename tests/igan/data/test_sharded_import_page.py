"""The script and the commands of docs/sharded-import.md, on one machine."""

import argparse
import re
import sys
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from igan.cli import data
from igan.data.importing import import_photos
from igan.data.store import Store
from tests.igan.data.conftest import write_photo_file

PAGE = Path(__file__).parents[3] / "docs" / "sharded-import.md"


def script() -> str:
    (found,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return found


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(12):
        write_photo_file(tmp_path / "photos" / f"{number:02}.png", seed=number % 9)
    return tmp_path / "photos"


@pytest.mark.slow
def test_the_script_makes_the_store_of_an_undivided_import(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ray's tasks are stood in for by processes; everything else is the page's own."""
    whole = import_photos(photos, tmp_path / "whole.lmdb")
    (tmp_path / "import_on_ray.py").write_text(script())
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    (tmp_path / "shards").mkdir()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        ray: Any = ModuleType("ray")
        ray.init = lambda: None

        def remote(**resources: object) -> object:
            assert resources == {"num_cpus": 4, "max_retries": 3}
            return lambda task: SimpleNamespace(remote=lambda *given: pool.submit(task, *given))

        def get(running: list[Future[str]]) -> list[str]:
            return [task.result() for task in running]

        ray.remote, ray.get = remote, get
        monkeypatch.setitem(sys.modules, "ray", ray)
        import import_on_ray  # type: ignore[import-not-found]

        out = tmp_path / "merged.lmdb"
        import_on_ray.main(str(photos), str(tmp_path / "shards"), str(out), 3)
    sys.modules.pop("import_on_ray")
    assert Store(out).digest == Store(whole.store).digest


def test_every_command_of_the_page_is_known() -> None:
    parser = argparse.ArgumentParser()
    data.add_arguments(parser)
    text = PAGE.read_text(encoding="utf-8").replace("\\\n", " ").replace('"', "")
    commands = re.findall(r"^ *igan data ([^#&\n]*)", text, re.MULTILINE)
    assert len(commands) >= 7
    for command in commands:
        parser.parse_args(command.split())
