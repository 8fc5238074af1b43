import hashlib
import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from serve.app.limits import Limits
from serve.app.web.access import Access
from serve.latent import Edit, edit_from_json
from serve.latent.edit import edit_schema
from serve.photo.photo import decode_photo
from tests.hostile_files import encoded, hostile_contents, photo_file, photo_pixels
from tests.json_schema import accepts
from tests.serve.app.web.running import LIMITS, SAMPLE, Running, running_server

CLIENT, OTHER = "a" * 32, "b" * 32
TOKEN = "correct-horse-battery"
PHOTO = photo_file(1)
SHA256 = hashlib.sha256(PHOTO).hexdigest()


@pytest.fixture
def http(server: Running) -> Iterator[httpx.Client]:
    headers = {"X-Igan-Client": CLIENT}
    with httpx.Client(base_url=server.address, headers=headers, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def edit(server: Running) -> dict[str, Any]:
    headers = {"X-Igan-Client": CLIENT}
    with httpx.Client(base_url=server.address, headers=headers, timeout=60) as client:
        client.put("/api/v1/photos", content=PHOTO).raise_for_status()
        wish = {"bundle": "tiny", "photo": SHA256, "method": "network"}
        document: dict[str, Any] = client.post("/api/v1/projections", json=wish).json()
    return moved(document)


def moved(document: dict[str, Any]) -> dict[str, Any]:
    """The edit with a result that is another than its start."""
    cache = document["cache"]
    return document | {"cache": cache | {"z": [0.5 * value - 0.2 for value in cache["z0"]]}}


def test_bundles_are_described(http: httpx.Client) -> None:
    (described,) = http.get("/api/v1/bundles").json()
    assert described["name"] == "tiny"
    assert described["image_size_px"] == 32
    assert described["has_projector"]


def test_samples_are_listed_and_sent(http: httpx.Client) -> None:
    (listed,) = http.get("/api/v1/samples").json()
    assert listed == {
        "name": "drawn",
        "title": "A drawing",
        "category": "drawings",
        "author": "the authors",
        "licence": "MIT",
        "origin": "made here",
    }
    answer = http.get("/api/v1/samples/drawn")
    assert answer.content == SAMPLE.data
    assert answer.headers["content-type"] == "image/png"
    for name in ("none", "..%2F..%2Fetc%2Fpasswd", "%00"):
        assert http.get(f"/api/v1/samples/{name}").status_code == 404


def test_a_photo_is_told_what_it_is_by_its_bytes(http: httpx.Client) -> None:
    pixels = Image.fromarray(photo_pixels(5, 30, 50)).convert("L")
    answer = http.put(
        "/api/v1/photos",
        content=encoded(pixels, "PNG"),
        headers={"Content-Type": "image/jpeg"},  # a lie, which nobody believes
    )
    info = answer.json()
    assert answer.status_code == 200
    assert (info["width_px"], info["height_px"]) == (50, 30)
    assert (info["channels"], info["format"]) == (1, "PNG")


@pytest.mark.slow
def test_uploads_of_every_bad_kind_are_refused_by_a_sentence(http: httpx.Client) -> None:
    answered = 0
    for name, data, readable in hostile_contents():
        answer = http.put("/api/v1/photos", content=data)
        body = answer.json()
        if readable is None:
            assert answer.status_code in (200, 413, 422), name
        elif readable:
            assert answer.status_code == 200, (name, body)
            assert body["sha256"] == hashlib.sha256(data).hexdigest()
        else:
            assert answer.status_code in (413, 422), (name, body)
            assert body["error"].endswith("."), name
        answered += 1
    assert answered > 200
    assert http.get("/healthz").status_code == 200


def test_a_client_must_name_itself(server: Running) -> None:
    for headers in ({}, {"X-Igan-Client": "me"}, {"X-Igan-Client": "A" * 32}):
        answer = httpx.put(f"{server.address}api/v1/photos", content=PHOTO, headers=headers)
        assert answer.status_code == 422
        assert "32 random hexadecimal digits" in answer.json()["error"]


def test_a_photo_is_known_to_its_client_alone(server: Running, edit: dict[str, Any]) -> None:
    headers = {"X-Igan-Client": OTHER}
    with httpx.Client(base_url=server.address, headers=headers, timeout=60) as other:
        for path, wish in (
            ("projections", {"bundle": "tiny", "photo": SHA256}),
            ("transfers", {"edit": edit}),
            ("films", {"edit": edit, "kind": "gif"}),
            ("pages", {"edit": edit}),
        ):
            answer = other.post(f"/api/v1/{path}", json=wish)
            assert answer.status_code == 409
            assert answer.json()["needs_photo"] == SHA256


def test_a_projection_is_an_edit(http: httpx.Client) -> None:
    http.put("/api/v1/photos", content=PHOTO).raise_for_status()
    wish = {"bundle": "tiny", "photo": SHA256, "method": "network", "frame": "whole"}
    document = http.post("/api/v1/projections", json=wish).json()
    assert accepts(edit_schema(), document)
    edit = edit_from_json(document)
    assert edit.photo is not None
    assert edit.cache is not None
    assert (edit.photo.sha256, edit.constraints) == (SHA256, ())
    assert edit.cache.z == edit.cache.z0


def test_a_transfer_is_the_photo_in_its_own_format(
    http: httpx.Client, edit: dict[str, Any]
) -> None:
    answer = http.post("/api/v1/transfers", json={"edit": edit})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="edited.jpg"'
    assert answer.headers["content-type"] == "image/jpeg"
    original, edited = decode_photo(PHOTO, "original"), decode_photo(answer.content, "edited")
    assert edited.pixels.shape == original.pixels.shape
    assert np.abs(edited.pixels.astype(int) - original.pixels).mean() > 1
    unchanged = http.post("/api/v1/transfers", json={"edit": edit, "amount": 0, "format": "PNG"})
    assert unchanged.headers["content-type"] == "image/png"
    assert np.array_equal(decode_photo(unchanged.content, "unchanged").pixels, original.pixels)


def test_jobs_are_named_by_a_short_word(http: httpx.Client, edit: dict[str, Any]) -> None:
    for name in ("a/b", "x" * 41, ""):
        refused = http.post("/api/v1/transfers", json={"edit": edit}, headers={"X-Igan-Job": name})
        assert refused.status_code == 422
        assert "name a job in X-Igan-Job" in refused.json()["error"]


def test_films_and_pages_are_made(http: httpx.Client, edit: dict[str, Any]) -> None:
    film = http.post("/api/v1/films", json={"edit": edit, "kind": "gif"})
    with Image.open(io.BytesIO(film.content)) as frames:
        assert frames.format == "GIF"
        assert getattr(frames, "n_frames") > 4  # noqa: B009 - Pillow's types lack it
    page = http.post("/api/v1/pages", json={"edit": edit})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.startswith("<!doctype html>")
    assert page.headers["content-disposition"].startswith("attachment")


def test_an_edit_without_a_photo_gives_the_models_picture(
    http: httpx.Client, edit: dict[str, Any]
) -> None:
    document = {key: value for key, value in edit.items() if key != "photo"}
    size = 32
    document["frame"] = document["frame"] | {
        "photo_width_px": size,
        "photo_height_px": size,
        "region": [0, 0, size, size],
    }
    answer = http.post("/api/v1/transfers", json={"edit": document})
    assert answer.status_code == 200, answer.text
    assert decode_photo(answer.content, "picture").pixels.shape == (size, size, 3)


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("projections", {}, "the key 'bundle' is missing"),
        ("projections", {"bundle": "none", "photo": SHA256}, "there is no model 'none' here"),
        ("projections", {"bundle": "tiny", "photo": SHA256, "method": "magic"}, "'method' must be"),
        ("projections", {"bundle": "tiny", "photo": SHA256, "frame": "x"}, "'frame' must be"),
        ("projections", {"bundle": "tiny", "photo": SHA256, "more": 1}, "unknown key 'more'"),
        ("projections", [], "must be a JSON object"),
        ("transfers", {"edit": {"version": 99, "constraints": []}}, "'version' is 99"),
        ("transfers", {"edit": Edit().to_json()}, "."),
        ("transfers", {"edit": Edit().to_json(), "amount": 9}, "'amount' must lie between"),
        ("transfers", {"edit": Edit().to_json(), "change": "all"}, "'change' must be one of"),
        ("films", {"edit": Edit().to_json()}, "the key 'kind' is missing"),
        ("films", {"edit": Edit().to_json(), "kind": "avi"}, "'kind' must be one of"),
        ("pages", {"edit": None}, "the edit must be a JSON object"),
    ],
)
def test_what_is_wrong_is_told(http: httpx.Client, path: str, body: object, sentence: str) -> None:
    answer = http.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == 422
    assert sentence in answer.json()["error"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_told(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/api/v1/transfers", content=body)
    assert (answer.status_code, answer.json()) == (422, {"error": "the body is not JSON."})


def test_an_unknown_format_is_told(http: httpx.Client, edit: dict[str, Any]) -> None:
    answer = http.post("/api/v1/transfers", json={"edit": edit, "format": "../../x"})
    assert answer.status_code == 422
    assert "is not written" in answer.json()["error"]


def test_what_is_not_there_is_told(http: httpx.Client) -> None:
    for path in ("/api/v1/nothing", "/nothing.js", "/js/../../api.py", "/%2e%2e/%2e%2e/etc/passwd"):
        answer = http.get(path)
        assert answer.status_code == 404
        assert list(answer.json()) == ["error"]
    assert http.delete("/api/v1/photos").status_code == 405


def test_every_answer_is_sealed(http: httpx.Client) -> None:
    for path in ("/", "/nothing", "/healthz", "/api/v1/bundles", "/api/v1/openapi.json"):
        headers = http.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers


def test_other_names_and_foreign_pages_are_refused(http: httpx.Client) -> None:
    rebound = http.get("/", headers={"Host": "evil.example"})
    assert rebound.status_code == 421
    assert "not called by that name" in rebound.json()["error"]
    foreign = http.get("/api/v1/bundles", headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert "--allow-origin" in foreign.json()["error"]
    assert "content-security-policy" in foreign.headers


def test_the_description_names_every_route(http: httpx.Client) -> None:
    description = http.get("/api/v1/openapi.json").json()
    assert description["openapi"].startswith("3.1")
    assert set(description["paths"]) == {
        f"/api/v1/{path}"
        for path in (
            "bundles",
            "edit-schema",
            "samples",
            "samples/{name}",
            "photos",
            "projections",
            "transfers",
            "films",
            "pages",
        )
    }
    for path in ("projections", "transfers", "films", "pages"):
        operation = description["paths"][f"/api/v1/{path}"]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert not schema["additionalProperties"]
        assert {"200", "401", "403", "409", "413", "422", "503"} <= set(operation["responses"])
    assert http.get("/docs").status_code == 404  # its page would load scripts from elsewhere
    assert http.get("/api/v1/edit-schema").json() == edit_schema()


def test_health_readiness_and_metrics(server: Running, http: httpx.Client) -> None:
    assert http.get("/healthz").json() == {"status": "alive"}
    deadline = time.monotonic() + 10
    while http.get("/readyz").status_code != 200 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert http.get("/readyz").json() == {"status": "ready"}
    assert "igan_http_requests_total{" in http.get("/metrics").text


@pytest.fixture(scope="module")
def strict(bundle: Path) -> Iterator[Running]:
    """A server with a token, on which little is allowed."""
    limits = Limits(
        photo_bytes=20_000, photo_pixels=6000, message_bytes=5000, uploads=1, upload_s=2.0
    )
    with running_server(bundle, limits, Access.of("127.0.0.1", TOKEN)) as running:
        yield running


def test_the_token_is_asked_for(strict: Running) -> None:
    with httpx.Client(base_url=strict.address) as http:
        for path in ("/api/v1/bundles", "/api/v1/openapi.json", "/metrics"):
            refused = http.get(path)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == "Bearer"
            assert "token" in refused.json()["error"]
            wrong = http.get(path, headers={"Authorization": f"Bearer {TOKEN[:-1]}"})
            assert wrong.status_code == 401
            assert http.get(path, headers=bearer()).status_code == 200
        for path in ("/", "/healthz", "/readyz"):
            assert http.get(path).status_code in (200, 503)


def bearer() -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKEN}", "X-Igan-Client": CLIENT}


def test_what_is_too_large_is_refused(strict: Running) -> None:
    with httpx.Client(base_url=strict.address, headers=bearer()) as http:
        announced = http.put("/api/v1/photos", content=bytes(20_001))
        assert announced.status_code == 413
        assert "20,000 bytes" in announced.json()["error"]
        fits = http.put("/api/v1/photos", content=photo_file(1, "PNG"))  # 80 x 60 are allowed
        assert fits.status_code == 200
        pixels = encoded(Image.fromarray(photo_pixels(3, 90, 80)), "JPEG")
        refused = http.put("/api/v1/photos", content=pixels)
        assert refused.status_code == 413
        assert "80 x 90 pixels" in refused.json()["error"]
        long = http.post("/api/v1/transfers", content=json.dumps({"edit": "x" * 6000}))
        assert long.status_code == 413


def upload_head(strict: Running, *more: str) -> bytes:
    lines = [
        "PUT /api/v1/photos HTTP/1.1",
        f"Host: 127.0.0.1:{strict.port}",
        f"X-Igan-Client: {CLIENT}",
        f"Authorization: Bearer {TOKEN}",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def test_what_grows_too_large_is_refused_while_it_comes(strict: Running) -> None:
    with socket.create_connection(("127.0.0.1", strict.port)) as endless:
        endless.settimeout(10)
        endless.sendall(upload_head(strict, "Transfer-Encoding: chunked"))
        for _ in range(3):
            endless.sendall(b"2000\r\n" + bytes(0x2000) + b"\r\n")
        assert endless.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_uploads_that_dawdle_are_ended_and_others_wait(strict: Running) -> None:
    with socket.create_connection(("127.0.0.1", strict.port)) as slow:
        slow.sendall(upload_head(strict, "Content-Length: 100") + b"some")
        time.sleep(0.1)
        meanwhile = httpx.put(
            f"{strict.address}api/v1/photos", content=photo_file(1), headers=bearer()
        )
        assert meanwhile.status_code == 503
        assert meanwhile.json()["retry_after_s"] == 10
        assert meanwhile.headers["retry-after"] == "10"
        slow.settimeout(10)
        assert slow.recv(1000).startswith(b"HTTP/1.1 408 ")


def test_work_ends_when_nobody_waits_for_it(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    began, ended = threading.Event(), threading.Event()

    def transfer(*wish: Any) -> None:
        *_, cancelled, _on_progress = wish
        began.set()
        while not cancelled():
            time.sleep(0.01)
        ended.set()

    with running_server(bundle, LIMITS) as running:
        monkeypatch.setattr(running.service, "transfer", transfer)
        wish = {"edit": Edit().to_json()}
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                f"{running.address}api/v1/transfers",
                json=wish,
                headers={"X-Igan-Client": CLIENT},
                timeout=0.5,
            )
        assert began.is_set()
        assert ended.wait(5)


def test_what_breaks_inside_is_told_without_its_insides(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def describe() -> None:
        raise ValueError("the secret of /home/somebody")

    with running_server(bundle, LIMITS) as running:
        monkeypatch.setattr(running.service.models, "describe", describe)
        answer = httpx.get(f"{running.address}api/v1/bundles")
    assert answer.status_code == 500
    assert answer.json() == {"error": "the server failed; its log says where."}
    assert "content-security-policy" in answer.headers
