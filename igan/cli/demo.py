"""The whole path in one go, with a report: pictures, training, export, projection, edit, transfer.

  igan demo                                   on an embedded set of drawn shoes, in minutes
  igan demo --photos my_photos.zip            the same on photos of your own, a folder or zip file
  igan demo --photos my_photos.zip --recipe small64 --images 200000
                                              longer, with the recipe meant for photos

Everything lands in --out: the photo store, both training runs, the exported bundle, the edit and
report.html. A demo that was interrupted goes on where it stopped when it is called again.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igan.errors import BadInputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from serve.bundle import Bundle
    from serve.photo.photo import Photo

RENDERED_PICTURES = 4000
RENDERED_LARGE_PX = 1024
PICTURE_SIZE_PX = 64
MEASURED_PHOTOS = 12
SOLVER_ITERATIONS = 40
STROKE_HALF_LENGTH_SHARE = 0.12
STROKE_WIDTH_SHARE = 0.14
SMOOTHNESS_WEIGHT = 3.0
RECIPES = ("demo64", "small64")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--photos", type=Path, help="a folder or zip file of photos, instead of the embedded set"
    )
    parser.add_argument("--out", type=Path, default=Path("runs/demo"), help="(runs/demo)")
    parser.add_argument(
        "--recipe",
        choices=RECIPES,
        default="demo64",
        help="demo64 takes minutes (default); small64 is the recipe for photos and takes hours "
        "on a CPU",
    )
    parser.add_argument("--images", type=int, help="images to show to the GAN (the recipe's)")
    parser.add_argument(
        "--projector-images", type=int, help="images to train the projector on (the recipe's)"
    )


def run(arguments: argparse.Namespace) -> None:
    report = Demo(
        arguments.out,
        arguments.photos,
        arguments.recipe,
        arguments.images,
        arguments.projector_images,
    ).run()
    bundle = report.parent / "bundle"
    print(f"\nThe report: {report}\nTwo commands to try next:")
    print(f"  igan sample {bundle} --count 64 --out samples.png")
    print(
        f"  igan edit {bundle} {next(report.parent.glob('photo.*'))} "
        f"--script {report.parent / 'edit.json'} --out my-edit"
    )


class Demo:
    """Each stage makes one thing under `out`, whole or not at all, and skips what stands there."""

    def __init__(
        self,
        out: Path,
        photos: Path | None = None,
        recipe: str = "demo64",
        gan_images: int | None = None,
        projector_images: int | None = None,
    ) -> None:
        self.out, self.photos, self.recipe = out, photos, recipe
        self.gan_images, self.projector_images = gan_images, projector_images
        self.store_path = out / "photos.lmdb"
        self.gan, self.projector = out / "gan", out / "projector"
        self.bundle_path, self.report = out / "bundle", out / "report.html"

    def run(self) -> Path:
        """Run what is missing and return the report's path.

        Raises:
            BadInputError: `out` holds a demo of other photos or another recipe.
        """
        self._claim_folder()
        stages: list[tuple[str, Path, Callable[[], object]]] = [
            ("bring the pictures into a store", self.store_path, self._make_store),
            ("train the generator", self.gan, self._train_gan),
            ("train the projection network", self.projector, self._train_projector),
            ("export the bundle", self.bundle_path, self._export),
            ("project held-out pictures", self.out / "reconstruction", self._reconstruct),
            ("edit a large picture", self.out / "edit", self._edit),
            ("write the report", self.report, self._write_report),
        ]
        for number, (title, result, stage) in enumerate(stages, start=1):
            print(f"[{number}/{len(stages)}] {title}", flush=True)
            if result.exists() and not self._is_unfinished_run(result):
                print(f"      {result} stands already")
            else:
                stage()
        return self.report

    def _claim_folder(self) -> None:
        from serve.staging import staged_file

        wanted = {
            "photos": None if self.photos is None else str(self.photos.resolve()),
            "recipe": self.recipe,
            "gan_images": self.gan_images,
            "projector_images": self.projector_images,
        }
        claim = self.out / "demo.json"
        if not claim.exists():
            if self.out.exists() and any(self.out.iterdir()):
                raise BadInputError(f"{self.out} holds something else; name another --out.")
            if self.photos is not None:
                from igan.data.sources import open_source

                open_source(self.photos)
            with staged_file(claim) as staged:
                staged.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
        elif json.loads(claim.read_text(encoding="utf-8")) != wanted:
            raise BadInputError(
                f"{self.out} holds a demo with other options; give the same ones to go on with it, "
                "name another --out, or remove it."
            )

    def _is_unfinished_run(self, path: Path) -> bool:
        from igan.run_folder import RunFolder

        if path not in (self.gan, self.projector):
            return False
        if not RunFolder(path).networks.exists():
            return True
        kind = "gan" if path == self.gan else "projector"
        record = RunFolder(path).load_networks().record["training"][kind]
        return record["images_seen"] < record["total_images"]

    def _make_store(self) -> None:
        from tqdm import tqdm

        from igan.data.importing import (
            ImportProgress,
            import_photos,
            resume_import,
            unfinished_import,
        )
        from igan.data.rendering import render_store

        with tqdm(unit=" pictures", disable=None) as bar:

            def show(done: int, total: int | None) -> None:
                bar.total = total
                bar.update(done - bar.n)

            if self.photos is None:
                render_store(
                    self.store_path,
                    RENDERED_PICTURES,
                    PICTURE_SIZE_PX,
                    progress=lambda done: show(done, RENDERED_PICTURES),
                )
                return

            def show_import(progress: ImportProgress) -> None:
                show(progress.done, progress.total)

            if unfinished_import(self.store_path) is None:
                report = import_photos(
                    self.photos, self.store_path, PICTURE_SIZE_PX, progress=show_import
                )
            else:
                report = resume_import(self.store_path, progress=show_import)
        print(
            f"      {report.imported} photos; {report.rejected} unreadable and "
            f"{report.duplicates} duplicates are listed in {report.rejected_file}"
        )

    def _train_gan(self) -> None:
        self._train("gan", self.gan, self.gan_images, [])

    def _train_projector(self) -> None:
        self._train(
            "projector",
            self.projector,
            self.projector_images,
            [f"--model.generator_run={self.gan}"],
        )

    def _train(self, kind: str, run: Path, images: int | None, options: list[str]) -> None:
        import shutil

        from igan.run_folder import RunFolder
        from igan.training.train import train

        resume = RunFolder(run).checkpoint.exists()
        if run.exists() and not resume:
            shutil.rmtree(run)
        options = [*options, f"--data.stores=[{self.store_path}]"]
        if images is not None:
            options += [
                f"--model.total_images={images}",
                f"--model.decay_from_image={round(0.75 * images)}",
            ]
            if kind == "projector":
                options.append(f"--model.warmup_images={round(0.9 * images)}")
        train(kind, run, None if resume else self.recipe, resume, options)

    def _export(self) -> None:
        from igan.export.run import export_run

        export_run(self.projector, self.bundle_path)

    def _reconstruct(self) -> None:
        from igan.cli.evaluate import evaluate_reconstruction, table

        figures = evaluate_reconstruction(
            self.bundle_path,
            self.store_path,
            self.out / "reconstruction",
            MEASURED_PHOTOS,
            SOLVER_ITERATIONS,
        )
        print(table(figures))

    def _edit(self) -> None:
        from igan.cli.edit import edit_file
        from serve.bundle import load_bundle
        from serve.photo.photo import decode_photo, write_photo
        from serve.staging import staged_file

        bundle = load_bundle(self.bundle_path)
        photo, data = self._large_photo(bundle)
        if data is None:
            photo_path = self.out / "photo.png"
            write_photo(photo, photo_path)
        else:
            photo_path = self.out / f"photo.{decode_photo(data, 'photo').source_format.lower()}"
            with staged_file(photo_path) as staged:
                staged.write_bytes(data)
        script = self.out / "edit.json"
        with staged_file(script) as staged:
            staged.write_text(json.dumps(self._script(photo, bundle), indent=2) + "\n")
        # A model of a few minutes entangles colour with shape, and the stroke asks for colour.
        edit_file(self.bundle_path, photo_path, script, self.out / "edit", change="colour")

    def _large_photo(self, bundle: "Bundle") -> "tuple[Photo, bytes | None]":
        """The measured picture that the bundle reconstructs best, at its full size."""
        from igan.data.rendering import render, sample_parameters
        from igan.data.sources import open_source
        from igan.data.store import Store
        from serve.latent import project
        from serve.photo.photo import Photo, decode_photo

        store = Store(self.store_path)
        heldout = store.indices_of("test")[:MEASURED_PHOTOS]
        losses = project(bundle, store.read(heldout), "network").terms.total
        (entry,) = store.entries([heldout[int(losses.argmin())]])
        if self.photos is None:
            seed, index = map(int, entry.identity.split("/"))
            return Photo(render(sample_parameters(seed, index), RENDERED_LARGE_PX)), None
        data = next(
            file.load()
            for file in open_source(self.photos).files()
            if file.identity == entry.identity
        )
        if not isinstance(data, bytes):
            return Photo(data), None
        return decode_photo(data, entry.identity), data

    def _script(self, photo: "Photo", bundle: "Bundle") -> dict[str, Any]:
        """One stroke across the object, in the measured pictures' colour that differs most."""
        import numpy as np

        from igan.data.store import Store
        from serve.photo.frame import PhotoFrame

        frame = PhotoFrame.centre_square(photo, bundle.manifest.image.size)
        store = Store(self.store_path)
        others = store.read(store.indices_of("test")[:MEASURED_PHOTOS]).astype(np.float64)
        crop = frame.crop(photo.as_uint8(3)).astype(np.float64)
        centre = object_centre(crop)
        reach = STROKE_HALF_LENGTH_SHARE * frame.network_size_px
        ends = frame.grid_to_photo(np.add(centre, [[-reach, 0], [reach, 0]]))
        colours = [colour_at(pixels, object_centre(pixels)) for pixels in others]
        colour = max(colours, key=lambda other: chroma_distance(other, colour_at(crop, centre)))
        width_px = STROKE_WIDTH_SHARE * frame.network_size_px * frame.scale_xy[0]
        return {
            "version": 1,
            "settings": {"smoothness_weight": SMOOTHNESS_WEIGHT},
            "constraints": [
                {
                    "brush": "colour",
                    "points": np.round(ends, 1).tolist(),
                    "colour": np.round(colour).tolist(),
                    "width_px": round(width_px, 1),
                }
            ],
        }

    def _write_report(self) -> None:
        import numpy as np

        from igan.data.store import Store
        from igan.run_folder import RunFolder
        from serve.bundle import load_bundle
        from serve.photo.photo import read_photo
        from serve.photo.pixels import tensor_to_pixels
        from serve.report.page import Page
        from serve.report.sheet import contact_sheet

        bundle, store = load_bundle(self.bundle_path), Store(self.store_path)
        photo = read_photo(next(self.out.glob("photo.*")))
        edited = read_photo(next((self.out / "edit").glob("photo-edited.*")))
        figures = json.loads((self.out / "edit" / "figures.json").read_text())
        table = json.loads((self.out / "reconstruction" / "reconstruction.json").read_text())
        training = RunFolder(self.projector).load_networks().record["training"]
        samples = tensor_to_pixels(bundle.generator(bundle.sample_latents(64, 0)))

        page = Page("From a folder of pictures to an edited picture")
        page.paragraph(
            f"{len(store):,} pictures of {store.size} pixels; a generator that saw "
            f"{training['gan']['images_seen']:,} of them; a projection network that learnt from "
            f"{training['projector']['images_seen']:,}; both exported to ONNX and run from there."
        )
        page.heading("The edit, on the picture at its full size")
        page.pictures(
            [(photo.as_uint8(3), "before"), (edited.as_uint8(3), "after")],
            width_px=480,
            encoding="jpeg",
        )
        page.film(self.out / "edit" / "path.webm", "the path between them", width_px=480)
        page.paragraph("edit/report.html shows the strokes and every step of this edit.")
        page.heading("Some of the pictures")
        page.picture(_sheet(store.read(np.arange(min(32, len(store)))), contact_sheet))
        page.heading("What the generator learnt to draw")
        page.picture(_sheet(samples, contact_sheet), "random latents of seed 0")
        page.heading("Held-out pictures, projected")
        page.picture(read_photo(self.out / "reconstruction" / "sheet.png").as_uint8(3))
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
        page.write(self.report)


