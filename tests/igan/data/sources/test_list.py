import os
from pathlib import Path

import pytest

from igan.data.sources import open_source
from igan.data.sources.list import ListSource, path_and_label
from igan.data.sources.source_options import SourceOptions
from igan.errors import SourceError
from tests.igan.data.sources.collect import loaded, problem_of


@pytest.mark.parametrize(
    ("line", "path", "label"),
    [
        ("a/1.jpg", "a/1.jpg", None),
        ("/a/airfield/00000001.jpg 0", "/a/airfield/00000001.jpg", "0"),
        ("my photos/one two.jpg", "my photos/one two.jpg", None),
        ("my photos/one two.jpg 12", "my photos/one two.jpg", "12"),
        ("a b.jpg\tred shoe", "a b.jpg", "red shoe"),
        ("a.jpg\t3", "a.jpg", "3"),
    ],
)
def test_a_line_is_a_path_and_perhaps_a_label(line: str, path: str, label: str | None) -> None:
    assert path_and_label(line) == (path, label)


def test_listed_photos_come_in_the_order_of_the_list(tmp_path: Path) -> None:
    for name in ("b/1.jpg", "a/2.jpg", "unlisted.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "train.txt").write_bytes(b"b/1.jpg 7\r\n\n  a/2.jpg\n")
    source = open_source(tmp_path / "train.txt")
    assert (source.kind, source.count()) == ("list", 2)
    assert [(p.identity, p.data, p.label) for p in loaded(source)] == [
        ("b/1.jpg", b"b/1.jpg", "7"),
        ("a/2.jpg", b"a/2.jpg", "a"),
    ]


def test_photos_may_lie_elsewhere(tmp_path: Path) -> None:
    photo = tmp_path / "photos" / "1.jpg"
    photo.parent.mkdir()
    photo.write_bytes(b"x")
    (tmp_path / "some.lst").write_text(f"1.jpg\n{photo}\n")
    options = SourceOptions(root=tmp_path / "photos")
    assert [photo.data for photo in loaded(ListSource(tmp_path / "some.lst", options))] == [
        b"x"
    ] * 2


def test_a_root_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "some.lst").write_text("1.jpg\n")
    with pytest.raises(SourceError, match=r"none, in which the photos of .* is no folder"):
        ListSource(tmp_path / "some.lst", SourceOptions(root=tmp_path / "none"))


def test_nothing_outside_the_root_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (tmp_path / "photos").mkdir()
    listing = tmp_path / "photos" / "list.txt"
    listing.write_text(f"../secret.jpg\na/../../secret.jpg\n{tmp_path}/secret.jpg\n/etc/passwd\n")
    problems = list(map(problem_of, ListSource(listing).files()))
    assert len(problems) == 4
    assert all(problem.startswith("lies outside") for problem in problems)


def test_what_is_missing_or_strange_has_a_reason(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(
        b"gone.jpg\nnul\0.jpg\ncaf\xe9.jpg\n" + b"x" * 5000 + b".jpg"
    )
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg")).write_bytes(b"here")
    files = list(ListSource(tmp_path / "list.txt").files())
    assert "No such file" in problem_of(files[0])
    assert "no file can have" in problem_of(files[1])
    assert files[2].load() == b"here"
    assert "name too long" in problem_of(files[3]).lower()


def test_text_that_lists_nothing_is_not_taken_for_a_list(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("buy milk\n")
    assert not ListSource.lies_at(tmp_path / "notes.txt")
    with pytest.raises(SourceError, match="does not look like"):
        open_source(tmp_path / "notes.txt")
