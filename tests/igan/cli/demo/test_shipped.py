from pathlib import Path

from igan.cli.demo.shipped import shipped_edit
from tests.bundles import tiny_bundle
from tests.samples import sample_folder


def test_the_first_model_of_shoes_shows_the_first_edit(tmp_path: Path) -> None:
    checkpoints, samples = tmp_path / "checkpoints", sample_folder(tmp_path / "samples")
    assert shipped_edit(checkpoints, samples) is None
    tiny_bundle(checkpoints / "a", name="outdoor")
    assert shipped_edit(checkpoints, samples) is None
    tiny_bundle(checkpoints / "b", name="shoes")
    shown = shipped_edit(checkpoints, samples)
    assert shown is not None
    assert shown.bundle == checkpoints / "b"
    assert shown.edit.title == "A red disc"
    assert shipped_edit(checkpoints, tmp_path / "no-checkout") is None
