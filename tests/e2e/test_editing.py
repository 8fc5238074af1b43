"""A person opens a photo, draws with each brush, looks, and takes things back."""

from pathlib import Path

import pytest

from tests.e2e.editor_page import EditorPage

pytestmark = pytest.mark.slow

STROKE = ((0.3, 0.5), (0.6, 0.55))


def test_every_brush_changes_the_photo(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    editor.page.keyboard.press("e")
    for count, brush in enumerate(["Colour", "Sketch", "Warp", "Pull"], start=1):
        before = editor.pad()
        editor.brush(brush)
        editor.draw(*STROKE)
        editor.wait_for_strokes(count)
        editor.wait_for_change(before, least=0.2)


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
    assert " dB" in editor.page.locator("#numbers").inner_text()


def test_candidates_are_picked_fixed_and_averaged(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    editor.draw(*STROKE)
    editor.wait_for_strokes(1)
    editor.page.keyboard.press("e")
    second = editor.button("Candidate 2: go on from it")
    before = editor.pad()
    second.click()
    editor.wait_for_change(before, least=0.2)
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
    editor.page.keyboard.press("m")
    editor.draw(*STROKE)
    editor.strokes.filter(has_text="units from").wait_for()
    editor.page.locator("#numbers", has_text="At rest.").wait_for()
    result = editor.pad()
    slider = editor.page.get_by_role("slider", name="Way from the start to the result")
    slider.fill("0")
    editor.wait_for_change(result, least=0.2)
    start = editor.pad()
    slider.fill("1")
    editor.wait_for_change(start, least=0.2)
    editor.page.keyboard.press("p")
    editor.button("Stop").wait_for()
    editor.button("Play").wait_for()


def test_directions_and_settings_move_the_edit(editor: EditorPage, photo: Path) -> None:
    editor.open(photo)
    before = editor.pad()
    editor.page.get_by_label("Direction 1", exact=True).fill("3")
    editor.wait_for_change(before, least=0.2)
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
    before = editor.pad()
    editor.page.locator("#transform input[type=file]").set_input_files(second_photo)
    editor.wait_for_change(before, least=0.2)


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
        before = editor.pad()
        editor.draw(*STROKE)
        editor.wait_for_change(before)
        editor.button("Open…").click()
