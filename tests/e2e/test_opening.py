"""What a person may bring, and what is said where it is of no use."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.editor_page import EditorPage
from tests.e2e.photos import write_samples
from tests.e2e.server import EditorServer
from tests.resealing import resealed

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.slow

GIVE = """([kind, name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], name, { type }));
  const event =
    kind === "paste"
      ? new ClipboardEvent("paste", { clipboardData: files, bubbles: true })
      : new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true });
  document.querySelector("#stage").dispatchEvent(event);
}"""


def give(editor: EditorPage, kind: str, file: Path) -> None:
    """Drop or paste a file."""
    data = base64.b64encode(file.read_bytes()).decode()
    editor.page.evaluate(GIVE, [kind, file.name, f"image/{file.suffix[1:]}", data])


def test_the_first_visit_explains_and_plays_an_example(editor: EditorPage) -> None:
    example = editor.page.locator("#opening canvas")
    before = example.screenshot()
    assert editor.page.locator("#opening .about p").count() == 3
    editor.button("Play the example").click()
    editor.page.locator("#connection[data-state=open]").wait_for()
    editor.wait_until(lambda: example.screenshot() != before)
    editor.page.reload()
    editor.page.locator("body[data-choosing]").wait_for()


def test_a_sample_opens(editor: EditorPage) -> None:
    editor.button("An ellipse").click()
    editor.opened()
    assert editor.page.locator("body").get_attribute("data-opened") == "photo"


@pytest.fixture
def server_of_two(bundle: Path, tmp_path: Path) -> Iterator[EditorServer]:
    """The second of its models is of the category of the sample."""
    shapes = resealed(bundle, tmp_path / "b", lambda document: document.update(name="shapes64"))
    samples, log = write_samples(tmp_path / "samples"), tmp_path / "log"
    with EditorServer(bundle, samples, log, shapes) as running:
        yield running


def test_a_sample_opens_with_the_model_of_its_category(
    server_of_two: EditorServer, context: "BrowserContext"
) -> None:
    editor = EditorPage(context.new_page(), server_of_two.address)
    editor.visit()
    model = editor.page.get_by_role("combobox", name="Model")
    assert model.input_value() != "shapes64"
    editor.button("An ellipse").click()
    editor.opened()
    assert model.input_value() == "shapes64"
    assert editor.complaints == []


def test_another_model_on_the_opening_screen_plays_the_example_and_opens_nothing(
    server_of_two: EditorServer, context: "BrowserContext", photo: Path
) -> None:
    editor = EditorPage(context.new_page(), server_of_two.address)
    editor.visit()
    editor.button("Play the example").click()
    editor.page.locator("#connection[data-state=open]").wait_for()
    example = editor.page.locator("#opening canvas")
    before = example.screenshot()
    editor.wait_until(lambda: example.screenshot() != before)
    editor.page.get_by_role("combobox", name="Model").select_option("shapes64")
    before = example.screenshot()
    editor.wait_until(lambda: example.screenshot() != before)
    assert editor.page.locator("body[data-choosing]").count() == 1
    editor.open(photo)
    editor.draw((0.3, 0.5), (0.6, 0.5))
    editor.wait_for_strokes(1)
    assert editor.complaints == []


def test_a_photo_is_dropped_and_another_pasted(
    editor: EditorPage, photo: Path, second_photo: Path
) -> None:
    give(editor, "drop", photo)
    editor.opened()
    first = editor.still()
    give(editor, "paste", second_photo)
    question = editor.page.get_by_role(
        "dialog", name=f"What shall happen with {second_photo.name}?"
    )
    question.get_by_role("button", name="Open it instead").click()
    editor.wait_for_change(first)
    give(editor, "drop", photo)
    before = editor.still()
    editor.button("Make my photo like it").click()
    editor.wait_for_change(before)


def test_what_is_no_photo_is_refused_by_a_sentence(editor: EditorPage, tmp_path: Path) -> None:
    not_a_photo = tmp_path / "letter.jpg"
    not_a_photo.write_text("Dear photo,")
    editor.page.locator("#opening input[type=file]").set_input_files(not_a_photo)
    editor.page.locator("#notices .notice").wait_for()
    assert editor.page.locator("body[data-choosing]").count() == 1
    editor.complaints = [one for one in editor.complaints if "422" not in one]


def test_what_is_no_session_is_refused_by_a_sentence(editor: EditorPage, tmp_path: Path) -> None:
    not_a_session = tmp_path / "list.json"
    not_a_session.write_text("[1, 2]")
    editor.page.locator("#opening input[type=file]").set_input_files(not_a_session)
    editor.page.locator("#notices", has_text="no saved session").wait_for()
