"""The pad under fingers, keys and the wheel: drawing, looking closer, comparing."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.editor_page import EditorPage

pytestmark = pytest.mark.slow

Place = tuple[float, float]

PAD_COLOUR = """([x, y]) => {
  const pad = document.querySelector("#pad");
  const { left, top } = pad.getBoundingClientRect();
  return [...pad.getContext("2d").getImageData(x - left, y - top, 1, 1).data].slice(0, 3);
}"""
"""What the pad shows at a place of the window, RGB."""


def touch(editor: EditorPage, *steps: Sequence[Place]) -> None:
    """Put fingers down at the first places, move them through the others, and lift them."""
    session = editor.page.context.new_cdp_session(editor.page)
    for kind, places in zip(
        ["touchStart", *["touchMove"] * (len(steps) - 1), "touchEnd"], [*steps, []], strict=True
    ):
        points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(places)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def zoom(editor: EditorPage) -> int:
    return int(editor.page.locator("#zoom-fit").inner_text().removesuffix(" %"))


def test_one_finger_draws_and_two_look_closer(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    fitting = zoom(editor)
    left, right = editor.place(0.4, 0.5), editor.place(0.6, 0.5)
    touch(
        editor,
        [left, right],
        [(left[0] - 50, left[1]), (right[0] + 50, right[1])],
        [(left[0] - 100, left[1]), (right[0] + 100, right[1])],
    )
    assert zoom(editor) > 1.3 * fitting
    editor.page.wait_for_timeout(300)
    assert editor.strokes.count() == 0
    editor.page.keyboard.press("0")
    assert zoom(editor) == fitting
    touch(editor, [left], [editor.place(0.5, 0.55)], [right])
    editor.wait_for_strokes(1)


def test_the_wheel_widens_the_brush_and_with_ctrl_zooms(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    width = editor.page.locator("#width-shown")
    fitting, thin = zoom(editor), width.inner_text()
    editor.page.mouse.move(*editor.place(0.5, 0.5))
    editor.page.mouse.wheel(0, -100)
    editor.page.wait_for_function(
        "thin => document.querySelector('#width-shown').textContent !== thin", arg=thin
    )
    assert zoom(editor) == fitting
    editor.page.keyboard.down("Control")
    editor.page.mouse.wheel(0, -100)
    editor.page.keyboard.up("Control")
    editor.page.wait_for_function(
        "least => parseInt(document.querySelector('#zoom-fit').textContent) > least", arg=fitting
    )


def test_space_moves_the_photo_and_draws_nothing(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    editor.page.keyboard.press("+")
    before = editor.still()
    editor.page.mouse.move(*editor.place(0.5, 0.5))
    editor.page.keyboard.down(" ")
    editor.draw((0.5, 0.5), (0.3, 0.3))
    editor.page.keyboard.up(" ")
    editor.wait_for_change(before)
    assert editor.strokes.count() == 0


def test_the_eyedropper_takes_the_colour_that_is_shown(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    x, y = editor.place(0.3, 0.6)
    shown = np.array(editor.page.evaluate(PAD_COLOUR, [x, y]))
    editor.page.keyboard.press("i")
    editor.page.mouse.click(x, y)
    taken = editor.page.locator("#colour").input_value()
    levels = [int(taken[place : place + 2], 16) for place in (1, 3, 5)]
    assert np.abs(np.array(levels) - shown).max() <= 12
    assert editor.strokes.count() == 0


def test_before_is_shown_while_held_and_beside(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    untouched = editor.still()
    editor.draw((0.3, 0.5), (0.7, 0.6))
    editor.wait_for_strokes(1)
    editor.page.mouse.move(*editor.place(1.5, 0.5))
    editor.wait_for_change(untouched)
    editor.page.keyboard.down("b")
    editor.page.locator("#note", has_text="Before").wait_for()
    held = editor.pad()
    editor.page.keyboard.up("b")
    middle = slice(held.shape[0] // 4, 3 * held.shape[0] // 4)
    assert np.abs(held[middle] - untouched[middle]).mean() < 1.5
    handle = editor.page.get_by_role("slider", name="Where before meets after")
    assert not handle.is_visible()
    editor.page.keyboard.press("v")
    assert handle.get_attribute("aria-valuenow") == "50"
    handle.press("ArrowLeft")
    assert handle.get_attribute("aria-valuenow") == "48"


def test_escape_takes_back_a_stroke_drawn_with_keys(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    pad = editor.page.locator("#pad")
    pad.press("Enter")
    pad.press("ArrowRight")
    pad.press("ArrowRight")
    editor.wait_for_strokes(1)
    pad.press("Escape")
    editor.wait_for_strokes(0)


def test_strokes_are_hidden_and_shown(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    editor.page.keyboard.press("5")
    editor.draw((0.2, 0.1), (0.8, 0.1))
    editor.wait_for_strokes(1)
    editor.page.mouse.move(*editor.place(1.5, 0.5))
    shown = editor.pad()
    editor.page.keyboard.press("e")
    editor.wait_for_change(shown)
    assert editor.page.locator("#strokes").get_attribute("aria-pressed") == "false"


def test_a_pen_that_presses_harder_draws_wider(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    pen = editor.page.context.new_cdp_session(editor.page)

    def draw(y: float, force: float) -> None:
        for kind, x in (("mousePressed", 0.3), ("mouseMoved", 0.5), ("mouseReleased", 0.5)):
            left, top = editor.place(x, y)
            event = {"type": kind, "x": left, "y": top, "button": "left", "buttons": 1}
            pen.send("Input.dispatchMouseEvent", event | {"pointerType": "pen", "force": force})

    draw(0.4, 0.25)
    draw(0.6, 1.0)
    editor.wait_for_strokes(2)
    editor.page.keyboard.press("s")
    with editor.page.expect_download() as download:
        editor.button("Save Session").click()
    edit = json.loads(download.value.path().read_text(encoding="utf-8"))
    light, firm = (stroke["width_px"] for stroke in edit["constraints"])
    assert firm > 2 * light
