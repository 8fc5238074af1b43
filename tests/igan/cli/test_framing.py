import argparse
from types import SimpleNamespace

import numpy as np
import pytest

from igan.cli.framing import (
    DOUBTFUL_EXPLAINED,
    add_frame_argument,
    chosen_frames,
    doubt_about,
)
from igan.errors import BadInputError
from serve.latent import placing
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo

PHOTOS = [Photo(np.zeros((40, 60, 3), np.uint8)), Photo(np.zeros((50, 32, 3), np.uint8))]
BUNDLE = SimpleNamespace(manifest=SimpleNamespace(image=SimpleNamespace(size=16)))


@pytest.mark.parametrize(
    ("frame", "regions"),
    [
        ("centre", [(10, 0, 50, 40), (0, 9, 32, 41)]),
        ("whole", [(0, -10, 60, 50), (-9, 0, 41, 50)]),
        ("1,2,30,31.5", [(1, 2, 30, 31.5)] * 2),
    ],
)
def test_named_frames(frame: str, regions: list[tuple[float, ...]]) -> None:
    found = chosen_frames(PHOTOS, frame, BUNDLE)  # type: ignore[arg-type]
    assert [one.frame.region for one in found] == regions
    assert [one.explained for one in found] == [None, None]


def test_found_frames_are_searched_for_photo_by_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    def searched(bundle: object, photo: Photo) -> placing.FoundFrame:
        assert bundle is BUNDLE
        return placing.FoundFrame(PhotoFrame.box(photo, 16, (3, 4, 23, 24)), 0.5, 9)

    monkeypatch.setattr(placing, "find_frame", searched)
    found = chosen_frames(PHOTOS, "found", BUNDLE)  # type: ignore[arg-type]
    assert [one.frame.region for one in found] == [(3, 4, 23, 24)] * 2
    assert [one.frame.photo_width_px for one in found] == [60, 32]
    assert [one.explained for one in found] == [0.5, 0.5]


@pytest.mark.parametrize("explained", [None, DOUBTFUL_EXPLAINED, 0.9])
def test_a_frame_that_explains_enough_or_was_named_is_not_doubted(explained: float | None) -> None:
    assert doubt_about(explained) is None


def test_a_frame_that_explains_little_is_doubted() -> None:
    assert doubt_about(0.07) == (
        "The found frame explains only 7% of the photo and may lie wrong; name a box."
    )


@pytest.mark.parametrize("frame", ["middle", "1,2,3", "a,b,c,d", ""])
def test_other_words_are_refused(frame: str) -> None:
    with pytest.raises(BadInputError, match="--frame takes"):
        chosen_frames(PHOTOS, frame, BUNDLE)  # type: ignore[arg-type]


@pytest.mark.parametrize("found", [True, False])
def test_help_offers_what_a_command_can_do(found: bool) -> None:
    parser = argparse.ArgumentParser()
    add_frame_argument(parser, found=found)
    assert ("found" in parser.format_help()) is found
