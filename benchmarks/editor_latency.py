"""How soon does a stroke show, how many pictures a second does each person get, at what cost?

One or several people edit photos of 640 pixels on one model: each draws strokes without a pause,
redrawn thirty times a second, with candidates on, while somebody else has an edit carried to a
photo of one megapixel again and again. Counted are live pictures on the photo that differ from the
one before. From a stroke on a resting edit to the first such picture is measured alone, with the
same transfer running.

In the same run, each in turn: the service in this process, and the web server as a process of its
own with the measuring clients here; the clients' own share of the machine is stated. Besides: the
server's time from its start to its address, memory for each further person, and memory over many
edits opened and closed.

    python benchmarks/editor_latency.py [BUNDLE] [--threads 1] [--people 1 8] [--seconds 10]
"""

import argparse
import http.client
import io
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import torch
from edit_step import random_bundle
from PIL import Image
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from igan.cli.serve import threads_per_lane
from igan.training.provenance import source_commit
from serve.app.models import Models
from serve.app.protocol import HEADER, SUBPROTOCOL, Frame, FrameKind
from serve.app.service import EditingService
from serve.latent import edit_from_json

SIDE_PX = 640
TRANSFER_SIDE_PX = 1000
REDRAWS_PER_S = 30
STROKE_S = 1.5
PATIENCE_S = 120.0


class Wire(Protocol):
    """The way to a service, in this process or another."""

    def send(self, text: str) -> None: ...

    def put_photo(self, data: bytes) -> str: ...

    def transfer(self, edit: dict[str, Any]) -> None: ...

    def close(self) -> None: ...


class InProcess:
    def __init__(self, service: EditingService, client: str, hear: Callable) -> None:
        self._service, self._client = service, client
        self._connection = service.connect(client, self._on_output)
        self._hear = hear

    def _on_output(self) -> None:
        for one in self._connection.take():
            self._hear(one)

    def send(self, text: str) -> None:
        self._connection.receive(text)

    def put_photo(self, data: bytes) -> str:
        return self._service.photos.put(self._client, data).sha256

    def transfer(self, edit: dict[str, Any]) -> None:
        self._service.transfer(self._client, edit_from_json(edit))

    def close(self) -> None:
        self._connection.close()


