"""Nothing is lost: what is saved, a reload, another browser, a server that went away."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import pytest
from PIL import Image

from igan.cli.main import main
from serve.latent import edit_from_json
from tests.e2e.editor_page import EditorPage
from tests.e2e.photos import SIZE_PX, write_samples
from tests.e2e.server import EditorServer

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.slow

STROKE = ((0.3, 0.5), (0.6, 0.55))
MAKING_MS = 60_000
"""Films take a while where much else runs."""


def save(editor: EditorPage, kind: str, folder: Path) -> Path:
    """Save one kind of file."""
    editor.page.keyboard.press("s")
    with editor.page.expect_download(timeout=MAKING_MS) as download:
        editor.button(f"Save {kind}").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    editor.page.locator("#saving", has_text=f"Saved {path.name}").wait_for()
    editor.page.keyboard.press("Escape")
    return path


@pytest.fixture
def drawn(editor: EditorPage, photo: Path) -> EditorPage:
    """An editor in which a photo has a stroke."""
    editor.open(photo)
    editor.draw(*STROKE)
    editor.strokes.filter(has_text="units from").wait_for()
    return editor


def test_photo_film_and_page_are_saved(drawn: EditorPage, photo: Path, tmp_path: Path) -> None:
    edited = save(drawn, "Photo", tmp_path)
    with Image.open(edited) as picture:
        assert (picture.format, picture.size) == ("JPEG", SIZE_PX)
    assert edited.name == "first-edited.jpg"
    with Image.open(save(drawn, "GIF", tmp_path)) as film:
        assert film.n_frames > 2
    reader = cv2.VideoCapture(str(save(drawn, "MP4", tmp_path)))
    assert reader.read()[0]
    reader.release()
    page = save(drawn, "Page", tmp_path).read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")


def test_a_session_runs_on_the_command_line(
    drawn: EditorPage, bundle: Path, photo: Path, tmp_path: Path
) -> None:
    session = save(drawn, "Session", tmp_path)
    edit = edit_from_json(json.loads(session.read_text(encoding="utf-8")))
    assert len(edit.constraints) == 1
    assert edit.cache is not None
    out = tmp_path / "out"
    assert main(["edit", str(bundle), str(photo), "--script", str(session), "--out", str(out)]) == 0
    assert (out / "edit.json").is_file()


def test_a_session_is_opened_again_in_another_browser(
    drawn: EditorPage, server: EditorServer, photo: Path, tmp_path: Path
) -> None:
    session = save(drawn, "Session", tmp_path)
    browser = drawn.page.context.browser
    assert browser is not None
    with browser.new_context() as elsewhere:
        other = EditorPage(elsewhere.new_page(), server.address)
        other.visit()
        other.page.locator("#opening input[type=file]").set_input_files(session)
        other.page.locator("#opening", has_text="now open that photo").wait_for()
        other.open(photo)
        other.wait_for_strokes(1)
        assert other.complaints == []


def test_a_reload_goes_on(drawn: EditorPage) -> None:
    drawn.page.wait_for_timeout(1500)
    drawn.page.reload()
    drawn.opened()
    drawn.wait_for_strokes(1)
    drawn.page.keyboard.press("Control+z")
    drawn.wait_for_strokes(0)


def test_a_new_tab_is_offered_the_edit_and_it_can_be_forgotten(
    drawn: EditorPage, server: EditorServer
) -> None:
    drawn.page.wait_for_timeout(1500)
    tab = EditorPage(drawn.page.context.new_page(), server.address)
    tab.visit()
    tab.button("Go on with first.jpg").click()
    tab.opened()
    tab.wait_for_strokes(1)
    tab.button("Open…").click()
    tab.button("Forget it and start anew").click()
    tab.page.reload()
    tab.button("An empty canvas").wait_for()
    assert tab.page.locator("body[data-opened=no]").count() == 1
    assert tab.complaints == []


@pytest.fixture
def frail_server(bundle: Path, tmp_path: Path) -> Iterator[EditorServer]:
    """A server that a test may kill."""
    with EditorServer(bundle, write_samples(tmp_path / "samples"), tmp_path / "log") as running:
        yield running


def test_a_server_that_was_killed_and_started_again_loses_nothing(
    frail_server: EditorServer, context: "BrowserContext", photo: Path
) -> None:
    editor = EditorPage(context.new_page(), frail_server.address)
    editor.visit()
    editor.open(photo)
    editor.draw(*STROKE)
    editor.wait_for_strokes(1)
    editor.page.wait_for_timeout(1000)
    frail_server.kill()
    editor.page.locator("#connection[data-state=lost]").wait_for()
    editor.draw((0.4, 0.7), (0.7, 0.7))
    editor.wait_for_strokes(2)
    frail_server.start_again()
    editor.page.locator("#connection[data-state=open]").wait_for()
    editor.strokes.nth(1).filter(has_text="units from").wait_for()
    editor.draw((0.3, 0.3), (0.6, 0.3))
    editor.strokes.nth(2).filter(has_text="units from").wait_for()
