"""The digest of a store: a SHA-256 chain over its ordered keys and values.

Each link hashes the link before it, so a growing store updates its digest in constant time.
"""

import hashlib

EMPTY_STORE_DIGEST = hashlib.sha256(b"igan-store").hexdigest()


def next_digest(digest: str, key: bytes, index_entry: bytes, record: bytes) -> str:
    """Return the hex digest of a store after one more record."""
    link = hashlib.sha256(bytes.fromhex(digest))
    for part in (key, index_entry, record):
        link.update(len(part).to_bytes(8, "big"))
        link.update(part)
    return link.hexdigest()
