import numpy as np

from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.transfer.rivals import naive_edit, upsampled_generator_edit


def case(dtype=np.uint8, channels=3):
    white = np.iinfo(dtype).max
    photo = Photo(np.full((60, 60, channels), white // 2, dtype))
    frame = PhotoFrame.box(photo, 8, (10, 20, 50, 60))
    frames = np.full((3, 8, 8, 3), 100, np.uint8)
    frames[-1] = (120, 100, 40)
    return photo, frame, frames, white


def test_the_generators_picture_fills_the_frame():
    photo, frame, frames, _ = case()
    edited = upsampled_generator_edit(photo, frame, frames).pixels
    assert (edited[20:60, 10:50] == (120, 100, 40)).all()
    assert (edited[:20] == 127).all()
    assert (edited[:, :10] == 127).all()


def test_the_naive_edit_adds_the_difference():
    photo, frame, frames, _ = case()
    edited = naive_edit(photo, frame, frames).pixels
    assert (edited[20:60, 10:50] == (147, 127, 67)).all()
    assert (edited[:20] == 127).all()


def test_sixteen_bits_and_grey_photos():
    photo, frame, frames, white = case(np.uint16, channels=1)
    edited = naive_edit(photo, frame, frames)
    assert edited.channels == 3
    step = (edited.pixels[40, 30].astype(int) - white // 2) / white * 255
    assert np.allclose(step, (20, 0, -60), atol=0.01)


def test_a_gradient_is_placed_in_the_frames_geometry():
    photo, frame, frames, _ = case()
    frames[-1] = np.arange(8, dtype=np.uint8)[None, :, None] * 10
    row = upsampled_generator_edit(photo, frame, frames).pixels[40, :, 0].astype(int)
    # Network pixel 3 covers photo pixels 25 to 30, its centre is at 27.5, inside pixel 27.
    assert row[27] == 30
    assert row[32] == 40
