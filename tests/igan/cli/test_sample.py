from pathlib import Path

import numpy as np
import pytest
import torch

from igan.cli.main import main
from serve.bundle import load_bundle
from serve.photo.photo import read_photo
from serve.photo.pixels import tensor_to_pixels
from serve.report.sheet import contact_sheet
from tests.bundles import tiny_bundle


@pytest.fixture(scope="module")
def bundle_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundles") / "tiny"
    tiny_bundle(path)
    return path


def test_the_sheet_shows_the_pictures_of_the_seed(bundle_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "samples.png"
    command = ["sample", str(bundle_path), "--count", "5", "--seed", "3", "--out", str(out)]
    assert main(command) == 0
    bundle = load_bundle(bundle_path)
    with torch.no_grad():
        pictures = tensor_to_pixels(bundle.generator(bundle.sample_latents(5, 3)))
    expected = contact_sheet([list(pictures[:3]), list(pictures[3:])])
    assert np.array_equal(read_photo(out).pixels, expected)


def test_bad_input_is_one_sentence(
    bundle_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "samples.png"
    assert main(["sample", str(bundle_path), "--count", "0", "--out", str(out)]) == 2
    assert "--count must be at least 1, not 0" in capsys.readouterr().err
    out.write_bytes(b"")
    assert main(["sample", str(bundle_path), "--out", str(out)]) == 2
    assert "samples.png exists already" in capsys.readouterr().err
