import struct

import cv2
import numpy as np
import pytest
from PIL import Image

import serve.report.film
from serve.errors import BadInputError, ServeError
from serve.report.film import write_film


def moving_square(count=6, height_px=48, width_px=64):
    frames = np.full((count, height_px, width_px, 3), 230, dtype=np.uint8)
    for index in range(count):
        frames[index, 8:32, 4 + 6 * index : 24 + 6 * index] = (200, 40, 60)
    return frames


def read_back(path):
    reader = cv2.VideoCapture(str(path))
    frames = []
    while True:
        read, frame = reader.read()
        if not read:
            return np.stack(frames)[..., ::-1]
        frames.append(frame)


def mp4_codecs(data):
    """The sample entry codes in the `stsd` boxes of an MP4 file."""
    codes = []

    def walk(start, end):
        while start + 8 <= end:
            size, kind = struct.unpack_from(">I4s", data, start)
            if kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
                walk(start + 8, start + size)
            elif kind == b"stsd":
                codes.append(data[start + 20 : start + 24].decode())
            start += max(size, 8)

    walk(0, len(data))
    return codes


def webm_codecs(data):
    """The CodecID elements of a WebM file."""
    codes = []

    def number(position, keep_marker):
        length = 9 - data[position].bit_length()
        value = int.from_bytes(data[position : position + length], "big")
        return (value if keep_marker else value & ~(1 << (7 * length))), position + length

    def walk(start, end):
        while start < end:
            kind, start = number(start, keep_marker=True)
            size, start = number(start, keep_marker=False)
            stop = min(start + size, end)
            if kind in (0x18538067, 0x1654AE6B, 0xAE):  # Segment, Tracks, TrackEntry
                walk(start, stop)
            elif kind == 0x86:
                codes.append(data[start:stop].decode())
            start = stop

    walk(0, len(data))
    return codes


@pytest.mark.parametrize("suffix", [".webm", ".mp4"])
def test_a_film_shows_its_frames(tmp_path, suffix):
    frames = moving_square()
    write_film(frames, tmp_path / f"a{suffix}", fps=8)
    back = read_back(tmp_path / f"a{suffix}")
    assert back.shape == frames.shape
    assert np.abs(back.astype(int) - frames).mean() < 4


def test_the_codecs_are_ones_that_browsers_play(tmp_path):
    write_film(moving_square(), tmp_path / "a.webm", fps=8)
    write_film(moving_square(), tmp_path / "a.mp4", fps=8)
    assert webm_codecs((tmp_path / "a.webm").read_bytes()) == ["V_VP9"]
    assert mp4_codecs((tmp_path / "a.mp4").read_bytes()) == ["vp09"]


def test_the_codec_reader_knows_what_browsers_do_not_play(tmp_path):
    writer = cv2.VideoWriter(str(tmp_path / "a.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 8, (64, 48))
    for frame in moving_square():
        writer.write(frame)
    writer.release()
    assert mp4_codecs((tmp_path / "a.mp4").read_bytes()) == ["mp4v"]


def test_odd_sizes_lose_nothing(tmp_path):
    frames = moving_square(height_px=47, width_px=63)
    write_film(frames, tmp_path / "a.webm", fps=8)
    back = read_back(tmp_path / "a.webm")
    assert back.shape == (6, 48, 64, 3)
    assert np.abs(back[:, :47, :63].astype(int) - frames).mean() < 4


def test_a_gif_holds_frames_and_time(tmp_path):
    frames = moving_square()
    write_film(frames, tmp_path / "a.gif", fps=8)
    with Image.open(tmp_path / "a.gif") as image:
        assert image.n_frames == 6
        assert image.info["loop"] == 0
        for index in range(6):
            image.seek(index)
            assert image.info["duration"] == 120
            shown = np.asarray(image.convert("RGB")).astype(int)
            assert np.abs(shown - frames[index]).mean() < 3


def test_grey_and_single_frames(tmp_path):
    for suffix in (".webm", ".mp4", ".gif"):
        write_film(moving_square(1)[..., :1], tmp_path / f"a{suffix}", fps=1)
        assert len(read_back(tmp_path / f"a{suffix}")) == 1


def test_nothing_is_said_on_standard_error(tmp_path, capfd):
    write_film(moving_square(), tmp_path / "a.webm", fps=8)
    assert capfd.readouterr().err == ""


def test_an_unknown_suffix_is_refused_by_a_sentence(tmp_path):
    with pytest.raises(BadInputError, match=r"'\.avi', .*\.webm, \.mp4, \.gif\.$"):
        write_film(moving_square(), tmp_path / "a.avi", fps=8)
    assert list(tmp_path.iterdir()) == []


def test_without_an_encoder_nothing_is_left(tmp_path, monkeypatch):
    monkeypatch.setitem(serve.report.film.ENCODERS, ".webm", ())
    with pytest.raises(ServeError, match=r"write a \.gif"):
        write_film(moving_square(), tmp_path / "a.webm", fps=8)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "frames",
    [np.zeros((0, 8, 8, 3), np.uint8), np.zeros((2, 8, 8, 3)), np.zeros((8, 8, 3), np.uint8)],
)
def test_what_are_no_frames_is_refused(tmp_path, frames):
    with pytest.raises(ValueError, match=r"frame|expected"):
        write_film(frames, tmp_path / "a.webm", fps=8)


@pytest.mark.parametrize("suffix", ["gif", "mp4"])
def test_the_share_of_written_frames_is_told(tmp_path, suffix):
    shares = []
    write_film(moving_square(), tmp_path / f"film.{suffix}", 12, shares.append)
    assert shares == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1])


@pytest.mark.parametrize("suffix", ["gif", "mp4"])
def test_writing_can_be_given_up(tmp_path, suffix):
    def give_up(share):
        if share > 0.4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_film(moving_square(), tmp_path / f"film.{suffix}", 12, give_up)
    assert list(tmp_path.iterdir()) == []