class ThroughTheWeb:
    def __init__(self, address: str, client: str, hear: Callable) -> None:
        self._place, self._client = urllib.parse.urlsplit(address).netloc, client
        self._socket = connect(
            f"ws://{self._place}/api/v1/sessions?client={client}",
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            max_size=None,
            origin=Origin(f"http://{self._place}"),
        )
        self._hear = hear
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        for one in self._socket:
            self._hear(one)

    def send(self, text: str) -> None:
        self._socket.send(text)

    def put_photo(self, data: bytes) -> str:
        return json.loads(self._ask("PUT", "photos", data))["sha256"]

    def transfer(self, edit: dict[str, Any]) -> None:
        body = json.dumps({"edit": edit, "change": "both", "amount": 1.0}).encode()
        self._ask("POST", "transfers", body, "application/json")

    def close(self) -> None:
        self._socket.close()
        self._thread.join(PATIENCE_S)

    def _ask(self, method: str, what: str, body: bytes, kind: str = "image/jpeg") -> bytes:
        connection = http.client.HTTPConnection(self._place, timeout=PATIENCE_S)
        headers = {"X-Igan-Client": self._client, "Content-Type": kind}
        connection.request(method, f"/api/v1/{what}", body, headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {what}: {answer.status} {data[:200]!r}")
        return data


class Person:
    """Somebody who edits, and remembers when the picture changed."""

    def __init__(
        self, connect_to: Callable[[str, Callable], Wire], bundle: str, number: int, side_px: int
    ) -> None:
        self.changes: list[tuple[int, float]] = []
        self._bundle, self._side_px = bundle, side_px
        self._opened, self._rested = threading.Event(), threading.Event()
        self._rested_at = -1
        self._picture = b""
        self._state = ""
        self._generation = 0
        self._rng = np.random.default_rng(number)
        self._colour: list[int] = []
        self.wire = connect_to(f"{number:032x}", self._hear)
        self._photo = self.wire.put_photo(photo_file(self._rng, side_px))

    def open(self) -> None:
        """Open the photo, with a projection of one iteration."""
        settings = {"method": "optimisation", "iterations": 1}
        edit = {"version": 1, "constraints": [], "settings": settings}
        self._opened.clear()
        self.say("open", bundle=self._bundle, photo=self._photo, edit=edit, view_px=SIDE_PX)
        _waited(self._opened)

    def say(self, kind: str, **fields: Any) -> None:
        self._generation += 1
        self.wire.send(json.dumps({"kind": kind, "generation": self._generation, **fields}))

    def draw(self) -> None:
        """Begin a stroke of another colour."""
        self._colour = self._rng.integers(0, 256, 3).tolist()
        self.say("draw", constraint=self._stroke(0.1))

    def first_change_s(self) -> float | None:
        """When the first picture that came of the newest message was there, if one was."""
        changes = (now_s for generation, now_s in self.changes if generation >= self._generation)
        return next(changes, None)

    def redraw(self, progress: float) -> None:
        """The same stroke, as far as the hand has come."""
        self.say("redraw", constraint=self._stroke(progress))

    def rest(self) -> None:
        """Wait until nothing moves."""
        while self._rested_at < self._generation:
            _waited(self._rested)
            self._rested.clear()

    @property
    def edit(self) -> dict[str, Any]:
        """As the service last told it."""
        return json.loads(self._state)["edit"]

    def _stroke(self, progress: float) -> dict[str, Any]:
        x, y = self._side_px * 0.25, self._side_px * 0.5
        far = progress * self._side_px
        return {
            "brush": "colour",
            "points": [[x, y], [x + 0.5 * far, y + 0.1 * far]],
            "colour": self._colour,
            "width_px": self._side_px / 16,
        }

    def _hear(self, one: str | bytes) -> None:
        now_s = time.perf_counter()
        if isinstance(one, bytes):
            if one[0] == FrameKind.PHOTO and one[HEADER.size :] != self._picture:
                self._picture = one[HEADER.size :]
                self.changes.append((Frame.from_bytes(one).generation, now_s))
        elif one.startswith('{"kind":"state"'):
            self._state = one
        elif one.startswith('{"kind":"numbers"'):
            numbers = json.loads(one)
            if not numbers["moving"]:
                self._rested_at = numbers["generation"]
                self._rested.set()
        elif one.startswith('{"kind":"opened"'):
            self._opened.set()
        elif one.startswith(('{"kind":"error"', '{"kind":"busy"')):
            raise RuntimeError(one)


def _waited(event: threading.Event) -> None:
    if not event.wait(PATIENCE_S):
        raise TimeoutError("the service does not answer")


def photo_file(rng: np.random.Generator, side_px: int) -> bytes:
    """A JPEG of something smooth with some grain, in the middle of white."""
    coarse = Image.fromarray(rng.integers(60, 200, (6, 6, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((side_px, side_px), Image.Resampling.BICUBIC))
    pixels = np.clip(smooth + rng.normal(0, 6, smooth.shape), 0, 255).astype(np.uint8)
    y, x = np.mgrid[:side_px, :side_px] / side_px - 0.5
    pixels[np.hypot(x, y) > 0.4] = 255
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


@contextmanager
def transfers_running(connect_to: Callable[[str, Callable], Wire], bundle: str) -> Iterator[list]:
    """Somebody's edit is carried to one megapixel again and again; the seconds each takes."""
    person = Person(connect_to, bundle, 999, TRANSFER_SIDE_PX)
    person.open()
    person.draw()
    person.rest()
    edit, seconds, stop = person.edit, [], threading.Event()

    def work() -> None:
        while not stop.is_set():
            began_s = time.perf_counter()
            person.wire.transfer(edit)
            seconds.append(time.perf_counter() - began_s)

    thread = threading.Thread(target=work)
    thread.start()
    yield seconds
    stop.set()
    thread.join()
    person.wire.close()


def first_changes_ms(person: Person, strokes: int) -> list[float]:
    """From a stroke on a resting edit to the first picture that differs, in milliseconds."""
    found = []
    for _ in range(strokes):
        person.rest()
        began_s = time.perf_counter()
        person.say("hand", down=True)
        person.draw()
        while (changed_s := person.first_change_s()) is None:
            if time.perf_counter() - began_s > PATIENCE_S:
                raise TimeoutError("a stroke does not show")
            time.sleep(0.0005)
        found.append(1000 * (changed_s - began_s))
        person.say("hand", down=False)
        person.say("restart")
    return found


def pictures_per_s(people: list[Person], seconds: float) -> list[float]:
    """How many different pictures each got a second while all of them drew."""
    began_s = time.perf_counter()
    first = [len(person.changes) for person in people]
    turn = 0
    while (now_s := time.perf_counter() - began_s) < seconds:
        for number, person in enumerate(people):
            place = (now_s + STROKE_S * number / len(people)) % STROKE_S / STROKE_S
            if turn % round(STROKE_S * REDRAWS_PER_S) == number % REDRAWS_PER_S:
                person.say("restart")
                person.draw()
            person.redraw(max(place, 0.1))
        turn += 1
        time.sleep(max(0.0, began_s + turn / REDRAWS_PER_S - time.perf_counter()))
    for person in people:
        person.say("hand", down=False)
    return [
        (len(person.changes) - before) / seconds
        for person, before in zip(people, first, strict=True)
    ]


def measure(
    name: str, connect_to: Callable[[str, Callable], Wire], bundle: str, wanted: argparse.Namespace
) -> None:
    for count in wanted.people:
        people = [Person(connect_to, bundle, number, SIDE_PX) for number in range(count)]
        for person in people:
            person.open()
            person.say("candidates", on=True)
            person.draw()
            person.rest()
        with transfers_running(connect_to, bundle) as carried_s:
            firsts = first_changes_ms(people[0], wanted.strokes)
            for person in people:
                person.say("hand", down=True)
            own_s, began_s = time.process_time(), time.perf_counter()
            rates = pictures_per_s(people, wanted.seconds)
            share = (time.process_time() - own_s) / (time.perf_counter() - began_s)
        for person in people:
            person.wire.close()
        client = "" if name == "in process" else f", clients use {100 * share:.0f} % of a core"
        print(
            f"{name:<16}{count:>3} people: first change p50 {np.percentile(firsts, 50):.0f} ms, "
            f"p95 {np.percentile(firsts, 95):.0f} ms; pictures/s median {np.median(rates):.1f}, "
            f"least {min(rates):.1f}; {len(carried_s)} transfers, median "
            f"{np.median(carried_s):.2f} s{client}"
        )


def resident_mib(pid: int | str = "self") -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def report_memory(service: EditingService, bundle: str, cycles: int) -> None:
    def connect_to(client: str, hear: Callable) -> Wire:
        return InProcess(service, client, hear)

    people = []
    for number in range(9):
        person = Person(connect_to, bundle, number, SIDE_PX)
        person.open()
        person.say("candidates", on=True)
        person.draw()
        person.rest()
        people.append(resident_mib())
    print(f"memory: {(people[8] - people[0]) / 8:.1f} MiB for each further person")
    person = Person(connect_to, bundle, 100, SIDE_PX)
    person.open()
    sizes = []
    for _ in range(cycles):
        person.open()
        sizes.append(resident_mib())
    tenth = max(1, cycles // 10)
    print(
        f"memory over {cycles} edits opened and closed: {np.mean(sizes[tenth : 2 * tenth]):.1f} "
        f"MiB in the second tenth, {np.mean(sizes[-tenth:]):.1f} MiB in the last"
    )


@contextmanager
def web_server(bundle: Path, threads: int) -> Iterator[str]:
    """`igan serve` in a process of its own; its address."""
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, "-m", "igan.cli.main", "serve", str(bundle), "--port", "0"]
    began_s = time.perf_counter()
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert server.stdout is not None
    line = server.stdout.readline()
    print(f"server ready after {time.perf_counter() - began_s:.1f} s")
    try:
        yield line.split()[-1]
    finally:
        server.terminate()
        server.wait(30)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "bundle", nargs="?", type=Path, help="of 64 pixels; random 64-wide by default"
    )
    parser.add_argument("--threads", type=int, default=threads_per_lane(os.cpu_count() or 1))
    parser.add_argument("--people", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--strokes", type=int, default=30, help="for the time to the first change")
    parser.add_argument("--cycles", type=int, default=1000, help="edits opened and closed")
    parser.add_argument("--only", choices=["in process", "web", "memory"])
    wanted = parser.parse_args()
    torch.set_num_threads(wanted.threads)
    cv2.setNumThreads(wanted.threads)
    print(
        f"{platform.processor() or platform.machine()}, {wanted.threads} threads, "
        f"torch {torch.__version__}, commit {source_commit()}"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = wanted.bundle or random_bundle(Path(folder))
        if wanted.only != "web":
            service = EditingService(Models.load([path], wanted.threads))
            service.start()
            (bundle,) = service.models
            if wanted.only != "memory":
                measure(
                    "in process",
                    lambda client, hear: InProcess(service, client, hear),
                    bundle,
                    wanted,
                )
            if wanted.only != "in process":
                report_memory(service, bundle, wanted.cycles)
            service.close()
        if wanted.only in (None, "web"):
            name = Models.load([path]).describe()[0]["name"]
            with web_server(path, wanted.threads) as address:
                measure(
                    "through the web",
                    lambda client, hear: ThroughTheWeb(address, client, hear),
                    name,
                    wanted,
                )


if __name__ == "__main__":
    main()
