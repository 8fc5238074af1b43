"""On small trees in the layouts of Places365 and Places205, their list files included."""

from pathlib import Path

import pytest

from igan.data.sources import SourceOptions, open_source
from igan.data.sources.natural_outdoor import NATURAL_OUTDOOR, PRESET
from igan.data.sources.places import PlacesSource, category_name
from igan.errors import SourceError
from tests.igan.data.sources.collect import loaded, problem_of

CATEGORIES_365 = {"/a/airfield": 0, "/f/forest/broadleaf": 150, "/m/mountain": 232}


def write(path: Path, data: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data)


def write_places365(root: Path, images: str = "data_256", val_images: str = "val_256") -> None:
    write(
        root / "categories_places365.txt",
        "".join(f"{name} {number}\n" for name, number in CATEGORIES_365.items()),
    )
    train = [(f"{name}/0000000{n}.jpg", k) for name, k in CATEGORIES_365.items() for n in (1, 2)]
    write(root / "places365_train_standard.txt", "".join(f"{p} {k}\n" for p, k in train))
    for path, _ in train:
        write(root / images / path.lstrip("/"), path)
    val = [("Places365_val_00000001.jpg", 232), ("Places365_val_00000002.jpg", 0)]
    write(root / "places365_val.txt", "".join(f"{name} {number}\n" for name, number in val))
    for name, _ in val:
        write(root / val_images / name, name)


@pytest.mark.parametrize(
    ("images", "val_images"),
    [("data_256", "val_256"), ("data_large", "val_large"), ("data_256_standard", "val_256")],
)
def test_places365_as_it_is_unpacked(tmp_path: Path, images: str, val_images: str) -> None:
    write_places365(tmp_path, images, val_images)
    source = open_source(tmp_path)
    assert (source.kind, source.count()) == ("places", 8)
    photos = loaded(source)
    assert [(photo.identity, photo.split, photo.label) for photo in photos] == [
        (f"{images}/a/airfield/00000001.jpg", "train", "airfield"),
        (f"{images}/a/airfield/00000002.jpg", "train", "airfield"),
        (f"{images}/f/forest/broadleaf/00000001.jpg", "train", "forest/broadleaf"),
        (f"{images}/f/forest/broadleaf/00000002.jpg", "train", "forest/broadleaf"),
        (f"{images}/m/mountain/00000001.jpg", "train", "mountain"),
        (f"{images}/m/mountain/00000002.jpg", "train", "mountain"),
        (f"{val_images}/Places365_val_00000001.jpg", "test", "mountain"),
        (f"{val_images}/Places365_val_00000002.jpg", "test", "airfield"),
    ]
    assert photos[2].data == b"/f/forest/broadleaf/00000001.jpg"


def test_large_photos_are_taken_where_both_are_there(tmp_path: Path) -> None:
    write_places365(tmp_path, "data_256")
    write_places365(tmp_path, "data_large")
    assert next(PlacesSource(tmp_path).files()).identity.startswith("data_large/")


@pytest.mark.parametrize(
    ("asked", "labels"),
    [
        (("forest/broadleaf",), {"forest/broadleaf"}),
        (("/f/forest/broadleaf", "airfield"), {"forest/broadleaf", "airfield"}),
        ((PRESET,), {"forest/broadleaf", "mountain"}),
        ((PRESET, "airfield"), {"forest/broadleaf", "mountain", "airfield"}),
    ],
)
def test_categories_are_chosen(tmp_path: Path, asked: tuple[str, ...], labels: set[str]) -> None:
    write_places365(tmp_path)
    source = PlacesSource(tmp_path, SourceOptions(categories=asked))
    assert {file.label for file in source.files()} == labels
    assert source.count() == len(list(source.files()))


def test_a_category_that_there_is_not_is_refused(tmp_path: Path) -> None:
    write_places365(tmp_path)
    with pytest.raises(SourceError, match=r"no category forrest; there are 3, such as airfield"):
        PlacesSource(tmp_path, SourceOptions(categories=("forrest",))).count()


def test_training_photos_alone_leave_the_split_to_their_identities(tmp_path: Path) -> None:
    write_places365(tmp_path)
    (tmp_path / "places365_val.txt").unlink()
    assert {file.split for file in PlacesSource(tmp_path).files()} == {None}


