from pathlib import Path

import numpy as np
import pytest

from serve.app.models import Models
from serve.errors import BadInputError, BundleError, EditError
from serve.latent import BundleIdentity
from serve.photo.photo import decode_photo
from tests.bundles import tiny_bundle
from tests.serve.app.talking import photo_file


def test_what_is_said_of_a_model(models: Models) -> None:
    (said,) = models.describe()
    model = models["tiny"]
    assert said == {
        "name": "tiny",
        "digest": model.bundle.digest,
        "image_size_px": 32,
        "channels": 3,
        "latent_dim": 16,
        "has_projector": True,
        "has_realism": False,
        "can_say_foreign": False,
        "directions": [{"number": number, "name": None} for number in range(1, 17)],
    }
    assert models.of(model.identity) is model
    with pytest.raises(EditError, match="not served here"):
        models.of(BundleIdentity("other", "0" * 64))


def test_bundles_of_one_name_go_by_their_folders(tmp_path: Path) -> None:
    folders = [tiny_bundle(tmp_path / name) for name in ("one", "two")]
    assert list(Models.load(folders, threads=1)) == ["one", "two"]
    with pytest.raises(BadInputError, match="the same name"):
        Models.load([folders[0], folders[0]], threads=1)
    with pytest.raises(BundleError, match="not a bundle"):
        Models.load([tmp_path / "three"])


def test_frames_by_word_and_by_box(models: Models) -> None:
    photo, model = decode_photo(photo_file(1), "photo"), models["tiny"]
    assert model.frame_of(photo, "centre").region == (8, 0, 72, 64)
    assert model.frame_of(photo, "whole").region == (0, -8, 80, 72)
    assert model.frame_of(photo, (1, 2, 33, 34)).region == (1, 2, 33, 34)
    x0, y0, x1, y1 = model.frame_of(photo, "found").region
    assert x1 - x0 == y1 - y0
    with pytest.raises(EditError, match="unknown"):
        model.frame_of(photo, "left")


def test_a_reconstruction_of_itself_is_perfect(models: Models) -> None:
    model = models["tiny"]
    z0 = model.bundle.sample_latents(1, 0)[0]
    picture = model.path_frames(lambda steps: z0.expand(steps + 1, -1), 1)[0]
    found = model.reconstruction(tuple(z0.tolist()), picture)
    assert found.ssim > 0.99
    assert found.psnr_db > 45
    other = model.reconstruction(tuple((-z0).tolist()), picture)
    assert other.loss > 10 * found.loss
    assert other.psnr_db < found.psnr_db


def test_a_path_that_moves_far_has_more_frames(models: Models) -> None:
    model = models["tiny"]
    still = model.path_frames(lambda steps: model.latent([0.0] * 16).expand(steps + 1, -1), 4)
    assert still.shape == (5, 32, 32, 3)
    assert np.array_equal(still[0], still[4])
