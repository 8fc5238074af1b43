"""The page of a perception study in a real browser, from a file and from its server."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from igan.study.answers import Submission, read_submissions
from igan.study.key import StudyKey
from igan.study.server import StudyServer
from tests.studies import tiny_study

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

SMALL_PHONE = {"width": 320, "height": 568}


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    """A page in a fresh context, in which any error or refused resource fails the test."""
    context = browser.new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def study(tmp_path: Path) -> tuple[Path, StudyKey]:
    return tmp_path / "study", tiny_study(tmp_path / "study", return_link="https://a.b/?cc={code}")


def _address(study: Path, query: str) -> str:
    return f"{(study / 'public/index.html').as_uri()}?{query}"


def _begin(page: "Page") -> None:
    assert page.locator("#begin").is_disabled()
    page.check("#agrees")
    page.click("#begin")


def _answer(page: "Page", key: StudyKey, sheet: int, places: range) -> None:
    """Take real photos and what checks ask for as real, by every way of answering in turn."""
    ways = ({True: "j", False: "f"}, {True: "ArrowRight", False: "ArrowLeft"}, None)
    for place in places:
        name = key.sheets[sheet][place]
        real = _truth(key, name)
        page.wait_for_selector("#not-real[aria-disabled=false]")
        assert page.get_attribute("#picture", "src") == f"pictures/{name}.jpg"
        assert page.inner_text("#place") == f"Picture {place + 1} of {len(key.sheets[sheet])}"
        way = ways[place % 3]
        if way is None:
            page.click("#looks-real" if real else "#not-real")
        else:
            page.keyboard.press(way[real])


def _truth(key: StudyKey, name: str) -> bool:
    if name in key.checks:
        return key.checks[name].asks_for_real
    return key.pictures[name].condition == "real"


def _exported(page: "Page", kind: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.click(f"#export-{kind}")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_participant_answers_reloads_goes_on_and_exports(
    page: "Page", study: tuple[Path, StudyKey], tmp_path: Path
) -> None:
    folder, key = study
    count = len(key.sheets[2])
    page.goto(_address(folder, "sheet=2&PROLIFIC_PID=5f3a"))
    _begin(page)
    _answer(page, key, 2, range(4))
    page.wait_for_selector("#picture.shown")
    page.reload()
    _answer(page, key, 2, range(4, count))
    page.wait_for_selector("#finish:not([hidden])")
    found: list[Submission] = []
    for kind in ("json", "csv"):
        path = _exported(page, kind, tmp_path)
        assert path.name == f"answers-5f3a.{kind}"
        found += read_submissions([path], key)
    assert found[0].answers == found[1].answers
    assert (found[0].participant, found[0].sheet) == ("5f3a", 2)
    assert all(answer.real == _truth(key, answer.picture) for answer in found[0].answers)
    assert all(0 < answer.response_ms < 60_000 for answer in found[0].answers)
    assert page.inner_text("#code") == found[0].code == found[1].code
    assert page.get_attribute("#return-link", "href") == f"https://a.b/?cc={found[0].code}"


def test_what_is_held_down_or_pressed_too_early_answers_once(
    page: "Page", study: tuple[Path, StudyKey]
) -> None:
    page.goto(_address(study[0], "sheet=0"))
    page.keyboard.press("j")
    _begin(page)
    page.wait_for_selector("#not-real[aria-disabled=false]")
    for _ in range(5):
        page.keyboard.down("j")
    page.keyboard.up("j")
    page.wait_for_selector("#not-real[aria-disabled=false]")
    page.keyboard.press("Control+f")
    assert page.inner_text("#place").startswith("Picture 2 ")


def test_stopping_leaves_nothing_behind(page: "Page", study: tuple[Path, StudyKey]) -> None:
    page.goto(_address(study[0], "sheet=0"))
    _begin(page)
    _answer(page, study[1], 0, range(2))
    page.click("#withdraw")
    page.click("#keep")
    page.click("#withdraw")
    page.click("#delete")
    assert page.locator("#gone").is_visible()
    assert page.evaluate("localStorage.length") == 0
    page.reload()
    assert page.locator("#welcome").is_visible()


def test_a_picture_that_fails_can_be_loaded_again(
    page: "Page", study: tuple[Path, StudyKey]
) -> None:
    folder, key = study
    first = folder / f"public/pictures/{key.sheets[0][0]}.jpg"
    kept = first.read_bytes()
    first.write_bytes(b"no picture")
    page.goto(_address(folder, "sheet=0"))
    _begin(page)
    page.wait_for_selector("#again:not([hidden])")
    page.keyboard.press("j")
    assert page.inner_text("#place").startswith("Picture 1 ")
    first.write_bytes(kept)
    page.click("#again")
    _answer(page, key, 0, range(1))
    page.locator("#place", has_text="Picture 2 ").wait_for()


def test_the_server_collects_what_is_answered(page: "Page", study: tuple[Path, StudyKey]) -> None:
    folder, key = study
    with StudyServer(folder) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            page.goto(f"{server.address}?participant=me")
            _begin(page)
            _answer(page, key, 0, range(len(key.sheets[0])))
            received = page.locator("#sending", has_text="Your answers were received.")
            received.wait_for()
            page.reload()
            received.wait_for()
        finally:
            server.shutdown()
            thread.join()
    (kept,) = read_submissions([folder / "answers"], key)
    assert kept.participant == "me"
    assert len(kept.answers) == len(key.sheets[0])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_is_accessible_and_fits_a_phone(
    page: "Page", study: tuple[Path, StudyKey], scheme: Literal["light", "dark"]
) -> None:
    folder, key = study
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(SMALL_PHONE)
    page.goto(_address(folder, "sheet=0"))
    _check_view(page)
    _begin(page)
    page.wait_for_selector("#picture.shown")
    _check_view(page)
    bottom = page.locator("#looks-real").bounding_box()
    assert bottom is not None
    assert bottom["y"] + bottom["height"] <= SMALL_PHONE["height"]
    _answer(page, key, 0, range(len(key.sheets[0])))
    page.wait_for_selector("#finish:not([hidden])")
    _check_view(page)


def _check_view(page: "Page") -> None:
    import axe_playwright_python

    script = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text()
    page.evaluate(script)
    result = page.evaluate("() => axe.run({preload: false})")
    assert [violation["id"] for violation in result["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL_PHONE["width"]
