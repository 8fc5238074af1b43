import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from serve.errors import BadInputError
from serve.report.film import write_film
from serve.report.page import Page


class Outline(HTMLParser):
    """Collects tags with attributes, and checks that what is opened is closed."""

    VOID = frozenset({"meta", "link", "img"})

    def __init__(self):
        super().__init__()
        self.tags, self.open, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def parsed(html):
    outline = Outline()
    outline.feed(html)
    outline.close()
    assert outline.open == []
    return outline


def decoded(uri):
    kind, body = re.fullmatch(r"data:([a-z/0-9]+);base64,(.*)", uri).groups()
    return kind, base64.b64decode(body, validate=True)


def full_page(tmp_path):
    frames = np.random.default_rng(0).integers(0, 255, (3, 16, 16, 3), dtype=np.uint8)
    write_film(frames, tmp_path / "film.webm", fps=4)
    write_film(frames, tmp_path / "film.gif", fps=4)
    page = Page("Title & <more>")
    page.heading("One <b>")
    page.heading("Two", level=3)
    page.paragraph('5 < 6 & "quoted" <script>alert(1)</script>')
    page.commands("igan edit a\nigan edit b")
    page.picture(frames[0], 'a "caption" <i>', width_px=64)
    page.pictures([(frames[1], ""), (frames[2][..., :1], "grey")], encoding="jpeg")
    page.table(["name", "value"], [["a<b", 0.123456], ["n", 12345], ["ok", True]], "figures")
    page.film(tmp_path / "film.webm", "moving", width_px=100)
    page.film(tmp_path / "film.gif")
    return page, frames


def test_everything_is_inside_the_file(tmp_path):
    page, _ = full_page(tmp_path)
    for tag, attributes in parsed(page.html()).tags:
        assert tag != "script"
        for name in ("src", "href"):
            if name in attributes:
                assert attributes[name].startswith("data:")


def test_text_is_escaped(tmp_path):
    page, _ = full_page(tmp_path)
    html = page.html()
    assert "<script" not in html
    assert "<i>" not in html
    text = parsed(html).text
    for wanted in ("Title & <more>", "One <b>", 'a "caption" <i>', "a<b"):
        assert wanted in text


def test_pictures_survive(tmp_path):
    page, frames = full_page(tmp_path)
    sources = [a["src"] for tag, a in parsed(page.html()).tags if tag == "img"]
    kind, data = decoded(sources[0])
    assert kind == "image/png"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), frames[0])
    kind, data = decoded(sources[1])
    assert kind == "image/jpeg"
    assert Image.open(io.BytesIO(data)).format == "JPEG"


def test_films_survive(tmp_path):
    page, _ = full_page(tmp_path)
    tags = parsed(page.html()).tags
    (film,) = [attributes for tag, attributes in tags if tag == "video"]
    assert decoded(film["src"]) == ("video/webm", (tmp_path / "film.webm").read_bytes())
    assert {"loop", "muted", "autoplay", "playsinline"} <= set(film)


def test_enlarged_pictures_keep_square_pixels(tmp_path):
    page, _ = full_page(tmp_path)
    images = [attributes for tag, attributes in parsed(page.html()).tags if tag == "img"]
    assert images[0]["class"] == "pixels"
    assert images[0]["width"] == "64"
    assert "class" not in images[1]


def test_table_cells():
    page = Page("t")
    page.table(["a", "b", "c", "d"], [[0.123456, 12345, True, "x"]])
    text = parsed(page.html()).text
    assert [t for t in text if t.strip()][-4:] == ["0.1235", "12,345", "yes", "x"]


def test_light_and_dark_are_both_there():
    assert "prefers-color-scheme: dark" in Page("t").html()


def test_a_page_is_written_whole(tmp_path):
    page, _ = full_page(tmp_path)
    page.write(tmp_path / "deep" / "report.html")
    assert (tmp_path / "deep" / "report.html").read_text(encoding="utf-8") == page.html()
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["report.html"]


def test_what_cannot_be_shown_is_refused(tmp_path):
    page = Page("t")
    with pytest.raises(ValueError, match="expected uint8"):
        page.picture(np.zeros((4, 4, 3)))
    with pytest.raises(ValueError, match="a row of 1"):
        page.table(["a", "b"], [["x"]])
    with pytest.raises(BadInputError, match=r"use one of"):
        page.film(tmp_path / "a.avi")
