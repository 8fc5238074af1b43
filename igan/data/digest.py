"""The digest of a store: a SHA-256 chain over its ordered keys and values.

Each link hashes the link before it, so a growing store updates its digest in constant time.
"""

import hashlib

EMPTY_STORE_DIGEST = hashlib.sha256(b"igan-store").hexdigest()


def next_digest(digest: str, key: bytes, index_entry: bytes, record: bytes) -> str:
    """Return the hex digest of a store after one more record."""
    head = b"".join(
        (
            bytes.fromhex(digest),
            *(len(key).to_bytes(8, "big"), key),
            *(len(index_entry).to_bytes(8, "big"), index_entry),
            len(record).to_bytes(8, "big"),
        )
    )
    link = hashlib.sha256(head)
    link.update(record)
    return link.hexdigest()
