import json
from pathlib import Path

import numpy as np
import pytest

from igan.cli.main import main
from igan.cli.transform import transform_files
from igan.errors import BadInputError
from serve.latent import placing
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo, read_photo, write_photo
from tests.bundles import tiny_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


@pytest.fixture
def photos(tmp_path: Path) -> tuple[Path, Path]:
    ramp = np.add.outer(np.arange(120), np.arange(90)).astype(np.uint8)
    write_photo(Photo(np.repeat(ramp[..., None], 3, axis=2)), tmp_path / "a.png")
    disc = np.hypot(*np.mgrid[-30:30, -40:40]) < 22
    write_photo(Photo(np.uint8(60 + 140 * disc)[..., None].repeat(3, axis=2)), tmp_path / "b.png")
    return tmp_path / "a.png", tmp_path / "b.png"


def test_a_sequence_from_the_photo_to_its_transformation(
    bundle: Path, photos: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    figures = transform_files(bundle, *photos, out, iterations=4, frames=2, films=("gif",))
    assert {path.name for path in out.iterdir()} == {
        "a-as-b.png",
        "sequence",
        "mask.png",
        "sheet.png",
        "path.gif",
        "figures.json",
        "report.html",
    }
    assert json.loads((out / "figures.json").read_text()) == figures
    names = sorted(path.name for path in (out / "sequence").iterdir())
    assert names[0] == "a-000.png"
    assert len(names) >= 3
    assert (out / "sequence" / names[0]).read_bytes() == photos[0].read_bytes()
    last = read_photo(out / "sequence" / names[-1]).pixels
    np.testing.assert_array_equal(last, read_photo(out / "a-as-b.png").pixels)
    before = read_photo(photos[0]).pixels
    assert (last[:15] == before[:15]).all()
    assert (last != before).any()


def test_a_cross_fade_ends_at_the_other_photo(
    bundle: Path, photos: tuple[Path, Path], tmp_path: Path
) -> None:
    other = read_photo(photos[1])
    write_photo(Photo(np.ascontiguousarray(other.pixels[:, 10:70])), tmp_path / "square.png")
    write_photo(Photo(np.ascontiguousarray(read_photo(photos[0]).pixels[:60, :60])), photos[0])
    out = tmp_path / "out"
    transform_files(
        bundle,
        photos[0],
        tmp_path / "square.png",
        out,
        iterations=4,
        frames=2,
        films=(),
        cross_fade=True,
    )
    ended = read_photo(out / "a-as-square.png").pixels
    np.testing.assert_array_equal(ended, other.pixels[:, 10:70])


def test_bad_input(bundle: Path, photos: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="at least 1"):
        transform_files(bundle, *photos, tmp_path / "out", frames=0)
    missing = ["transform", str(bundle), str(photos[0]), "none.jpg", "--out", str(tmp_path / "out")]
    assert main(missing) == 2
    assert not (tmp_path / "out").exists()


def test_frames_of_both_photos_are_found(
    bundle: Path, photos: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def searched(bundle: object, photo: Photo) -> placing.FoundFrame:
        explained = 0.5 if photo.height_px == 120 else 0.07
        return placing.FoundFrame(PhotoFrame.box(photo, 32, (5, 5, 55, 55)), explained, 9)

    monkeypatch.setattr(placing, "find_frame", searched)
    out = tmp_path / "out"
    figures = transform_files(bundle, *photos, out, iterations=2, frames=2, films=(), frame="found")
    assert figures["explained_by_found_frames"] == [0.5, 0.07]
    (note,) = figures["notes"]
    assert note.startswith(f"{photos[1]}: The found frame explains only 7%")
    before, after = (read_photo(path).pixels for path in (photos[0], out / "a-as-b.png"))
    assert (before[60:] == after[60:]).all()