def object_centre(pixels: "npt.NDArray[np.float64]") -> "npt.NDArray[np.float64]":
    """The middle (x, y) of what stands out from the border's colour in (S, S, 3) pixels."""
    import numpy as np

    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    contrast = np.abs(pixels - np.median(border, axis=0)).sum(axis=2)
    rows, columns = np.nonzero(contrast >= contrast.max() / 4)
    return np.array([np.median(columns), np.median(rows)]) + 0.5


def colour_at(
    pixels: "npt.NDArray[np.float64]", centre: "npt.NDArray[np.float64]", radius_px: int = 3
) -> "npt.NDArray[np.float64]":
    """The median colour (3,) around a point (x, y) of (S, S, 3) pixels."""
    import numpy as np

    x, y = np.clip(centre.astype(int), radius_px, len(pixels) - radius_px - 1)
    patch = pixels[y - radius_px : y + radius_px + 1, x - radius_px : x + radius_px + 1]
    return np.median(patch, axis=(0, 1))


def chroma_distance(colour: "npt.NDArray[np.float64]", other: "npt.NDArray[np.float64]") -> float:
    """How far two RGB colours (3,) are apart, their lightness left out."""
    difference = colour - other
    return float(((difference - difference.mean()) ** 2).sum())


def _sheet(
    pictures: "npt.NDArray[np.uint8]", contact_sheet: Callable[..., "npt.NDArray[np.uint8]"]
) -> "npt.NDArray[np.uint8]":
    columns = 16
    rows = [list(pictures[first : first + columns]) for first in range(0, len(pictures), columns)]
    return contact_sheet(rows, enlarge_to_px=PICTURE_SIZE_PX)
