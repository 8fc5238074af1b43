import json
import re
from pathlib import Path

import pytest
from PIL import Image

from igan.cli.gallery import making
from igan.cli.gallery.judgement import JUDGED
from igan.cli.gallery.making import make_gallery
from igan.cli.gallery.section import Section
from igan.cli.main import main
from serve.bundle.bundle import read_manifest
from tests.bundles import tiny_bundle
from tests.samples import sample_folder


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with samples and no bundle, in which the command is run."""
    (tmp_path / "data").mkdir()
    sample_folder(tmp_path / "data" / "samples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pictures(page: Path) -> dict[str, bytes]:
    links = re.findall(r"!\[[^]]*\]\(([^)]+)\)", page.read_text())
    for link in links:
        with Image.open(page.parent / link) as image:
            assert image.format == "JPEG"
    return {link: (page.parent / link).read_bytes() for link in links}


@pytest.mark.slow
def test_every_bundle_of_the_checkout_is_shown_and_twice_the_same(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_bundle(place / "checkpoints" / "shoes", name="shoes")
    assert main(["gallery"]) == 0
    assert "docs/gallery.md shows 1 bundle." in capsys.readouterr().out
    page = place / "docs" / "gallery.md"
    first = pictures(page)
    assert set(first) == {
        f"images/gallery/shoes/{name}.jpg"
        for name in (
            "samples",
            "walk",
            "reconstructions",
            "disc-red",
            "disc-red-full",
            "disc-like-ring",
        )
    }
    text = page.read_text()
    for said in ("A red disc", "stroke 1 (colour)", "igan transform", "A ring, by somebody (CC0)"):
        assert said in text
    assert "A hill" not in text
    assert main(["gallery"]) == 0
    assert pictures(page) == first


def test_a_bundle_of_no_category_shows_what_needs_no_photo_and_the_rejects_are_counted(
    place: Path,
) -> None:
    bundle = tiny_bundle(place / "checkpoints" / "hats", name="hats")
    page = make_gallery([bundle], Path("data/samples"), Path("docs"))
    unjudged = pictures(page)
    assert set(unjudged) == {f"images/gallery/hats/{name}.jpg" for name in ("samples", "walk")}
    assert "Nobody has judged them yet" in page.read_text()
    assert "no sample pictures" in page.read_text()

    digest = read_manifest(bundle).digest
    judged = {"hats": {"digest": digest, "rejects": [3, 99], "rule": "no hat", "by": "us"}}
    (place / "checkpoints" / JUDGED).write_text(json.dumps(judged))
    make_gallery([bundle], Path("data/samples"), Path("docs"))
    assert "98 of 100 pass; 2 are rejected" in page.read_text()
    assert "the rule being: no hat. Judged by us." in page.read_text()
    marked = pictures(page)
    assert marked["images/gallery/hats/walk.jpg"] == unjudged["images/gallery/hats/walk.jpg"]
    assert marked["images/gallery/hats/samples.jpg"] != unjudged["images/gallery/hats/samples.jpg"]

    judged["hats"]["digest"] = "0" * 64
    (place / "checkpoints" / JUDGED).write_text(json.dumps(judged))
    make_gallery([bundle], Path("data/samples"), Path("docs"))
    assert "Nobody has judged them yet" in page.read_text()
    assert pictures(page) == unjudged


def test_a_bundle_without_a_projector_is_not_edited_and_replaces_the_gallery_before(
    place: Path,
) -> None:
    before = tiny_bundle(place / "hats", name="hats")
    make_gallery([before], Path("data/samples"), place / "docs")
    bundle = tiny_bundle(place / "shoes", name="shoes", projector=False)
    page = make_gallery([bundle], Path("data/samples"), place / "docs")
    assert "no projection network and feature space" in page.read_text()
    assert len(pictures(page)) == 2
    assert {path.name for path in (place / "docs/images/gallery").iterdir()} == {"shoes"}


def test_an_interrupted_gallery_leaves_the_one_before(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tiny_bundle(place / "hats", name="hats")
    page = make_gallery([bundle], Path("data/samples"), place / "docs")
    before = page.read_text(), pictures(page)

    def stop(section: Section) -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(making.Section, "_walk", stop)
    with pytest.raises(KeyboardInterrupt):
        make_gallery([bundle], Path("data/samples"), place / "docs")
    assert (page.read_text(), pictures(page)) == before
    assert {path.name for path in (place / "docs").iterdir()} == {"gallery.md", "images"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "there is no bundle in checkpoints"),
        (["nothing"], "nothing is not a bundle"),
        (["hats", "--category", "cars"], "nothing is planned for 'cars'"),
        (["hats", "--samples", "nowhere"], "nowhere/samples.json cannot be read"),
        (["hats", "hats"], "two bundles are called hats"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    arguments: list[str], sentence: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_bundle(place / "hats", name="hats")
    assert main(["gallery", *arguments]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert len(said.splitlines()) == 1
    assert not (place / "docs" / "gallery.md").exists()
