"""The format of a photo store: keys, the `__meta__` document, and the entries of the index table.

One LMDB environment holds `__meta__` (JSON) in its main table and named tables:

* `records`: 8-byte big-endian index -> the picture's bytes, raw or encoded;
* `index`: the same key -> an `IndexEntry`, which says where the picture came from;
* `traits`: the same key -> a row of `igan.data.traits.TRAITS`;
* `labels`: a label's number, 4 bytes big-endian -> the label, and SHA-256 of it -> its number;
* `contents`: SHA-256 of a source file -> the key of the record made from it;
* `imports`: number of an import, 4 bytes big-endian -> its `ImportLedger` (JSON);
* `rejects`: that number and the file's ordinal, 8 bytes big-endian -> a `Reject` (JSON).

Every transaction writes to all of them what belongs together, so they always agree. The digest
covers `records` and `index`; the others follow from these, or tell how they came about.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np

from igan.data.digest import EMPTY_STORE_DIGEST
from igan.data.encoding import ENCODINGS, Encoding
from igan.data.split import SPLITS, Split
from igan.errors import ConfigError

FORMAT_NAME = "igan-store"
FORMAT_VERSION = 1
META_KEY = b"__meta__"
RECORDS_TABLE = b"records"
INDEX_TABLE = b"index"
TRAITS_TABLE = b"traits"
LABELS_TABLE = b"labels"
CONTENTS_TABLE = b"contents"
IMPORTS_TABLE = b"imports"
REJECTS_TABLE = b"rejects"

SMALLEST_SIZE_PX, LARGEST_SIZE_PX = 8, 4096


def check_picture_size(size: int) -> None:
    """Refuse a size that no store is made of.

    Raises:
        ConfigError: the size is not in [SMALLEST_SIZE_PX, LARGEST_SIZE_PX].
    """
    if not SMALLEST_SIZE_PX <= size <= LARGEST_SIZE_PX:
        raise ConfigError(
            f"pictures of {size} pixels a side cannot be stored; give a size from "
            f"{SMALLEST_SIZE_PX} to {LARGEST_SIZE_PX}, such as 64."
        )


def record_key(index: int) -> bytes:
    """Return the key of a record: its index as 8 bytes, big-endian, so that keys sort by index."""
    return index.to_bytes(8, "big")


def import_key(import_number: int) -> bytes:
    """Return the key of an import's ledger, with which the keys of its rejects begin."""
    return import_number.to_bytes(4, "big")


def reject_key(import_number: int, ordinal: int) -> bytes:
    """Return the key of a rejected file."""
    return import_key(import_number) + ordinal.to_bytes(8, "big")


def label_key(number: int) -> bytes:
    """Return the key under which a label's text stands."""
    return number.to_bytes(4, "big")


def label_number_key(label: str) -> bytes:
    """Return the key under which a label's number stands."""
    return hashlib.sha256(label.encode("utf-8", "surrogateescape")).digest()


def record_keys(indices: Iterable[int] | np.ndarray) -> list[bytes]:
    """Return the keys of many records at once."""
    return np.asarray(indices, dtype=">u8").view("V8").tolist()


@dataclass(frozen=True)
class StoreSource:
    """Where a part of the store came from, and on what terms."""

    name: str
    kind: str
    licence: str = ""


@dataclass(frozen=True)
class StoreMeta:
    """What a store says about itself; `count` and `digest` cover the committed records.

    Attributes:
        size: height and width of every picture, in pixels.
        fit: how photos were made square, `crop`, `pad` or `squash`; `rendered` when drawn to size.
        anchor: where the square of a photo lies from top to bottom, `centre` or `top`.
        trim: whether lines of one colour at the sides of the photos were taken away.
        split_counts: committed records in each split.
        digest: hex SHA-256 chain over ordered keys and values.
    """

    size: int
    channels: int
    encoding: Encoding
    fit: str
    count: int = 0
    digest: str = EMPTY_STORE_DIGEST
    split_counts: dict[Split, int] = field(default_factory=lambda: dict.fromkeys(SPLITS, 0))
    sources: tuple[StoreSource, ...] = ()
    anchor: str = "centre"
    trim: bool = False

    def to_json(self) -> bytes:
        document = {"format": FORMAT_NAME, "format_version": FORMAT_VERSION, **asdict(self)}
        return json.dumps(document, indent=1, sort_keys=True).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read a `__meta__` document.

        Raises:
            ValueError: it is not one, or of another format version; the message is half a sentence.
        """
        try:
            document: dict[str, Any] = json.loads(data)
            version = document["format_version"]
            if document["format"] != FORMAT_NAME:
                raise ValueError("describes something else than a photo store")
            if version != FORMAT_VERSION:
                raise ValueError(
                    f"has format version {version} and this program reads version {FORMAT_VERSION}"
                )
            meta = cls(
                size=int(document["size"]),
                channels=int(document["channels"]),
                encoding=document["encoding"],
                fit=str(document["fit"]),
                count=int(document["count"]),
                digest=str(document["digest"]),
                split_counts={split: int(document["split_counts"][split]) for split in SPLITS},
                sources=tuple(StoreSource(**source) for source in document["sources"]),
                anchor=str(document.get("anchor", "centre")),
                trim=bool(document.get("trim", False)),
            )
        except (KeyError, TypeError, json.JSONDecodeError, UnicodeDecodeError) as error:
            raise ValueError("has a description that cannot be read") from error
        if meta.encoding not in ENCODINGS:
            raise ValueError(f"holds records of the unknown encoding {meta.encoding!r}")
        return meta


@dataclass(frozen=True)
class IndexEntry:
    """Where one record came from.

    Attributes:
        identity: the photo's path relative to the root of its source, or another stable name.
        content_sha256: 32 bytes, of the source file as it was read.
        source: position in `StoreMeta.sources`.
        label: class label, when the source has classes.
    """

    identity: str
    content_sha256: bytes
    split: Split
    source: int = 0
    label: str | None = None

    def to_bytes(self) -> bytes:
        """Pack as split (1 byte), source (2), SHA-256 (32), label length (2), label, identity."""
        label = (self.label or "").encode("utf-8", "surrogateescape")
        return b"".join(
            (
                SPLITS.index(self.split).to_bytes(1, "big"),
                self.source.to_bytes(2, "big"),
                self.content_sha256,
                len(label).to_bytes(2, "big"),
                label,
                self.identity.encode("utf-8", "surrogateescape"),
            )
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        end_of_label = 37 + int.from_bytes(data[35:37], "big")
        return cls(
            identity=data[end_of_label:].decode("utf-8", "surrogateescape"),
            content_sha256=data[3:35],
            split=SPLITS[data[0]],
            source=int.from_bytes(data[1:3], "big"),
            label=data[37:end_of_label].decode("utf-8", "surrogateescape") or None,
        )
