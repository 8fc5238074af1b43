import hashlib

import pytest

from serve.app.limits import Limits
from serve.app.photos import PhotoShelf
from serve.errors import LimitError, PhotoError, UnknownPhotoError
from tests.serve.app.talking import photo_file


def test_a_photo_is_known_to_its_client_alone() -> None:
    shelf, data = PhotoShelf(Limits()), photo_file(1)
    info = shelf.put("a", data)
    assert info.to_json() == {
        "sha256": hashlib.sha256(data).hexdigest(),
        "width_px": 80,
        "height_px": 64,
        "channels": 3,
        "format": "PNG",
    }
    assert shelf.get("a", info.sha256).pixels.shape == (64, 80, 3)
    assert shelf.put("a", data) == info
    with pytest.raises(UnknownPhotoError) as unknown:
        shelf.get("b", info.sha256)
    assert unknown.value.sha256 == info.sha256


def test_what_was_used_longest_ago_is_forgotten_first() -> None:
    shelf = PhotoShelf(Limits(photos_per_client=2))
    names = [shelf.put("a", photo_file(seed)).sha256 for seed in (1, 2)]
    shelf.get("a", names[0])
    shelf.put("a", photo_file(3))
    shelf.get("a", names[0])
    with pytest.raises(UnknownPhotoError):
        shelf.get("a", names[1])
    assert shelf.held == (2, 2 * 80 * 64 * 3)
    shelf.forget("a")
    assert shelf.held == (0, 0)


def test_all_clients_share_one_bound() -> None:
    shelf = PhotoShelf(Limits(kept_photo_bytes=2 * 80 * 64 * 3))
    names = [shelf.put(str(seed), photo_file(seed)).sha256 for seed in range(3)]
    with pytest.raises(UnknownPhotoError):
        shelf.get("0", names[0])
    assert shelf.held[0] == 2


def test_what_is_too_large_or_no_photo_is_refused() -> None:
    data = photo_file(1)
    with pytest.raises(LimitError, match="bytes"):
        PhotoShelf(Limits(photo_bytes=len(data) - 1)).put("a", data)
    for kind in ("PNG", "TIFF"):
        with pytest.raises(LimitError, match="80 x 64 pixels"):
            PhotoShelf(Limits(photo_pixels=80 * 64 - 1)).put("a", photo_file(1, kind=kind))
    shelf = PhotoShelf(Limits())
    for wrong in (b"", b"GIF89a", data[:200]):
        with pytest.raises(PhotoError):
            shelf.put("a", wrong)
    assert shelf.held == (0, 0)


def test_what_nobody_used_for_long_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 0.0
    monkeypatch.setattr("serve.app.photos.time.monotonic", lambda: now_s)
    shelf = PhotoShelf(Limits(photo_kept_s=60))
    names = [shelf.put(client, photo_file(1)).sha256 for client in ("a", "b")]
    now_s = 50.0
    shelf.get("a", names[0])
    now_s = 70.0
    shelf.put("c", photo_file(2))
    shelf.get("a", names[0])
    with pytest.raises(UnknownPhotoError):
        shelf.get("b", names[1])
