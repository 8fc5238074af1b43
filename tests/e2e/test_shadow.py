"""Drawing along the shadow of a sketch model's candidates."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.bundles import tiny_bundle
from tests.e2e.editor_page import EditorPage
from tests.e2e.photos import write_samples
from tests.e2e.server import EditorServer

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.slow

NOTE = "#note"
SHADOW = "Shadow: what the candidates have in common"
KEEP_NOTES = """(selector) => {
  const note = document.querySelector(selector);
  window.notes = [note.textContent];
  new MutationObserver(() => window.notes.push(note.textContent))
    .observe(note, { childList: true, characterData: true, subtree: true });
}"""


@pytest.fixture
def sketcher(context: "BrowserContext", tmp_path: Path) -> Iterator[EditorPage]:
    """The page with an empty canvas of a one-channel model and the sketch brush in hand."""
    bundle = tiny_bundle(tmp_path / "sketches", channels=1)
    samples, log = write_samples(tmp_path / "samples"), tmp_path / "log"
    with EditorServer(bundle, samples, log) as server:
        editor = EditorPage(context.new_page(), server.address)
        editor.visit()
        editor.button("An empty canvas").click()
        editor.opened()
        editor.photo_size_px = (32, 32)
        editor.brush("Sketch")
        yield editor
    assert editor.complaints == []


def test_the_shadow_stays_while_the_edit_below_goes_on(sketcher: EditorPage) -> None:
    page = sketcher.page
    sketcher.draw((0.2, 0.3), (0.7, 0.3))
    sketcher.button("Shadow").click()
    page.get_by_text(SHADOW, exact=True).wait_for()
    page.evaluate(KEEP_NOTES, NOTE)
    sketcher.draw((0.2, 0.7), (0.7, 0.8))
    sketcher.wait_for_strokes(2)
    sketcher.wait_until(lambda: page.locator("#numbers", has_text="At rest").count() == 1)
    assert set(page.evaluate("window.notes")) == {SHADOW}
    sketcher.button("Shadow").click()
    page.get_by_text("The model's own picture", exact=True).wait_for()
