import dataclasses

import cv2
import numpy as np
import pytest

from serve.errors import BadInputError
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.transfer import tiles
from serve.transfer.apply import EditTransfer, transfer_edit
from tests.serve.transfer.planted import texture

SIZE = 64
RECOLOUR = np.array(
    [[0.7, 0.1, 0.0, 0.15], [0.0, 0.8, 0.0, -0.05], [0.1, 0.0, 0.6, 0.1]], np.float32
)


def photo_colours(height_px, width_px, channels=3, seed=0):
    """A photo with large shapes and fine texture."""
    y, x = np.mgrid[:height_px, :width_px] + 0.5
    coarse = texture(seed, channels, shortest_px=40, longest_px=120, contrast=0.13)(x, y)
    grain = np.random.default_rng(seed).standard_normal((height_px, width_px, 1))
    return coarse + 0.05 * cv2.GaussianBlur(grain, (0, 0), 0.8)[..., None]


def to_levels(colours, dtype=np.uint8):
    white = np.iinfo(dtype).max
    return np.rint(np.clip(colours, 0, 1) * white).astype(dtype)


def bump(height_px, width_px, centre, radius_px):
    y, x = np.mgrid[:height_px, :width_px] + 0.5
    return np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * radius_px**2))


def truly_edited(colours, share, shift_px=(10.0, -6.0), recolour=True):
    """Move and recolour the middle of a photo, at its own size: what transfer should arrive at."""
    height_px, width_px, channels = colours.shape
    where = bump(height_px, width_px, (width_px / 2, height_px / 2), 0.14 * width_px)
    if recolour:
        matrix = RECOLOUR if channels == 3 else np.array([[0.7, 0.2]], np.float32)
        changed = colours @ matrix[:, :-1].T + matrix[:, -1]
        colours = colours + (share * where)[..., None] * (changed - colours)
    y, x = np.mgrid[:height_px, :width_px]
    map_x = (x - share * shift_px[0] * where).astype(np.float32)
    map_y = (y - share * shift_px[1] * where).astype(np.float32)
    moved = cv2.remap(
        colours.astype(np.float32),
        map_x,
        map_y,
        cv2.INTER_LANCZOS4,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return moved.reshape(height_px, width_px, channels)


def frames_of(frame, colours, steps=4, **change):
    return np.stack(
        [
            frame.crop(to_levels(truly_edited(colours, share, **change)))
            for share in np.linspace(0, 1, steps + 1)
        ]
    )


@dataclasses.dataclass
class Case:
    colours: np.ndarray
    photo: Photo
    frame: PhotoFrame
    frames: np.ndarray


@pytest.fixture(scope="module")
def case():
    colours = photo_colours(256, 256)
    photo = Photo(to_levels(colours), icc_profile=b"profile", exif=b"exif", source_format="JPEG")
    frame = PhotoFrame.box(photo, SIZE, (16.3, 20.6, 240.3, 244.6))
    return Case(colours, photo, frame, frames_of(frame, colours))


@pytest.fixture(scope="module")
def transfer(case):
    return EditTransfer(case.photo, case.frame, case.frames)


def mean_error(pixels, colours):
    return np.abs(pixels.astype(float) / np.iinfo(pixels.dtype).max - colours).mean()


def laplacian_energy(pixels):
    return (cv2.Laplacian(pixels.astype(np.float64), cv2.CV_64F) ** 2).mean()


def test_the_edit_arrives_at_the_photos_size(case, transfer):
    expected = truly_edited(case.colours, 1.0)
    edited = transfer.photo_at(1.0).pixels
    assert edited.shape == case.photo.pixels.shape
    middle = np.s_[78:178, 78:178]
    before = mean_error(case.photo.pixels[middle], expected[middle])
    assert mean_error(edited[middle], expected[middle]) < 0.2 * before
    assert mean_error(edited[middle], expected[middle]) < 0.02


def test_texture_survives(case, transfer):
    middle = np.s_[88:168, 88:168]
    shape_only = transfer.photo_at(1.0, "shape").pixels[middle]
    expected = to_levels(truly_edited(case.colours, 1.0, recolour=False))[middle]
    assert laplacian_energy(shape_only) == pytest.approx(laplacian_energy(expected), rel=0.1)
    enlarged_frame = cv2.resize(case.frames[-1], (224, 224), interpolation=cv2.INTER_CUBIC)
    assert laplacian_energy(enlarged_frame[72:152, 72:152]) < 0.2 * laplacian_energy(shape_only)


def test_shape_alone_keeps_colours_and_colour_alone_keeps_shapes(case, transfer):
    middle = np.s_[88:168, 88:168]
    for change, options in (("shape", {"recolour": False}), ("colour", {"shift_px": (0.0, 0.0)})):
        expected = truly_edited(case.colours, 1.0, **options)[middle]
        found = transfer.photo_at(1.0, change).pixels[middle]
        before = mean_error(case.photo.pixels[middle], expected)
        assert mean_error(found, expected) < 0.3 * before


def test_positions_between_are_between(case, transfer):
    middle = np.s_[88:168, 88:168]
    for position in (0.3, 0.5, 0.8):
        expected = truly_edited(case.colours, position)[middle]
        found = transfer.photo_at(position).pixels[middle]
        assert mean_error(found, expected) < 0.02


def test_amount_zero_is_the_photo_itself(case, transfer):
    assert transfer.photo_at(0.0) is case.photo
    assert transfer_edit(case.photo, case.frame, case.frames, position=0.0) is case.photo


def test_equal_frames_are_the_photo_itself(case):
    still = np.repeat(case.frames[:1], 5, axis=0)
    assert transfer_edit(case.photo, case.frame, still) is case.photo


def test_outside_the_frame_and_the_edits_reach_nothing_changes(case, transfer):
    edited = transfer.photo_at(1.0).pixels
    changed = (edited != case.photo.pixels).any(axis=2)
    inside = np.zeros_like(changed)
    inside[22:243, 18:239] = True
    assert not changed[~inside].any()
    # The bump has faded to nothing well before the frame's corners.
    assert not changed[22:50, 18:50].any()
    assert changed[100:156, 100:156].mean() > 0.9


def test_the_frames_border_leaves_no_seam():
    colours = photo_colours(200, 200, seed=3)
    photo = Photo(to_levels(colours))
    frame = PhotoFrame.box(photo, SIZE, (30, 40, 158, 168))
    first = frame.crop(photo.pixels)
    # Everything in the frame is darkened and pushed to the right, up to its very border.
    frames = np.stack(
        [
            np.roll(np.rint(first * (1 - 0.1 * step)).astype(np.uint8), step, axis=1)
            for step in range(4)
        ]
    )
    edited = transfer_edit(photo, frame, frames).pixels.astype(int)
    original = photo.pixels.astype(int)
    assert np.abs(edited - original)[60:150, 50:140].mean() > 20
    for before, after in ((29, 30), (157, 158)):
        step_across = np.abs(edited[40:168, after] - edited[40:168, before])
        own = np.abs(original[40:168, after] - original[40:168, before])
        assert (step_across <= own + 1).all()
    for before, after in ((39, 40), (167, 168)):
        step_down = np.abs(edited[after, 30:158] - edited[before, 30:158])
        own = np.abs(original[after, 30:158] - original[before, 30:158])
        assert (step_down <= own + 1).all()
    # Nor is there a jump a little further in.
    change = edited - original
    assert np.abs(np.diff(change[100], axis=0)).max() < 60
    smooth = cv2.GaussianBlur(change.astype(np.float32), (0, 0), 3)
    assert np.abs(np.diff(smooth[100], axis=0)).max() < 12


def test_metadata_stays(case, transfer):
    edited = transfer.photo_at(1.0)
    assert edited.icc_profile == b"profile"
    assert edited.exif == b"exif"
    assert edited.source_format == "JPEG"
    assert edited.sha256 == case.photo.sha256


def test_sixteen_bits_stay_sixteen_bits(case, transfer):
    deep = Photo(to_levels(case.colours, np.uint16))
    edited = transfer_edit(deep, case.frame, case.frames)
    assert edited.pixels.dtype == np.uint16
    assert len(np.unique(edited.pixels)) > 5_000
    shallow = transfer.photo_at(1.0).pixels
    assert np.abs(edited.pixels / 257 - shallow).max() < 4
    outside = np.ones((256, 256), bool)
    outside[21:244, 17:240] = False
    assert np.array_equal(edited.pixels[outside], deep.pixels[outside])


def test_tiles_do_not_show(case, transfer, monkeypatch):
    whole = transfer.photo_at(1.0).pixels
    monkeypatch.setattr(tiles, "TILE_PX", 50)
    assert np.abs(transfer.photo_at(1.0).pixels.astype(int) - whole).max() <= 1


def test_alpha_moves_along(case):
    alpha = to_levels(bump(256, 256, (128, 128), 30))
    photo = dataclasses.replace(case.photo, alpha=alpha)
    edited = transfer_edit(photo, case.frame, case.frames, change="shape")
    assert edited.alpha.shape == alpha.shape
    y, x = np.mgrid[:256, :256]

    def centre(weights):
        return np.array([(weights * x).sum(), (weights * y).sum()]) / weights.sum()

    expected = truly_edited(alpha[..., None] / 255.0, 1.0, recolour=False)[..., 0]
    moved = centre(edited.alpha) - centre(alpha)
    assert np.abs(moved - (centre(expected) - centre(alpha))).max() < 0.8
    coloured = transfer_edit(photo, case.frame, case.frames, change="colour")
    assert np.array_equal(coloured.alpha, alpha)


def test_grey_network_and_grey_photo():
    colours = photo_colours(160, 160, channels=1, seed=5)
    photo = Photo(to_levels(colours))
    frame = PhotoFrame.whole(photo, SIZE)
    frames = frames_of(frame, colours, shift_px=(6.0, 3.0))
    edited = transfer_edit(photo, frame, frames)
    assert edited.channels == 1
    expected = truly_edited(colours, 1.0, shift_px=(6.0, 3.0))
    middle = np.s_[50:110, 50:110]
    before = mean_error(photo.pixels[middle], expected[middle])
    assert mean_error(edited.pixels[middle], expected[middle]) < 0.3 * before


def test_grey_network_and_colour_photo():
    colours = photo_colours(160, 160, seed=6)
    photo = Photo(to_levels(colours))
    frame = PhotoFrame.whole(photo, SIZE)
    grey = colours.mean(axis=2, keepdims=True)
    frames = np.stack([frame.crop(to_levels(grey * (1 - 0.1 * step))) for step in range(4)])
    edited = transfer_edit(photo, frame, frames)
    assert edited.channels == 3
    assert np.abs(edited.pixels / 255 - 0.7 * photo.pixels / 255).mean() < 0.02


def test_colour_network_and_grey_photo():
    colours = photo_colours(160, 160, channels=1, seed=7)
    photo = Photo(to_levels(colours), icc_profile=b"grey profile")
    frame = PhotoFrame.whole(photo, SIZE)
    first = frame.crop(photo.as_uint8(3))
    frames = np.stack([first, first.copy(), first.copy()])
    frames[1, ..., 2] //= 2
    frames[2, ..., 2] //= 4
    edited = transfer_edit(photo, frame, frames)
    assert edited.channels == 3
    assert edited.icc_profile is None
    red, _, blue = edited.pixels.reshape(-1, 3).mean(axis=0)
    assert blue < 0.4 * red
    assert transfer_edit(photo, frame, frames, change="shape").channels == 1


@pytest.mark.parametrize("size_hw", [(40, 400), (64, 64), (30, 20)])
def test_odd_photos(size_hw):
    colours = photo_colours(*size_hw, seed=8)
    photo = Photo(to_levels(colours))
    for frame in (PhotoFrame.whole(photo, SIZE), PhotoFrame.centre_square(photo, SIZE)):
        first = frame.crop(photo.pixels)
        frames = np.stack([first, np.roll(first, 1, axis=1), np.roll(first, 2, axis=1)])
        edited = transfer_edit(photo, frame, frames)
        assert edited.pixels.shape == photo.pixels.shape
        assert (edited.pixels != photo.pixels).any()


def test_what_does_not_belong_together_is_refused(case, transfer):
    other = Photo(np.zeros((100, 100, 3), np.uint8))
    with pytest.raises(BadInputError, match="The frame belongs to"):
        transfer_edit(other, case.frame, case.frames)
    with pytest.raises(BadInputError, match="two or more frames of 64 x 64"):
        transfer_edit(case.photo, case.frame, case.frames[:1])
    with pytest.raises(BadInputError, match="two or more frames of 64 x 64"):
        transfer_edit(case.photo, case.frame, case.frames[:, :32])
    with pytest.raises(BadInputError, match="not between 0 and 1"):
        transfer.photo_at(1.5)
    with pytest.raises(BadInputError, match="use one of both, shape, colour"):
        transfer.photo_at(0.5, "texture")


def thing_on_white(side_px, radius, thing, ground=252.0):
    y, x = np.mgrid[:side_px, :side_px] + 0.5
    distance = np.hypot(x - side_px / 2, y - side_px / 2) / side_px
    cover = np.clip((radius - distance) * side_px + 0.5, 0, 1)[..., None]
    return np.rint(cover * np.array(thing) + (1 - cover) * ground).astype(np.uint8), cover[..., 0]


@pytest.mark.parametrize("change", ["both", "colour"])
@pytest.mark.parametrize("thing", [(232, 234, 238), (60, 60, 60)])
def test_a_thing_on_plain_ground_is_recoloured_to_its_outline_and_no_further(thing, change):
    """The drawn thing is a little smaller than the photographed one, as projections are."""
    pixels, cover = thing_on_white(320, 0.30, thing)
    photo = Photo(pixels)
    frame = PhotoFrame.whole(photo, SIZE)
    orange = np.array((200.0, 120.0, 60.0))
    frames = np.stack(
        [
            thing_on_white(SIZE, 0.28, np.array(thing) * (1 - share) + orange * share)[0]
            for share in np.linspace(0, 1, 5)
        ]
    )
    edited = transfer_edit(photo, frame, frames, change=change).pixels.astype(float)
    difference = edited - pixels
    assert np.abs(difference[cover == 0]).max() <= 3
    inside = cover == 1
    whole = np.abs(difference[150:170, 150:170]).mean()
    assert whole > 0.7 * np.abs(orange - thing).mean()
    rim = inside & (cv2.erode(inside.astype(np.uint8), np.ones((21, 21))) == 0)
    assert np.abs(difference[rim]).mean() > 0.7 * whole


def test_the_mask_marks_what_changed(case, transfer):
    edited = transfer.photo_at(1.0)
    mask = transfer.changed_mask(edited)
    assert mask.dtype == np.uint8
    assert np.array_equal(mask == 255, (edited.pixels != case.photo.pixels).any(axis=2))
    assert not transfer.changed_mask(transfer.photo_at(0.0)).any()
    moved = dataclasses.replace(case.photo, alpha=np.full((256, 256), 255, np.uint8))
    hole = moved.alpha.copy()
    hole[7, 9] = 0
    see_through = EditTransfer(moved, case.frame, case.frames)
    mask = see_through.changed_mask(dataclasses.replace(moved, alpha=hole))
    assert np.argwhere(mask).tolist() == [[7, 9]]


def test_colour_in_place_grows_evenly_with_the_position(case, transfer):
    middle = np.s_[88:168, 88:168]
    before = case.photo.pixels[middle].astype(float)
    steps = [
        np.abs(transfer.photo_at(position, "colour").pixels[middle] - before).mean()
        for position in (0.1, 0.25, 0.5, 0.75, 1.0)
    ]
    assert steps == sorted(steps)
    assert steps[0] == pytest.approx(0.1 * steps[-1], rel=0.3)
    assert steps[2] == pytest.approx(0.5 * steps[-1], rel=0.2)


def test_progress_reaches_the_end_and_may_end_the_work(case):
    class GivenUpError(Exception):
        pass

    estimated, applied = [], []
    transfer = EditTransfer(case.photo, case.frame, case.frames, on_progress=estimated.append)
    transfer.photo_at(1.0, on_progress=applied.append)
    for shares in (estimated, applied):
        assert shares == sorted(shares)
        assert shares[-1] == 1

    def give_up(share):
        raise GivenUpError

    with pytest.raises(GivenUpError):
        EditTransfer(case.photo, case.frame, case.frames, on_progress=give_up)
    with pytest.raises(GivenUpError):
        transfer.photo_at(1.0, on_progress=give_up)
