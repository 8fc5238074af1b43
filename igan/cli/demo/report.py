"""The report of a demo: every picture and figure on one page."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igan.cli.demo.folder import DemoFolder
from igan.cli.demo.shipped import ShippedEdit

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from serve.report.page import Page

SHEET_COLUMNS = 16
SHOWN_STORE_PICTURES = 32
SHOWN_SAMPLES = 64


def write_demo_report(folder: DemoFolder, shipped: ShippedEdit | None) -> None:
    """Write what the stages made as one page."""
    import numpy as np

    from igan.data.store import Store
    from igan.run_folder import RunFolder
    from serve.bundle import load_bundle
    from serve.photo.photo import read_photo
    from serve.photo.pixels import tensor_to_pixels
    from serve.report.page import Page

    bundle, store = load_bundle(folder.bundle), Store(folder.store)
    figures = _figures(folder.edit)
    table = json.loads((folder.reconstruction / "reconstruction.json").read_text())
    training = RunFolder(folder.projector).load_networks().record["training"]
    samples = tensor_to_pixels(bundle.generator(bundle.sample_latents(SHOWN_SAMPLES, 0)))

    page = Page("From a folder of pictures to an edited picture")
    page.paragraph(
        f"{len(store):,} pictures of {store.size} pixels; a generator that saw "
        f"{training['gan']['images_seen']:,} of them; a projection network that learnt from "
        f"{training['projector']['images_seen']:,}; both exported to ONNX and run from there."
    )
    page.heading("The edit, on the picture at its full size")
    _add_before_and_after(page, folder.photo(), folder.edit)
    page.film(folder.edit / "path.webm", "the path between them", width_px=480)
    page.paragraph("edit/report.html shows the strokes and every step of this edit.")
    if shipped is not None:
        page.heading("What a model that ships makes of a sample")
        page.paragraph(
            f"{shipped.edit.title}, by {shipped.bundle.name}; shipped-edit/report.html shows how."
        )
        _add_before_and_after(page, shipped.edit.photo, folder.shipped_edit)
        page.picture(read_photo(folder.shipped_edit / "sheet.png").as_uint8(3))
    page.heading("Some of the pictures")
    page.picture(_sheet(store.read(np.arange(min(SHOWN_STORE_PICTURES, len(store))))))
    page.heading("What the generator learnt to draw")
    page.picture(_sheet(samples), "random latents of seed 0")
    page.heading("Held-out pictures, projected")
    page.picture(read_photo(folder.reconstruction / "sheet.png").as_uint8(3))
    page.table(
        ["method", "loss", "95 % interval", "PSNR dB", "gradient steps", "seconds"],
        [
            [
                row["method"],
                row["loss"],
                f"{row['interval'][0]:.4f} to {row['interval'][1]:.4f}",
                row["psnr_db"],
                row["gradient_steps"],
                row["seconds_per_photo"],
            ]
            for row in table["methods"]
        ],
        f"means over {table['photos']} held-out pictures; lower loss is better",
    )
    page.heading("Seconds of the edit")
    page.table(list(figures["seconds"]), [list(figures["seconds"].values())])
    page.write(folder.report)


def _figures(edit: Path) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads((edit / "figures.json").read_text(encoding="utf-8"))
    return figures


def _add_before_and_after(page: "Page", photo: Path, edit: Path) -> None:
    """A photo and what the folder of its edit holds."""
    from serve.photo.photo import read_photo

    edited = edit / _figures(edit)["edited"]
    pair = [(photo, "before"), (edited, "after")]
    pictures = [(read_photo(path).as_uint8(3), caption) for path, caption in pair]
    page.pictures(pictures, width_px=480, encoding="jpeg")


def _sheet(pictures: "npt.NDArray[np.uint8]") -> "npt.NDArray[np.uint8]":
    from serve.report.sheet import contact_sheet

    starts = range(0, len(pictures), SHEET_COLUMNS)
    rows = [list(pictures[first : first + SHEET_COLUMNS]) for first in starts]
    return contact_sheet(rows, enlarge_to_px=pictures.shape[1])