def test_a_list_without_its_photos_is_refused(tmp_path: Path) -> None:
    write_places365(tmp_path)
    (tmp_path / "val_256").rename(tmp_path / "elsewhere")
    with pytest.raises(SourceError, match="none of the folders val_large, val_256 is beside it"):
        PlacesSource(tmp_path).count()


def test_a_listed_photo_that_is_missing_has_a_reason(tmp_path: Path) -> None:
    write_places365(tmp_path)
    (tmp_path / "data_256/a/airfield/00000002.jpg").unlink()
    problems = list(map(problem_of, PlacesSource(tmp_path).files()))
    assert [bool(problem) for problem in problems] == [False, True] + [False] * 6


def test_a_list_leads_nowhere_else(tmp_path: Path) -> None:
    write_places365(tmp_path / "places")
    write(tmp_path / "secret.jpg", "secret")
    write(tmp_path / "places/places365_val.txt", "../../secret.jpg 0\n")
    assert "lies outside" in problem_of(list(PlacesSource(tmp_path / "places").files())[-1])


def test_two_releases_in_one_folder_are_refused(tmp_path: Path) -> None:
    write_places365(tmp_path)
    write(tmp_path / "places365_train_challenge.txt", "/a/airfield/00000001.jpg 0\n")
    with pytest.raises(SourceError, match="training lists of two releases"):
        PlacesSource(tmp_path).count()


def test_validation_photos_alone_need_the_names_of_categories(tmp_path: Path) -> None:
    write(tmp_path / "places365_val.txt", "Places365_val_00000001.jpg 232\n")
    write(tmp_path / "val_256/Places365_val_00000001.jpg", "x")
    with pytest.raises(SourceError, match=r"categories_places365\.txt is missing"):
        PlacesSource(tmp_path).count()


def test_places205_as_it_is_unpacked(tmp_path: Path) -> None:
    images = "data/vision/torralba/deeplearning/images256"
    train = {"a/abbey/gsun_0003c7.jpg": 0, "s/sea_cliff/sun_aabb.jpg": 164}
    val = {"s/sea_cliff/gsun_ff01.jpg": 164}
    for name, photos in (("train", train), ("val", val)):
        write(
            tmp_path / f"trainvalsplit_places205/{name}_places205.csv",
            "".join(f"{path} {number}\n" for path, number in photos.items()),
        )
        for path in photos:
            write(tmp_path / images / path, path)
    source = open_source(tmp_path, options=SourceOptions(categories=(PRESET,)))
    assert [(p.identity, p.split, p.label) for p in loaded(source)] == [
        (f"{images}/s/sea_cliff/sun_aabb.jpg", "train", "sea_cliff"),
        (f"{images}/s/sea_cliff/gsun_ff01.jpg", "test", "sea_cliff"),
    ]


def test_the_easy_format(tmp_path: Path) -> None:
    root = tmp_path / "places365_standard"
    for name in (
        "train/airfield/00000001.jpg",
        "train/desert-sand/00000001.jpg",
        "val/desert-sand/Places365_val_00000007.jpg",
    ):
        write(root / name, name)
    write(root / "train.txt", "train/airfield/00000001.jpg\n")
    source = open_source(root, options=SourceOptions(categories=("desert/sand",)))
    assert source.kind == "places"
    assert [(p.identity, p.split, p.label) for p in loaded(source)] == [
        ("train/desert-sand/00000001.jpg", "train", "desert/sand"),
        ("val/desert-sand/Places365_val_00000007.jpg", "test", "desert/sand"),
    ]


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "train" / "1.jpg", "x")
    with pytest.raises(SourceError, match="neither a list of Places nor its categories"):
        PlacesSource(tmp_path).count()


def test_names_of_categories() -> None:
    assert category_name("/a/airfield") == category_name("a/airfield") == "airfield"
    assert category_name("forest/broadleaf") == "forest/broadleaf"
    assert category_name("/u/underwater/ocean_deep") == "underwater/ocean_deep"


def test_open_nature_has_each_category_once() -> None:
    assert len(NATURAL_OUTDOOR) == 31
    assert {"mountain", "coast", "forest/broadleaf", "sea_cliff"} < NATURAL_OUTDOOR
    assert not NATURAL_OUTDOOR & {"church/outdoor", "street", "formal_garden", "ski_resort"}
