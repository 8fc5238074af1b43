"""The stages of a demo, each of which makes one thing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from igan.cli.demo.folder import DemoFolder
from igan.cli.demo.report import write_demo_report
from igan.cli.demo.shipped import CATEGORY, shipped_edit
from igan.cli.demo.strokes import colour_script
from igan.cli.shipped import CHECKPOINTS, SAMPLES

if TYPE_CHECKING:
    from serve.bundle import Bundle
    from serve.photo.photo import Photo

RENDERED_PICTURES = 4000
RENDERED_LARGE_PX = 1024
PICTURE_SIZE_PX = 64
MEASURED_PHOTOS = 12
SOLVER_ITERATIONS = 40


class Demo:
    """Each stage makes one thing, whole or not at all, and skips what stands there already."""

    def __init__(
        self,
        out: Path,
        photos: Path | None = None,
        recipe: str = "demo64",
        gan_images: int | None = None,
        projector_images: int | None = None,
        checkpoints: Path = CHECKPOINTS,
        samples: Path = SAMPLES,
    ) -> None:
        self.folder, self.photos, self.recipe = DemoFolder(out), photos, recipe
        self.gan_images, self.projector_images = gan_images, projector_images
        self.shipped = shipped_edit(checkpoints, samples)

    def run(self) -> Path:
        """Run what is missing and return the report's path.

        Raises:
            BadInputError: the folder holds a demo of other photos or another recipe.
        """
        folder = self.folder
        if self.photos is not None:
            from igan.data.sources import open_source

            open_source(self.photos)
        folder.claim(
            {
                "photos": None if self.photos is None else str(self.photos.resolve()),
                "recipe": self.recipe,
                "gan_images": self.gan_images,
                "projector_images": self.projector_images,
            }
        )
        stages: list[tuple[str, Path, Callable[[], object]]] = [
            ("bring the pictures into a store", folder.store, self._make_store),
            ("train the generator", folder.gan, self._train_gan),
            ("train the projection network", folder.projector, self._train_projector),
            ("export the bundle", folder.bundle, self._export),
            ("project held-out pictures", folder.reconstruction, self._reconstruct),
            ("edit a large picture", folder.edit, self._edit),
            ("edit a sample with a model that ships", folder.shipped_edit, self._edit_shipped),
            ("write the report", folder.report, self._write_report),
        ]
        for number, (title, result, stage) in enumerate(stages, start=1):
            print(f"[{number}/{len(stages)}] {title}", flush=True)
            if result.exists() and not self._is_unfinished_run(result):
                print(f"      {result} stands already")
            else:
                stage()
        return folder.report

    def _is_unfinished_run(self, path: Path) -> bool:
        from igan.run_folder import RunFolder

        if path not in (self.folder.gan, self.folder.projector):
            return False
        if not RunFolder(path).networks.exists():
            return True
        kind = "gan" if path == self.folder.gan else "projector"
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
                    self.folder.store,
                    RENDERED_PICTURES,
                    PICTURE_SIZE_PX,
                    progress=lambda done: show(done, RENDERED_PICTURES),
                )
                return

            def show_import(progress: ImportProgress) -> None:
                show(progress.done, progress.total)

            if unfinished_import(self.folder.store) is None:
                report = import_photos(
                    self.photos, self.folder.store, PICTURE_SIZE_PX, progress=show_import
                )
            else:
                report = resume_import(self.folder.store, progress=show_import)
        print(
            f"      {report.imported} photos; {report.rejected} unreadable and "
            f"{report.duplicates} duplicates are listed in {report.rejected_file}"
        )

    def _train_gan(self) -> None:
        self._train("gan", self.folder.gan, self.gan_images, [])

    def _train_projector(self) -> None:
        self._train(
            "projector",
            self.folder.projector,
            self.projector_images,
            [f"--model.generator_run={self.folder.gan}"],
        )

    def _train(self, kind: str, run: Path, images: int | None, options: list[str]) -> None:
        import shutil

        from igan.run_folder import RunFolder
        from igan.training.train import train

        resume = RunFolder(run).checkpoint.exists()
        if run.exists() and not resume:
            shutil.rmtree(run)
        options = [*options, f"--data.stores=[{self.folder.store}]"]
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

        export_run(self.folder.projector, self.folder.bundle)

    def _reconstruct(self) -> None:
        from igan.cli.evaluate.reconstruction import evaluate_reconstruction, table

        figures = evaluate_reconstruction(
            self.folder.bundle,
            self.folder.store,
            self.folder.reconstruction,
            MEASURED_PHOTOS,
            SOLVER_ITERATIONS,
        )
        print(table(figures))

    def _edit(self) -> None:
        from igan.cli.edit import edit_file
        from igan.data.store import Store
        from serve.bundle import load_bundle
        from serve.photo.photo import decode_photo, write_photo
        from serve.staging import staged_file

        bundle = load_bundle(self.folder.bundle)
        photo, data = self._large_photo(bundle)
        if data is None:
            photo_path = self.folder.path / "photo.png"
            write_photo(photo, photo_path)
        else:
            suffix = decode_photo(data, "photo").source_format.lower()
            photo_path = self.folder.path / f"photo.{suffix}"
            with staged_file(photo_path) as staged:
                staged.write_bytes(data)
        store = Store(self.folder.store)
        others = store.read(store.indices_of("test")[:MEASURED_PHOTOS])
        script = colour_script(photo, bundle.manifest.image.size, others)
        with staged_file(self.folder.script) as staged:
            staged.write_text(json.dumps(script, indent=2) + "\n")
        # A model of a few minutes entangles colour with shape, and the stroke asks for colour.
        edit_file(
            self.folder.bundle, photo_path, self.folder.script, self.folder.edit, change="colour"
        )

    def _edit_shipped(self) -> None:
        if self.shipped is None:
            print(f"      no model of {CATEGORY} ships in {CHECKPOINTS}/")
            return
        from igan.cli.edit import edit_file

        bundle, edit, frame = self.shipped
        edit_file(bundle, edit.photo, edit.script, self.folder.shipped_edit, frame=frame)

    def _write_report(self) -> None:
        write_demo_report(self.folder, self.shipped)

    def _large_photo(self, bundle: "Bundle") -> "tuple[Photo, bytes | None]":
        """The measured picture that the bundle reconstructs best, at its full size."""
        from igan.data.rendering import render, sample_parameters
        from igan.data.sources import open_source
        from igan.data.store import Store
        from serve.latent import project
        from serve.photo.photo import Photo, decode_photo

        store = Store(self.folder.store)
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
