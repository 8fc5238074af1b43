import hashlib

from igan.data.digest import EMPTY_STORE_DIGEST, next_digest


def test_every_part_and_the_order_count() -> None:
    first = next_digest(EMPTY_STORE_DIGEST, b"k", b"entry", b"record")
    others = [
        next_digest(EMPTY_STORE_DIGEST, b"K", b"entry", b"record"),
        next_digest(EMPTY_STORE_DIGEST, b"k", b"Entry", b"record"),
        next_digest(EMPTY_STORE_DIGEST, b"k", b"entry", b"Record"),
        next_digest(EMPTY_STORE_DIGEST, b"k", b"entryr", b"ecord"),
        next_digest(first, b"k", b"entry", b"record"),
    ]
    assert len({first, *others}) == 6


def test_known_answer() -> None:
    empty = "b147f72cdfb941b373dcf4efa17c78262d7b5f5ee7b1af149132807c619c23a1"
    linked = hashlib.sha256(
        bytes.fromhex(empty) + b"\0\0\0\0\0\0\0\1k\0\0\0\0\0\0\0\2en\0\0\0\0\0\0\0\0"
    )
    assert empty == EMPTY_STORE_DIGEST
    assert next_digest(empty, b"k", b"en", b"") == linked.hexdigest()
