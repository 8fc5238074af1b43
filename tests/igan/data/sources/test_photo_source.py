import pytest

from igan.data.sources.photo_source import SourceFile, is_photo_name, own_splits
from igan.data.split import Split


@pytest.mark.parametrize(
    ("name", "is_photo"),
    [
        ("a.jpg", True),
        ("A/B.JPEG", True),
        ("./a/b.webp", True),
        ("../a.tiff", True),
        ("new\nline.png", True),
        ("two..dots.gif", True),
        ("a.txt", False),
        ("jpg", False),
        (".jpg", False),
        (".hidden/a.jpg", False),
        ("a/.b.jpg", False),
        ("__MACOSX/a.jpg", False),
        ("a.jpg/readme", False),
    ],
)
def test_photos_are_known_by_their_names(name: str, is_photo: bool) -> None:
    assert is_photo_name(name) == is_photo


@pytest.mark.parametrize(
    ("identity", "split", "label"),
    [
        ("a.jpg", None, None),
        ("shoes/a.jpg", None, "shoes"),
        ("shoes/train/a.jpg", "train", "shoes"),
        ("VAL/bags/red/a.jpg", "test", "red"),
        ("train.jpg", None, None),
    ],
)
def test_folders_tell_split_and_label(identity: str, split: str | None, label: str | None) -> None:
    file = SourceFile.at(identity, bytes)
    assert (file.split, file.label) == (split, label)


@pytest.mark.parametrize(
    ("named", "own"),
    [
        (["train", "test"], ["train", "test"]),
        (["train", None, "test", "train"], ["train", None, "test", "train"]),
        (["train", "train"], [None, None]),
        (["test"], [None]),
        ([], []),
    ],
)
def test_a_source_has_splits_of_its_own_when_it_names_both(
    named: list[Split | None], own: list[Split | None]
) -> None:
    assert own_splits(named) == own
