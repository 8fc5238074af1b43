"""A client for tests: says things to a service and waits for what comes."""

import functools
import io
import itertools
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from serve.app.connection import Connection
from serve.app.limits import Limits
from serve.app.models import Models
from serve.app.protocol import Frame, FrameKind
from serve.app.service import EditingService
from tests.bundles import tiny_bundle

PATIENCE_S = 60.0


@functools.cache
def tiny_models(folder: Path, channels: int = 3) -> Models:
    return Models.load([tiny_bundle(folder / f"tiny-{channels}", channels=channels)], threads=1)


def started(models: Models, **limits: Any) -> EditingService:
    """A service at work; close it in the end."""
    service = EditingService(models, Limits(**limits))
    service.start()
    return service


def photo_file(seed: int, size_px: tuple[int, int] = (80, 64), kind: str = "PNG") -> bytes:
    """The bytes of a photo file of smooth colours."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (4, 5, 3), dtype=np.uint8))
    buffer = io.BytesIO()
    small.resize(size_px, Image.Resampling.BICUBIC).save(buffer, kind)
    return buffer.getvalue()


def colour_stroke(x: float = 40, colour: tuple[int, int, int] = (200, 20, 30)) -> dict[str, Any]:
    return {"brush": "colour", "points": [[x, 30]], "colour": list(colour), "width_px": 16}


class Talker:
    """One client of a service."""

    def __init__(self, service: EditingService, client: str = "a") -> None:
        self.service, self.client = service, client
        self._news = threading.Event()
        self.connection: Connection = service.connect(client, self._news.set)
        self.said: list[dict[str, Any]] = []
        self.frames: list[Frame] = []
        self._generations = itertools.count(1)
        self.generation = 0

    def say(self, kind: str, **fields: Any) -> int:
        """Say something; its generation."""
        self.generation = next(self._generations)
        document = {"kind": kind, "generation": self.generation, **fields}
        self.connection.receive(json.dumps(document))
        return self.generation

    def open(self, photo: bytes | None = None, **fields: Any) -> dict[str, Any]:
        """Open a photo, or what the fields say, and wait until it is open."""
        if photo is not None:
            fields["photo"] = self.service.photos.put(self.client, photo).sha256
            fields.setdefault("edit", {"version": 1, "constraints": [], "settings": NETWORK})
        at = self.say("open", bundle=next(iter(self.service.models)), **fields)
        return self.wait_for("opened", at)

    def wait_for(self, kind: str, generation: int = 0) -> dict[str, Any]:
        """The next message of a kind that takes account of this generation."""
        found = self._wait(
            lambda: next(
                (
                    one
                    for one in self.said
                    if one["kind"] == kind and one.get("generation", generation) >= generation
                ),
                None,
            ),
            kind,
        )
        self.said.remove(found)
        return found

    def wait_for_rest(self) -> dict[str, Any]:
        """The state after everything that was said, when nothing moves any more."""
        at = self.generation
        self._wait(
            lambda: (
                any(
                    one["kind"] == "numbers" and one["generation"] >= at and not one["moving"]
                    for one in self.said
                )
                or None
            ),
            "numbers at rest",
        )
        states = [one for one in self.said if one["kind"] == "state"]
        return states[-1]

    def wait_for_frame(self, kind: FrameKind, generation: int = 0) -> Frame:
        return self._wait(
            lambda: next(
                (
                    one
                    for one in reversed(self.frames)
                    if one.kind == kind and one.generation >= generation
                ),
                None,
            ),
            kind.name,
        )

    def hear(self) -> None:
        """Take what there is."""
        for one in self.connection.take():
            if isinstance(one, str):
                self.said.append(json.loads(one))
            else:
                self.frames.append(Frame.from_bytes(one))

    def _wait(self, find: Callable[[], Any], what: str) -> Any:
        deadline_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline_s:
            self._news.clear()
            self.hear()
            if (found := find()) is not None:
                return found
            self._news.wait(0.5)
        raise AssertionError(f"no {what} came, but {[one['kind'] for one in self.said]}")


NETWORK = {"method": "network"}


def pixels_of(frame: Frame) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(frame.payload)))
