"""axe-core finds nothing serious, by day on a laptop and by night on a tablet."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.editor_page import EditorPage
from tests.e2e.server import EditorServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

LAPTOP = {"width": 1366, "height": 768}
TABLET = {"width": 820, "height": 1180}


@pytest.fixture(params=["light", "dark"])
def shown(
    browser: "Browser", server: EditorServer, request: pytest.FixtureRequest
) -> Iterator[EditorPage]:
    """The page by day and by night."""
    size = LAPTOP if request.param == "light" else TABLET
    with browser.new_context(viewport=size, color_scheme=request.param) as context:
        page = EditorPage(context.new_page(), server.address)
        page.visit()
        yield page
        assert page.complaints == []


def test_nothing_serious_is_wrong(shown: EditorPage, photo: Path) -> None:
    assert shown.blocking_violations() == []
    shown.open(photo)
    shown.draw((0.3, 0.5), (0.6, 0.55))
    shown.wait_for_strokes(1)
    assert shown.blocking_violations() == []
    assert shown.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for key in ("Settings", "Help", "Save…"):
        shown.button(key).click()
        assert shown.blocking_violations() == []
        shown.button("Close").click()


def test_the_check_finds_what_is_wrong(editor: EditorPage) -> None:
    editor.page.evaluate(
        "document.querySelector('#opening').append(document.createElement('button'))"
    )
    (violation,) = editor.blocking_violations()
    assert violation.startswith("button-name")
