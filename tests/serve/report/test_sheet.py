import numpy as np
import pytest

from serve.report.sheet import contact_sheet


def flat(height_px, width_px, colour):
    return np.full((height_px, width_px, 3), colour, dtype=np.uint8)


def test_pictures_lie_where_they_should():
    red, green = flat(64, 64, (255, 0, 0)), flat(64, 64, (0, 255, 0))
    sheet = contact_sheet([[red, green], [green, None]], margin_px=4, enlarge_to_px=64)
    assert sheet.shape == (4 + 64 + 4 + 64 + 4, 4 + 64 + 4 + 64 + 4, 3)
    assert np.array_equal(sheet[4:68, 4:68], red)
    assert np.array_equal(sheet[4:68, 72:136], green)
    assert np.array_equal(sheet[72:136, 4:68], green)
    assert (sheet[72:136, 72:136] == 255).all()
    assert (sheet[:, :4] == 255).all()
    assert (sheet[68:72] == 255).all()


def test_small_pictures_are_repeated_by_a_whole_factor():
    picture = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    sheet = contact_sheet([[picture]], margin_px=0, enlarge_to_px=15)
    assert np.array_equal(sheet, picture.repeat(3, axis=0).repeat(3, axis=1))


def test_different_sizes_are_centred_and_large_ones_kept():
    sheet = contact_sheet([[flat(200, 100, 9)], [flat(20, 40, 70)]], margin_px=0, enlarge_to_px=50)
    assert sheet.shape == (220, 100, 3)
    assert (sheet[:200] == 9).all()
    assert (sheet[200:, 30:70] == 70).all()
    assert (sheet[200:, :30] == 255).all()


def test_grey_pictures_are_accepted():
    picture = np.full((64, 64), 50, dtype=np.uint8)
    sheet = contact_sheet([[picture, picture[..., None]]], margin_px=0, enlarge_to_px=64)
    assert (sheet == 50).all()


def test_captions_are_drawn_beside_the_pictures():
    pictures = [[flat(64, 64, 200)] * 2] * 2
    plain = contact_sheet(pictures)
    sheet = contact_sheet(
        pictures, row_captions=["first\nrow", "second"], column_captions=["left", "right"]
    )
    added_top, added_left = sheet.shape[0] - plain.shape[0], sheet.shape[1] - plain.shape[1]
    assert added_top >= 14
    assert added_left >= 30
    assert np.array_equal(sheet[added_top + 6 :, added_left + 6 :], plain[6:, 6:])
    assert sheet[:added_top, added_left + 6 :].min() < 100
    assert sheet[added_top:, :added_left].min() < 100


def test_a_long_caption_widens_its_column():
    caption = "a caption that is much wider than the picture"
    sheet = contact_sheet([[flat(16, 16, 0)]], column_captions=[caption], enlarge_to_px=16)
    ink_columns = np.flatnonzero((sheet[:20] < 128).any(axis=(0, 2)))
    assert sheet.shape[1] > 200
    assert ink_columns[0] >= 5
    assert ink_columns[-1] < sheet.shape[1] - 4


@pytest.mark.parametrize(
    ("rows", "captions"),
    [
        ([], {}),
        ([[]], {}),
        ([[flat(4, 4, 0)]], {"row_captions": ["a", "b"]}),
        ([[flat(4, 4, 0)]], {"column_captions": ["a", "b"]}),
        ([[np.zeros((4, 4, 3))]], {}),
        ([[np.zeros((4, 4, 4), np.uint8)]], {}),
    ],
)
def test_what_makes_no_sheet_is_refused(rows, captions):
    with pytest.raises(ValueError, match=r"picture|caption"):
        contact_sheet(rows, **captions)
