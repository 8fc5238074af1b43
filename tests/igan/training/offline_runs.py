"""Reads what Weights & Biases has written offline.

The file is a log as LevelDB's: after a header of 7 bytes, blocks of 32 KiB of pieces, each with a
checksum (4 bytes), a length (2) and a kind (1): whole, first, middle or last part of a record.
"""

import struct
from pathlib import Path
from typing import Any

HEADER_BYTES, BLOCK_BYTES, PIECE_HEADER_BYTES = 7, 32768, 7
WHOLE, FIRST, MIDDLE, LAST = 1, 2, 3, 4


def read_records(file: Path) -> list[Any]:
    """The records of a `.wandb` file, as its protocol buffers."""
    from wandb.proto import wandb_internal_pb2

    data, at, parts, records = file.read_bytes(), HEADER_BYTES, b"", []
    while at + PIECE_HEADER_BYTES <= len(data):
        left_in_block = BLOCK_BYTES - at % BLOCK_BYTES
        if left_in_block < PIECE_HEADER_BYTES:
            at += left_in_block
            continue
        _, length, kind = struct.unpack_from("<IHB", data, at)
        at += PIECE_HEADER_BYTES
        parts = (b"" if kind in (WHOLE, FIRST) else parts) + data[at : at + length]
        at += length
        if kind in (WHOLE, LAST):
            record = wandb_internal_pb2.Record()
            record.ParseFromString(parts)
            records.append(record)
    return records
