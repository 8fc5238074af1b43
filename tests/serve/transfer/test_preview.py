import dataclasses

import cv2
import numpy as np
import pytest

from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.transfer.apply import EditTransfer
from serve.transfer.preview import EditPreview
from tests.serve.transfer.test_apply import (
    SIZE,
    frames_of,
    mean_error,
    photo_colours,
    to_levels,
    truly_edited,
)

MIDDLE = np.s_[78:178, 78:178]


@dataclasses.dataclass
class Case:
    colours: np.ndarray
    photo: Photo
    frame: PhotoFrame
    frames: np.ndarray


@pytest.fixture(scope="module")
def case():
    colours = photo_colours(256, 256)
    photo = Photo(to_levels(colours))
    frame = PhotoFrame.box(photo, SIZE, (16.3, 20.6, 240.3, 244.6))
    return Case(colours, photo, frame, frames_of(frame, colours, steps=16))


def shown_at_the_end(case, frames, change="both"):
    preview = EditPreview(case.photo, case.frame, case.frames[0])
    for frame in frames:
        shown = preview.pixels_at(frame, change)
    return shown


def test_an_edit_that_is_followed_arrives(case):
    expected = truly_edited(case.colours, 1.0)
    followed = shown_at_the_end(case, case.frames[1:])
    before = mean_error(case.photo.pixels[MIDDLE], expected[MIDDLE])
    exact = EditTransfer(case.photo, case.frame, case.frames[::2]).photo_at(1.0).pixels
    assert mean_error(followed[MIDDLE], expected[MIDDLE]) < 0.25 * before
    assert mean_error(exact[MIDDLE], expected[MIDDLE]) < mean_error(
        followed[MIDDLE], expected[MIDDLE]
    )


def test_a_picture_far_from_the_one_before_is_matched_anew(case):
    anew = shown_at_the_end(case, case.frames[-1:])
    after_another = shown_at_the_end(case, [255 - case.frames[-1], case.frames[-1]])
    assert np.array_equal(anew, after_another)


def test_shape_alone_and_colour_alone(case):
    for change, options in (("shape", {"recolour": False}), ("colour", {"shift_px": (0.0, 0.0)})):
        expected = truly_edited(case.colours, 1.0, **options)[MIDDLE]
        found = shown_at_the_end(case, case.frames[1:], change)[MIDDLE]
        assert mean_error(found, expected) < 0.4 * mean_error(case.photo.pixels[MIDDLE], expected)


def test_no_change_is_the_photo_itself(case):
    preview = EditPreview(case.photo, case.frame, case.frames[0])
    assert np.array_equal(preview.pixels_at(case.frames[0]), case.photo.pixels)


def test_what_the_edit_does_not_reach_stays(case):
    shown = shown_at_the_end(case, case.frames[1:])
    for corner in (np.s_[:30, :30], np.s_[-30:, -30:]):
        assert np.array_equal(shown[corner], case.photo.pixels[corner])


@pytest.mark.parametrize("network_channels", [1, 3])
@pytest.mark.parametrize("photo_channels", [1, 3])
def test_grey_and_colour(network_channels, photo_channels):
    colours = photo_colours(128, 128, photo_channels)
    photo = Photo(to_levels(colours))
    frame = PhotoFrame.whole(photo, 32)
    frames = [
        frame.picture(Photo(to_levels(truly_edited(colours, s))), network_channels)
        for s in (0.0, 1.0)
    ]
    shown = EditPreview(photo, frame, frames[0]).pixels_at(frames[1])
    assert shown.shape[2] == max(network_channels, photo_channels)
    assert (shown != photo.pixels).any()


def test_a_white_ground_stays_white():
    colours = np.ones((256, 256, 3))
    y, x = np.mgrid[:256, :256]
    disc = np.hypot(x - 128, y - 128) < 70
    colours[disc] = (0.2, 0.3, 0.6)
    photo = Photo(to_levels(colours))
    frame = PhotoFrame.whole(photo, SIZE)
    colours[disc] = (0.7, 0.2, 0.2)
    shown = EditPreview(photo, frame, frame.crop(photo.pixels)).pixels_at(
        frame.crop(to_levels(colours))
    )
    away = np.hypot(x - 128, y - 128) > 74
    assert np.abs(shown[away].astype(int) - photo.pixels[away]).max() <= 1
    inside = np.hypot(x - 128, y - 128) < 60
    assert mean_error(shown[inside], colours[inside]) < 0.05


@pytest.mark.parametrize("change", ["both", "shape"])
def test_smaller_pictures_show_the_same(case, change):
    preview = EditPreview(case.photo, case.frame, case.frames[0])
    for frame in case.frames[1:]:
        whole = preview.pixels_at(frame, change)
    smaller = preview.pixels_at(case.frames[-1], change, 128)
    assert smaller.shape == (128, 128, 3)
    reduced = cv2.resize(whole, (128, 128), interpolation=cv2.INTER_AREA)
    original = cv2.resize(case.photo.pixels, (128, 128), interpolation=cv2.INTER_AREA)
    assert mean_error(smaller, reduced / 255) < 0.2 * mean_error(original, reduced / 255)
