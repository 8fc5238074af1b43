"""Frames into a film that a browser plays."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from serve.errors import BadInputError, ServeError
from serve.staging import staged_file

Frames = npt.NDArray[np.uint8]

ENCODERS = {".webm": ("VP90", "VP80"), ".mp4": ("vp09",)}
"""What OpenCV's wheels can encode and browsers play, best first.

They hold no H.264 encoder, and their usual "mp4v" (MPEG-4 part 2) is played by no browser.
"""

SUFFIXES = (*ENCODERS, ".gif")

_stderr_lock = threading.Lock()


def write_film(
    frames: Frames,
    path: str | Path,
    fps: float,
    on_progress: Callable[[float], None] = lambda share: None,
) -> None:
    """Write a film: `.webm` or `.mp4` (both VP9) or `.gif` (looping).

    The file is read back before it takes its name. Films of odd size gain a column or row by
    repeating the last one, since the encoders halve the colour planes.

    Args:
        frames: uint8 (T, H, W, 3) or (T, H, W, 1), T at least 1.
        path: an existing file is replaced.
        fps: frames per second.
        on_progress: called with the share of the frames that are written, up to 1; what it raises
            ends the writing, and leaves no file.

    Raises:
        BadInputError: the suffix is unknown.
        ServeError: this build of OpenCV cannot encode the film.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise BadInputError(
            f"{path} ends in {path.suffix or 'no suffix'!r}, which is no film format; "
            f"use one of {', '.join(SUFFIXES)}."
        )
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] not in (1, 3):
        raise ValueError(f"expected uint8 (T, H, W, 3 or 1), got {frames.dtype} {frames.shape}")
    if not len(frames) or not fps > 0:
        raise ValueError("a film needs at least one frame and a positive frame rate")
    if frames.shape[3] == 1:
        frames = np.repeat(frames, 3, axis=3)
    with staged_file(path) as staged:
        if path.suffix.lower() == ".gif":
            _write_gif(_telling(frames, on_progress), staged, fps)
        else:
            _write_video(frames, staged, fps, on_progress)


def _telling(frames: Frames, on_progress: Callable[[float], None]) -> Iterator[Frames]:
    """The frames one by one; how far that is, is told as each is done with."""
    for done, frame in enumerate(frames, start=1):
        yield frame
        on_progress(done / len(frames))


def _write_gif(frames: Iterator[Frames], path: Path, fps: float) -> None:
    images = map(Image.fromarray, frames)
    # GIF counts in hundredths of a second, and browsers slow down what is faster than two of them.
    duration_ms = max(20, round(100 / fps) * 10)
    with path.open("wb") as file:
        next(images).save(
            file, "GIF", save_all=True, append_images=images, duration=duration_ms, loop=0
        )


def _write_video(
    frames: Frames, path: Path, fps: float, on_progress: Callable[[float], None]
) -> None:
    frames = np.pad(
        frames, ((0, 0), (0, frames.shape[1] % 2), (0, frames.shape[2] % 2), (0, 0)), mode="edge"
    )
    height_px, width_px = frames.shape[1:3]
    for code in ENCODERS[path.suffix.lower()]:
        fourcc = cv2.VideoWriter.fourcc(*code)
        with _silent_stderr():  # OpenCV remarks there on every webm that it writes rightly
            writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, fourcc, fps, (width_px, height_px))
        if not writer.isOpened():
            continue
        for frame in _telling(frames, on_progress):
            writer.write(np.ascontiguousarray(frame[..., ::-1]))
        writer.release()
        if _frame_count(path, (height_px, width_px)) == len(frames):
            return
    raise ServeError(
        f"This build of OpenCV cannot encode {path.suffix} films; write a .gif, or install "
        "the package opencv-python-headless."
    )


def _frame_count(path: Path, size_hw: tuple[int, int]) -> int:
    """Count the frames of the given size that can be read back."""
    reader = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    count = 0
    while True:
        read, frame = reader.read()
        if not read:
            reader.release()
            return count
        count += frame.shape[:2] == size_hw


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """Keep native code from writing to the process's standard error."""
    with _stderr_lock:
        kept = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(nowhere)
            os.close(kept)
