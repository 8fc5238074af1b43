import pytest

from igan.data.split import HELD_OUT_FRACTION, label_named_in, split_by_identity, split_named_in


def test_about_a_tenth_of_identities_is_held_out() -> None:
    splits = [split_by_identity(f"photos/{index}.jpg") for index in range(5000)]
    assert splits.count("test") / 5000 == pytest.approx(HELD_OUT_FRACTION, abs=0.02)


def test_known_identities_keep_their_split_for_ever() -> None:
    held_out = [index for index in range(40) if split_by_identity(f"{index}.jpg") == "test"]
    assert held_out == [26, 34, 36, 38]


def test_identities_that_are_not_unicode_have_a_split() -> None:
    assert split_by_identity("caf\udce9.jpg") in ("train", "test")


@pytest.mark.parametrize(
    ("identity", "split"),
    [
        ("shoes/train/1.jpg", "train"),
        ("Test/shoes/1.jpg", "test"),
        ("val/1.jpg", "test"),
        ("shoes/train.jpg", None),
        ("1.jpg", None),
        ("trains/1.jpg", None),
    ],
)
def test_folders_name_a_split(identity: str, split: str | None) -> None:
    assert split_named_in(identity) == split


@pytest.mark.parametrize(
    ("identity", "label"),
    [
        ("shoes/train/1.jpg", "shoes"),
        ("train/boots/1.jpg", "boots"),
        ("train/1.jpg", None),
        ("1.jpg", None),
    ],
)
def test_the_innermost_folder_that_is_no_split_is_the_label(
    identity: str, label: str | None
) -> None:
    assert label_named_in(identity) == label
