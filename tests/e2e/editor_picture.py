"""The picture of the editor that the README shows: our drawn boot, with a colour and a new edge.

python -m tests.e2e.editor_picture checkpoints/shoes64 docs/images/editor.png
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from serve.staging import staged_file
from tests.e2e.conftest import BROWSERS, LAPTOP
from tests.e2e.editor_page import EditorPage
from tests.e2e.server import ROOT, EditorServer

SAMPLES = ROOT / "data" / "samples"
SAMPLE_FILE, SAMPLE_TITLE = "drawn-boot.png", "A boot, drawn"
COLOUR = "#8c2f39"
COLOUR_STROKE = ((0.22, 0.48), (0.4, 0.5), (0.58, 0.63))
SKETCH_STROKE = ((0.14, 0.2), (0.3, 0.17), (0.5, 0.21))
PATIENCE_MS = 240_000


def photograph(bundle: Path, picture: Path) -> None:
    """Edit the sample in a browser, and write what the page shows when all of it is done."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        sys.exit(f"no browser is installed ({', '.join(BROWSERS)}); install one.")
    with (
        tempfile.TemporaryDirectory(prefix="igan-") as folder,
        EditorServer(bundle, SAMPLES, Path(folder) / "log") as server,
        sync_playwright() as driver,
        staged_file(picture) as staged,
    ):
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": LAPTOP["width"], "height": LAPTOP["height"]},
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        editor = EditorPage(context.new_page(), server.address)
        with Image.open(SAMPLES / SAMPLE_FILE) as sample:
            editor.photo_size_px = sample.size
        editor.visit()
        editor.button(SAMPLE_TITLE).click()
        editor.opened()
        editor.page.locator("#colour").fill(COLOUR)
        editor.draw(*COLOUR_STROKE)
        editor.wait_for_strokes(1)
        editor.brush("Sketch")
        editor.draw(*SKETCH_STROKE)
        editor.wait_for_strokes(2)
        editor.page.locator("#note", has_text="at full size").wait_for()
        editor.page.locator("#numbers", has_text="At rest").wait_for()
        editor.page.screenshot(path=staged)
        browser.close()
        if editor.complaints:
            sys.exit(f"the page complained: {editor.complaints}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("picture", type=Path)
    arguments = parser.parse_args()
    photograph(arguments.bundle.resolve(), arguments.picture)
