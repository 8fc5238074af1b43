"""A person opens a photo, draws with each brush, looks, and takes things back."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from serve.app.protocol import FrameKind
from tests.e2e.editor_page import EditorPage

if TYPE_CHECKING:
    from playwright.sync_api import WebSocketRoute

pytestmark = pytest.mark.slow

STROKE = ((0.3, 0.5), (0.6, 0.55))
WAY = "Way from the start to the result"


def test_every_brush_changes_the_photo(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    editor.page.keyboard.press("e")
    before = editor.still()
    for brush in ("Colour", "Sketch", "Warp", "Pull"):
        editor.brush(brush)
        editor.draw(*STROKE)
        editor.wait_for_strokes(1)
        editor.wait_for_change(before)
        editor.button("Restart").click()
        editor.wait_for_strokes(0)
        before = editor.result()


def test_keep_and_erase_are_drawn_and_undone(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    editor.brush("Colour")
    editor.draw(*STROKE)
    editor.brush("Keep")
    editor.draw((0.4, 0.8), (0.6, 0.8))
    editor.brush("Erase")
    editor.draw(*STROKE)
    editor.wait_for_strokes(3)
    editor.page.keyboard.press("Control+z")
    editor.page.keyboard.press("Control+z")
    editor.wait_for_strokes(1)
    editor.page.keyboard.press("Control+Shift+z")
    editor.wait_for_strokes(2)
    editor.button("Take stroke 1 (Colour) away").click()
    editor.wait_for_strokes(1)
    assert editor.strokes.first.inner_text().startswith("Keep")


def test_numbers_say_how_far_strokes_are_met(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    editor.draw(*STROKE)
    editor.strokes.filter(has_text="units from the colour asked for").wait_for()
    editor.page.get_by_text("2 CIELAB units is just noticed").wait_for()
    assert " dB" in editor.page.locator("#numbers").inner_text()


def test_candidates_are_picked_fixed_and_averaged(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    editor.draw(*STROKE)
    editor.wait_for_strokes(1)
    editor.page.keyboard.press("e")
    before = editor.result()
    editor.button("Candidate 2: go on from it").click()
    editor.wait_for_change(before)
    editor.button("Fix").click()
    average = editor.button("Average")
    average.click()
    editor.page.locator("#actions [aria-pressed=true]").wait_for()
    average.click()
    editor.button("Restart").click()
    editor.wait_for_strokes(0)
    editor.page.keyboard.press("Control+z")
    editor.wait_for_strokes(1)


def test_the_path_is_walked_and_played(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    editor.page.keyboard.press("e")
    start = editor.still()
    editor.draw(*STROKE)
    result = editor.result()
    slider = editor.page.get_by_role("slider", name=WAY)
    slider.fill("0")
    editor.wait_for_change(result)
    assert np.array_equal(editor.still(), start)
    slider.fill("1")
    editor.wait_for_change(start)
    assert np.array_equal(editor.result(), result)
    editor.page.keyboard.press("p")
    editor.button("Stop").wait_for()
    editor.button("Play").wait_for()


def test_a_late_result_does_not_cover_the_way_to_it(editor: EditorPage, photo: Path) -> None:
    late: list[Callable[[], None]] = []

    def hold_results(socket: "WebSocketRoute") -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            if isinstance(message, bytes) and message[0] == FrameKind.FINISHED:
                late.append(partial(socket.send, message))
            else:
                socket.send(message)

        server.on_message(pass_on)

    editor.page.route_web_socket("**/sessions?*", hold_results)
    editor.open(photo)
    editor.page.keyboard.press("e")
    start = editor.still()
    editor.draw(*STROKE)
    editor.wait_for_change(start)
    editor.wait_until(lambda: late)
    editor.page.get_by_role("slider", name=WAY).fill("0")
    assert np.array_equal(editor.still(), start)
    late.pop()()
    assert np.array_equal(editor.still(), start)
    editor.page.get_by_role("slider", name=WAY).fill("1")
    editor.wait_until(lambda: late)
    late.pop()()
    assert not np.array_equal(editor.result(), start)


def test_a_photo_is_framed_otherwise(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    editor.page.keyboard.press("e")
    editor.draw(*STROKE)
    editor.wait_for_strokes(1)
    known = editor.page.get_by_text("The model redraws this photo at")
    centred = said = known.inner_text()
    for way in ("Whole", "Where it is found", "Centre"):
        editor.button(way).click()
        known.filter(has_not_text=said).wait_for()
        said = known.inner_text()
        editor.wait_for_strokes(1)
    assert said == centred


def test_directions_and_settings_move_the_edit(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    before = editor.still()
    editor.page.get_by_label("Direction 1", exact=True).fill("3")
    editor.wait_for_change(before)
    editor.button("All to the middle").click()
    editor.button("Settings").click()
    closeness = editor.page.get_by_label("Stay close to the photo")
    first = closeness.input_value()
    closeness.fill("12")
    editor.button("Close").click()
    editor.button("Settings").click()
    assert closeness.input_value() == "12"
    editor.button("As they were at first").click()
    editor.page.wait_for_function(
        "value => document.querySelector('#settings input').value === value", arg=first
    )
    editor.button("Close").click()


def test_a_photo_becomes_like_another(editor: EditorPage, photo: Path, second_photo: Path) -> None:
    editor.open(photo)
    before = editor.still()
    editor.page.locator("#transform input[type=file]").set_input_files(second_photo)
    editor.wait_for_change(before)


def test_without_a_mouse(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    editor.page.locator("#pad").focus()
    for key in ("Enter", "ArrowRight", "ArrowRight", "ArrowDown", "Enter"):
        editor.page.keyboard.press(key)
    editor.wait_for_strokes(1)
    editor.page.keyboard.press("?")
    help_dialog = editor.page.get_by_role("dialog", name="Keys and gestures")
    assert "Fix" in help_dialog.inner_text()
    editor.page.keyboard.press("Escape")
    help_dialog.wait_for(state="hidden")


def test_random_and_empty_pictures_are_edited(editor: EditorPage) -> None:
    editor.photo_size_px = (1, 1)
    for start in ("A random picture", "An empty canvas"):
        editor.button(start).click()
        editor.opened()
        before = editor.still()
        editor.page.keyboard.press("e")
        editor.draw(*STROKE)
        editor.wait_for_change(before)
        editor.button("Open…").click()
