from pathlib import Path

import pytest
from starlette.requests import Request

from serve.app.web.page_files import PAGE, PageFiles


def request(**headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": pairs})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    page = tmp_path / "page"
    (page / "js").mkdir(parents=True)
    (page / "index.html").write_text("<!doctype html>")
    (page / "js" / "main.js").write_text("export {}")
    (page / "tsconfig.json").write_text("{}")
    (tmp_path / "secret.js").write_text("secret")
    return page


def test_the_page_is_served_from_its_folder(folder: Path) -> None:
    files = PageFiles(folder)
    index = files.answer("", request())
    script = files.answer("js/main.js", request())
    assert index is not None
    assert script is not None
    assert index.body == b"<!doctype html>"
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "name", ["../secret.js", "js/../../secret.js", "/etc/passwd", "js", "tsconfig.json", "none.js"]
)
def test_nothing_else_is(folder: Path, name: str) -> None:
    assert PageFiles(folder).answer(name, request()) is None


def test_a_browser_that_has_a_file_is_not_sent_it_again(folder: Path) -> None:
    files = PageFiles(folder)
    first = files.answer("index.html", request())
    assert first is not None
    again = files.answer("index.html", request(if_none_match=f'W/"x", {first.headers["etag"]}'))
    assert again is not None
    assert (again.status_code, again.body) == (304, b"")
    (folder / "index.html").write_text("<!doctype html><title>changed</title>")
    changed = files.answer("index.html", request(if_none_match=first.headers["etag"]))
    assert changed is not None
    assert changed.status_code == 200


def test_the_page_that_ships_is_there() -> None:
    page = PageFiles(PAGE).answer("", request())
    assert page is not None
    assert b"<script" in page.body
