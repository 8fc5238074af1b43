import json

import numpy as np
import pytest

from igan.data.store_format import (
    IndexEntry,
    StoreMeta,
    StoreSource,
    check_picture_size,
    record_key,
    record_keys,
)
from igan.errors import ConfigError


def test_keys_are_big_endian_and_sort_by_index() -> None:
    indices = [0, 255, 256, 70_000, 2**40]
    keys = record_keys(np.array(indices))
    assert keys == [record_key(index) for index in indices] == sorted(keys)
    assert keys[2] == b"\0\0\0\0\0\0\1\0"


@pytest.mark.parametrize("label", [None, "Schuh", "caf\udce9"])
@pytest.mark.parametrize("identity", ["a/b.jpg", "caf\udce9\nnew.png"])
def test_an_entry_survives_its_bytes(identity: str, label: str | None) -> None:
    entry = IndexEntry(identity, bytes(range(32)), "test", source=515, label=label)
    assert IndexEntry.from_bytes(entry.to_bytes()) == entry


def test_meta_survives_json() -> None:
    meta = StoreMeta(
        64, 3, "png", "whole", 7, "ab" * 32, {"train": 5, "test": 2}, (StoreSource("a", "zip"),)
    )
    assert StoreMeta.from_json(meta.to_json()) == meta


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format_version": 2}, "version 2"),
        ({"format": "other"}, "something else"),
        ({"encoding": "lzma"}, "lzma"),
        ({"size": None}, "cannot be read"),
    ],
)
def test_a_meta_of_another_kind_is_refused(change: dict[str, object], message: str) -> None:
    document = json.loads(StoreMeta(64, 3, "raw", "centre").to_json())
    with pytest.raises(ValueError, match=message):
        StoreMeta.from_json(json.dumps({**document, **change}).encode())


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"[]", b"{}"])
def test_what_is_no_meta_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        StoreMeta.from_json(data)


def test_sizes_that_make_no_store_are_refused() -> None:
    check_picture_size(64)
    with pytest.raises(ConfigError, match="0 pixels"):
        check_picture_size(0)
