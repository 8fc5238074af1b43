import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from igan.cli.main import main
from igan.cli.project import project_files
from serve.bundle import load_bundle
from serve.latent import ProjectionLoss
from serve.photo.photo import read_photo
from serve.photo.pixels import pixels_to_tensor
from tests.bundles import tiny_bundle


@pytest.fixture(scope="module")
def bundle_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundles") / "tiny"
    tiny_bundle(path)
    return path


def photo_file(path: Path, width_px: int = 40, height_px: int = 50, seed: int = 0) -> Path:
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (5, 4, 3), dtype=np.uint8)
    Image.fromarray(small).resize((width_px, height_px), Image.Resampling.BICUBIC).save(path)
    return path


def test_everything_is_written(
    bundle_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other").mkdir()
    photos = [photo_file(tmp_path / "a.png"), photo_file(tmp_path / "other" / "a.png", seed=1)]
    out = tmp_path / "out"
    command = ["project", str(bundle_path), *map(str, photos), "--out", str(out)]
    assert main([*command, "--iterations", "3"]) == 0
    assert "mean" in capsys.readouterr().out
    report = json.loads((out / "projections.json").read_text())
    bundle = load_bundle(bundle_path)
    size = bundle.manifest.image.size
    assert report["bundle"]["digest"] == bundle.digest
    latents = load_file(out / "latents.safetensors")["latents"]
    assert latents.shape == (2, bundle.manifest.latent.dim)
    with torch.no_grad():
        images = bundle.generator(latents)
    for row, entry in enumerate(report["photos"]):
        assert entry["file"] == "a.png"
        written = read_photo(out / entry["reconstruction"]).as_uint8(3)
        assert written.shape == (size, size, 3)
        difference = pixels_to_tensor(written[None])[0] - images[row]
        assert difference.abs().max() < 1 / 127
        assert 1 <= entry["gradient_steps"] <= 4
    assert report["photos"][0]["reconstruction"] != report["photos"][1]["reconstruction"]
    assert read_photo(out / "sheet.png").width_px > 3 * size


def test_the_losses_are_those_of_the_frame_that_was_asked_for(
    bundle_path: Path, tmp_path: Path
) -> None:
    photo = photo_file(tmp_path / "a.png")
    report = project_files(bundle_path, [photo], tmp_path / "out", "network", frame="2,4,34,36")
    bundle = load_bundle(bundle_path)
    (entry,) = report["photos"]
    assert entry["frame"]["region"] == [2, 4, 34, 36]
    assert bundle.manifest.image.size == 32
    cut = read_photo(photo).as_uint8(3)[4:36, 2:34]
    loss = ProjectionLoss(bundle.features, bundle.manifest.feature_weight)
    latents = load_file(tmp_path / "out" / "latents.safetensors")["latents"]
    with torch.no_grad():
        expected = loss(bundle.generator(latents), pixels_to_tensor(cut[None]))
    assert entry["loss"] == pytest.approx(expected.total.item(), rel=1e-5)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--frame", "middle"], "--frame takes centre, whole or a box"),
        (["--frame", "1,2,3"], "--frame takes centre, whole or a box"),
        (["--frame", "9,9,9,9"], "empty"),
        (["--iterations", "0"], "--iterations must be at least 1, not 0"),
        (["--starts", "0", "--method", "optimisation"], "at least one start, not 0"),
    ],
)
def test_wrong_options_are_one_sentence(
    bundle_path: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    photo = photo_file(tmp_path / "a.png")
    out = tmp_path / "out"
    assert main(["project", str(bundle_path), str(photo), "--out", str(out), *arguments]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.startswith("igan: ")
    assert not out.exists()


def test_bad_files_and_a_taken_place_are_one_sentence(
    bundle_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = photo_file(tmp_path / "a.png")
    text = tmp_path / "text.jpg"
    text.write_text("no photo")
    taken = tmp_path / "taken"
    taken.mkdir()
    assert main(["project", str(bundle_path), str(text), "--out", str(tmp_path / "out")]) == 2
    assert "text.jpg" in capsys.readouterr().err
    assert main(["project", str(bundle_path), str(photo), "--out", str(taken)]) == 2
    assert "taken exists already" in capsys.readouterr().err
    assert main(["project", str(tmp_path), str(photo), "--out", str(tmp_path / "out")]) == 2
    assert "is not a bundle" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "taken", "text.jpg"]
