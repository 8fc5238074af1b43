"""The editor's page as a person uses it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tests.e2e.photos import SIZE_PX

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Locator, Page

BLOCKING = ("serious", "critical")
PATIENCE_MS = 20_000
STILL_MS = 500
MARGIN_PX = 16
"""Around a photo that is shown whole."""

PAD_PIXELS = """([width, height]) => {
  const small = new OffscreenCanvas(width, height).getContext("2d");
  small.imageSmoothingQuality = "high";
  small.drawImage(document.querySelector("#pad"), 0, 0, width, height);
  return Array.from(small.getImageData(0, 0, width, height).data);
}"""


class EditorPage:
    """A tab in which the editor is open.

    Attributes:
        page: for what is not named here.
        complaints: what the browser's console said was wrong.
        photo_size_px: width and height of what is edited, for `draw`.
    """

    def __init__(self, page: "Page", address: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.photo_size_px = SIZE_PX
        self._address = address
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def visit(self) -> None:
        self.page.goto(self._address)
        self.button("An empty canvas").wait_for()

    def button(self, name: str) -> "Locator":
        return self.page.get_by_role("button", name=name, exact=True)

    def open(self, *files: Path) -> None:
        """Choose a file on the opening screen."""
        for file in files:
            self.page.locator("#opening input[type=file]").set_input_files(file)
        self.opened()

    def opened(self) -> None:
        self.page.locator("body:not([data-choosing])").wait_for()

    def brush(self, name: str) -> None:
        self.page.locator("#toolbar label", has_text=name).click()

    def draw(self, *places: tuple[float, float]) -> None:
        """Draw through places of the photo, as shares of its width and height, and leave it."""
        points = [self.place(*place) for place in places]
        self.page.mouse.move(*points[0])
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*point, steps=4)
        self.page.mouse.up()
        self.page.mouse.move(0, 0)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where in the window a place of the photo lies, while the whole photo is shown."""
        box = self.page.locator("#pad").bounding_box()
        assert box is not None
        width, height = self.photo_size_px
        room = box["width"] - 2 * MARGIN_PX, box["height"] - 2 * MARGIN_PX
        scale = min(room[0] / width, room[1] / height)
        left = box["x"] + (box["width"] - width * scale) / 2
        top = box["y"] + (box["height"] - height * scale) / 2
        return left + x * width * scale, top + y * height * scale

    @property
    def strokes(self) -> "Locator":
        """The list of what was drawn."""
        return self.page.locator("#numbers .met li")

    def wait_for_strokes(self, count: int) -> None:
        self.page.wait_for_function(
            "count => document.querySelectorAll('#numbers .met li').length === count", arg=count
        )

    def pad(self) -> npt.NDArray[np.int16]:
        """What the pad shows, reduced, (48, 64, 4)."""
        pixels = self.page.evaluate(PAD_PIXELS, [64, 48])
        return np.array(pixels, np.int16).reshape(48, 64, 4)

    def still(self) -> npt.NDArray[np.int16]:
        """What the pad shows once it has stayed the same for a while."""
        shown = self.pad()
        for _ in range(PATIENCE_MS // STILL_MS):
            self.page.wait_for_timeout(STILL_MS)
            before, shown = shown, self.pad()
            if np.array_equal(shown, before):
                return shown
        raise AssertionError("the picture goes on changing")

    def result(self) -> npt.NDArray[np.int16]:
        """What the pad shows once the edit is carried to the photo at full size."""
        self.page.locator("#note", has_text="at full size").wait_for()
        return self.still()

    def wait_for_change(self, before: npt.NDArray[np.int16], least: int = 2) -> None:
        """Until the pad differs from before by so many levels somewhere."""
        self.wait_until(lambda: np.abs(self.pad() - before).max() >= least)

    def wait_until(self, condition: Callable[[], object]) -> None:
        """For what this side of the browser knows."""
        for _ in range(PATIENCE_MS // 100):
            if condition():
                return
            self.page.wait_for_timeout(100)
        raise AssertionError("that did not come about in time")

    def blocking_violations(self) -> list[str]:
        """What axe-core calls serious or worse."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']}: {[node['html'] for node in one['nodes']]}"
            for one in found
            if one["impact"] in BLOCKING
        ]

    def _note(self, message: "ConsoleMessage") -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)
