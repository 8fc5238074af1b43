import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from igan.cli.framing import DOUBTFUL_EXPLAINED
from igan.cli.main import main
from igan.cli.project import project_files
from igan.evaluation.perceptual import alexnet_distance
from serve.bundle import load_bundle
from serve.latent import ProjectionLoss, psnr_db
from serve.latent.category import HeldOutLosses
from serve.latent.ssim import ssim
from serve.photo.photo import read_photo
from serve.photo.pixels import pixels_to_tensor, tensor_to_pixels
from tests.bundles import tiny_bundle
from tests.resealing import resealed


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
    assert main([*command, "--method", "all", "--starts", "2", "--iterations", "3"]) == 0
    assert "mean" in capsys.readouterr().out
    report = json.loads((out / "results.json").read_text())
    bundle = load_bundle(bundle_path)
    size = bundle.manifest.image.size
    assert report["bundle"]["digest"] == bundle.digest
    assert report["perceptual"] == "alexnet_distance"
    latents = load_file(out / "latents.safetensors")
    assert set(latents) == {"network", "optimisation", "hybrid"}
    steps = {"network": (0, 0), "optimisation": (2, 8), "hybrid": (1, 4)}
    written = set()
    for name, z in latents.items():
        assert z.shape == (2, bundle.manifest.latent.dim)
        with torch.no_grad():
            images = bundle.generator(z)
        for row, entry in enumerate(report["photos"]):
            assert entry["file"] == "a.png"
            assert entry["category"] is None
            figures = entry["methods"][name]
            written.add(figures["reconstruction"])
            picture = read_photo(out / figures["reconstruction"]).as_uint8(3)
            assert picture.shape == (size, size, 3)
            assert (pixels_to_tensor(picture[None])[0] - images[row]).abs().max() < 1 / 127
            low, high = steps[name]
            assert low <= figures["gradient_steps"] <= high
    assert len(written) == 6
    for photo in report["photos"]:
        losses = {name: figures["loss"] for name, figures in photo["methods"].items()}
        assert losses["hybrid"] <= losses["network"]
    assert read_photo(out / "sheet.png").width_px > 4 * size
    assert (out / "report.html").read_text().count("<img") == 2 * (1 + 1 + 3)


def test_the_figures_are_those_of_the_frame_that_was_asked_for(
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
    latents = load_file(tmp_path / "out" / "latents.safetensors")["network"]
    with torch.no_grad():
        images = bundle.generator(latents)
        expected = loss(images, pixels_to_tensor(cut[None]))
    figures = entry["methods"]["network"]
    assert figures["loss"] == pytest.approx(expected.total.item(), rel=1e-5)
    pair = tensor_to_pixels(images), cut[None]
    assert figures["psnr_db"] == pytest.approx(psnr_db(*pair)[0])
    assert figures["ssim"] == pytest.approx(ssim(*pair)[0])
    assert figures["perceptual"] == pytest.approx(alexnet_distance()(*pair)[0], rel=1e-5)


def test_found_frames_say_what_they_explain(
    bundle_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = photo_file(tmp_path / "a.png", 150, 90)
    out = tmp_path / "out"
    command = ["project", str(bundle_path), str(photo), "--out", str(out), "--method", "network"]
    assert main([*command, "--frame", "found"]) == 0
    report = json.loads((out / "results.json").read_text())
    (entry,) = report["photos"]
    x0, y0, x1, y1 = entry["frame"]["region"]
    assert x1 - x0 == y1 - y0 >= 32
    assert entry["explained_by_found_frame"] >= 0
    assert report["seconds"]["placing"] > 0
    is_doubtful = entry["explained_by_found_frame"] < DOUBTFUL_EXPLAINED
    assert ("may lie wrong" in capsys.readouterr().out) is is_doubtful


@pytest.mark.parametrize(("scale", "belongs"), [(10.0, True), (1e-3, False)])
def test_a_measured_bundle_says_whether_a_photo_belongs(
    bundle_path: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    scale: float,
    belongs: bool,
) -> None:
    """A distribution that lies above or below the photo's loss is put into the manifest."""
    losses = HeldOutLosses.measured(np.linspace(0.9, 1.1, 30) * scale, 0, {})
    measured = resealed(
        bundle_path,
        tmp_path / "measured",
        lambda document: document.update(held_out_losses=losses.to_json()),
    )
    photo = photo_file(tmp_path / "a.png")
    out = tmp_path / "out"
    command = ["project", str(measured), str(photo), "--out", str(out), "--iterations", "1"]
    assert main(command) == 0
    (entry,) = json.loads((out / "results.json").read_text())["photos"]
    assert entry["category"]["belongs"] is belongs
    assert entry["category"]["percentile"] == (0 if belongs else 100)
    assert ("does not look like" in capsys.readouterr().out) is not belongs
    assert entry["category"]["sentence"].split(";")[0] in (out / "report.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--frame", "middle"], "--frame takes centre, whole or a box"),
        (["--frame", "1,2,3"], "--frame takes centre, whole or a box"),
        (["--frame", "9,9,9,9"], "empty"),
        (["--frame", "3,3,20,40"], "17 pixels wide, but the model needs at least 32"),
        (["--lpips", "none.safetensors"], "none.safetensors is not there"),
        (["--iterations", "0"], "--iterations must be at least 1, not 0"),
        (["--starts", "0", "--method", "optimisation"], "--starts must be at least 1, not 0"),
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


def test_found_needs_a_projection_network(
    bundle_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = resealed(
        bundle_path, tmp_path / "bare", lambda document: document["networks"].pop("projector")
    )
    photo = photo_file(tmp_path / "a.png")
    command = ["project", str(bundle), str(photo), "--out", str(tmp_path / "out")]
    assert main([*command, "--frame", "found"]) == 2
    assert "centre, whole or a box" in capsys.readouterr().err
    assert main(command) == 2
    assert "use the method optimisation" in capsys.readouterr().err


def test_an_interruption_leaves_nothing(
    bundle_path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stop(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    photo = photo_file(tmp_path / "a.png")
    monkeypatch.setattr("igan.cli.project._write_page", stop)
    command = ["project", str(bundle_path), str(photo), "--out", str(tmp_path / "out")]
    assert main([*command, "--method", "network"]) == 130
    assert "nothing half-written" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
