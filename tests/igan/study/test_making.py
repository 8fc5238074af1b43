import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from igan.evaluation.generated_pictures import pictures_of_network
from igan.study.errors import StudyError
from igan.study.making import MakingSettings, StudyPicture, make_pictures
from igan.study.photos import StudyPhoto
from serve.bundle import Bundle, load_bundle
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from tests.bundles import tiny_bundle

SETTINGS = MakingSettings(count=3, side_px=128, amount=1.0, iterations=12)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny"))


@pytest.fixture(scope="module")
def photos() -> dict[str, Photo]:
    """Spotted photos of 160 x 128 pixels."""
    rng = np.random.default_rng(0)
    spots = rng.uniform(0, 255, (7, 16, 20, 3)).astype(np.uint8)
    return {
        f"{number}.png": Photo(one.repeat(8, axis=0).repeat(8, axis=1))
        for number, one in enumerate(spots)
    }


@pytest.fixture(scope="module")
def pictures(bundle: Bundle, photos: dict[str, Photo]) -> list[StudyPicture]:
    return make_pictures(bundle, _listed(photos), _square, SETTINGS)


def test_each_condition_has_its_pictures_of_one_size(pictures: list[StudyPicture]) -> None:
    counts = Counter(picture.condition for picture in pictures)
    assert counts == {"real": 3, "generated": 3, "shape": 3, "shape_colour": 3}
    assert {picture.pixels.shape for picture in pictures} == {(128, 128, 3)}
    assert {picture.pixels.dtype for picture in pictures} == {np.dtype(np.uint8)}


def test_no_photo_is_both_shown_and_edited_and_edits_come_in_pairs(
    pictures: list[StudyPicture],
) -> None:
    sources: dict[str, list[str]] = {}
    for picture in pictures:
        sources.setdefault(picture.condition, []).append(picture.source)
    assert sources["shape"] == sources["shape_colour"]
    assert not set(sources["real"]) & set(sources["shape"])


def test_real_ones_are_the_photos_squares_pixel_for_pixel(
    pictures: list[StudyPicture], photos: dict[str, Photo]
) -> None:
    for picture in pictures:
        if picture.condition == "real":
            np.testing.assert_array_equal(picture.pixels, photos[picture.source].pixels[:, 16:144])


def test_generated_ones_are_samples_enlarged(bundle: Bundle, pictures: list[StudyPicture]) -> None:
    samples = pictures_of_network(bundle.generator, bundle.sample_latents(3, SETTINGS.seed))
    shown = [picture.pixels for picture in pictures if picture.condition == "generated"]
    for sample, pixels in zip(samples, shown, strict=True):
        back = PhotoFrame.whole(Photo(pixels), 32).picture(Photo(pixels), 3)
        assert np.corrcoef(back.ravel(), sample.ravel())[0, 1] > 0.95


def test_edits_differ_from_their_photo_and_from_each_other(
    pictures: list[StudyPicture], photos: dict[str, Photo]
) -> None:
    by_condition = {
        condition: [picture for picture in pictures if picture.condition == condition]
        for condition in ("shape", "shape_colour")
    }
    for shape, both in zip(by_condition["shape"], by_condition["shape_colour"], strict=True):
        photo = photos[shape.source].pixels[:, 16:144]
        assert (both.pixels != photo).any()
        assert (both.pixels != shape.pixels).any()


def test_the_same_seed_gives_the_same_pictures_and_another_others(
    bundle: Bundle, photos: dict[str, Photo], pictures: list[StudyPicture]
) -> None:
    again = make_pictures(bundle, _listed(photos), _square, SETTINGS)
    assert all((a.pixels == b.pixels).all() for a, b in zip(pictures, again, strict=True))
    settings = dataclasses.replace(SETTINGS, seed=1)
    other = make_pictures(bundle, _listed(photos), _square, settings)
    assert any((a.pixels != b.pixels).any() for a, b in zip(pictures, other, strict=True))


@pytest.mark.slow
def test_a_grey_model_shows_everything_grey(tmp_path: Path, photos: dict[str, Photo]) -> None:
    grey = load_bundle(tiny_bundle(tmp_path / "grey", channels=1, projector=False))
    pictures = make_pictures(grey, _listed(photos), _square, SETTINGS)
    assert {picture.pixels.shape for picture in pictures} == {(128, 128, 1)}


def test_too_few_photos(bundle: Bundle, photos: dict[str, Photo]) -> None:
    with pytest.raises(StudyError, match=r"take 6 photos .* there are 5"):
        make_pictures(bundle, _listed(photos)[:5], _square, SETTINGS)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"count": 2}, "--count"),
        ({"iterations": 0}, "--iterations"),
        ({"seed": -1}, "--seed"),
        ({"side_px": 8}, "--side"),
        ({"amount": 0.0}, "--amount"),
        ({"amount": float("nan")}, "--amount"),
    ],
)
def test_settings_that_make_no_pictures(settings: dict[str, float], sentence: str) -> None:
    with pytest.raises(StudyError, match=sentence):
        MakingSettings(**settings)  # type: ignore[arg-type]


def _listed(photos: dict[str, Photo]) -> list[StudyPhoto]:
    def reader(photo: Photo) -> StudyPhoto:
        identity = next(name for name, one in photos.items() if one is photo)
        return StudyPhoto(identity, lambda: photo)

    return [reader(photo) for photo in photos.values()]


def _square(photo: Photo) -> PhotoFrame:
    return PhotoFrame.centre_square(photo, 32)
