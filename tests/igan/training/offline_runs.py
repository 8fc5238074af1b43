"""Reads what Weights & Biases has written offline.

The file is a log as LevelDB's: after a header of 7 bytes, blocks of 32 KiB of pieces, each with a
checksum (4 bytes), a length (2) and a kind (1): whole, first, middle or last part of a record.
"""

import struct
import time
from pathlib import Path
from typing import Any

HEADER_BYTES, BLOCK_BYTES, PIECE_HEADER_BYTES = 7, 32768, 7
WHOLE, FIRST, MIDDLE, LAST = 1, 2, 3, 4


PATIENCE_S = 60.0


def records_of_finished_run(file: Path) -> list[Any]:
    """All records of a `.wandb` file; the last are written only after `finish` has returned."""
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        records = read_records(file)
        if any(record.WhichOneof("record_type") == "exit" for record in records):
            return records
        assert time.monotonic() < deadline_s, f"{file} has no end"
        time.sleep(0.1)


def read_records(file: Path) -> list[Any]:
    """The records that stand whole in a `.wandb` file, as its protocol buffers."""
    from wandb.proto import wandb_internal_pb2

    data, at, parts, records = file.read_bytes(), HEADER_BYTES, b"", []
    while at + PIECE_HEADER_BYTES <= len(data):
        left_in_block = BLOCK_BYTES - at % BLOCK_BYTES
        if left_in_block < PIECE_HEADER_BYTES:
            at += left_in_block
            continue
        _, length, kind = struct.unpack_from("<IHB", data, at)
        at += PIECE_HEADER_BYTES
        if at + length > len(data):
            break
        parts = (b"" if kind in (WHOLE, FIRST) else parts) + data[at : at + length]
        at += length
        if kind in (WHOLE, LAST):
            record = wandb_internal_pb2.Record()
            record.ParseFromString(parts)
            records.append(record)
    return records
