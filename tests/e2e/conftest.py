"""A real browser on a real server with a small real bundle.

IGAN_E2E_BUNDLE names another bundle to run all of this with.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.bundles import tiny_bundle
from tests.e2e.editor_page import EditorPage
from tests.e2e.photos import write_photo, write_samples
from tests.e2e.server import EditorServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LAPTOP = {"width": 1366, "height": 768}


@pytest.fixture(scope="package")
def browser() -> Iterator["Browser"]:
    playwright = pytest.importorskip("playwright.sync_api")
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip(f"no browser is installed ({', '.join(BROWSERS)})")
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="package")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = os.environ.get("IGAN_E2E_BUNDLE")
    if named:
        return Path(named).resolve()
    return tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


@pytest.fixture(scope="package")
def server(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EditorServer]:
    folder = tmp_path_factory.mktemp("server")
    with EditorServer(bundle, write_samples(folder / "samples"), folder / "log") as running:
        yield running


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return write_photo(tmp_path / "first.jpg")


@pytest.fixture
def second_photo(tmp_path: Path) -> Path:
    return write_photo(tmp_path / "second.png", size_px=(120, 120), hue=140)


@pytest.fixture
def context(browser: "Browser") -> Iterator["BrowserContext"]:
    """A visitor who has never been here."""
    opened = browser.new_context(viewport=LAPTOP, reduced_motion="reduce")
    opened.set_default_timeout(20_000)
    yield opened
    opened.close()


@pytest.fixture
def editor(context: "BrowserContext", server: EditorServer) -> Iterator[EditorPage]:
    """The page, which must not have complained about anything when the test is over."""
    page = EditorPage(context.new_page(), server.address)
    page.visit()
    yield page
    assert page.complaints == []
