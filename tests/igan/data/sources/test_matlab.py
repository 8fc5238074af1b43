"""Against scipy, which writes the files that the reader is for."""

import contextlib
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from igan.data.sources.matlab import read_cell_strings

PATHS = ["Shoes/Oxfords/Bostonian/100627.72.jpg", "Boots/Ankle/Levi's®/1.2.jpg", "", "x"]


def cell(strings: list[str], shape: tuple[int, int]) -> np.ndarray:
    return np.array(strings, dtype=object).reshape(shape, order="F")


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("shape", [(4, 1), (1, 4), (2, 2)])
def test_strings_come_in_matlabs_order(
    tmp_path: Path, compressed: bool, shape: tuple[int, int]
) -> None:
    path = tmp_path / "image-path.mat"
    variables = {"other": np.arange(7.0), "imagepath": cell(PATHS, shape)}
    savemat(path, variables, do_compression=compressed)
    assert read_cell_strings(path.read_bytes(), "imagepath") == PATHS


def test_cells_in_cells_are_opened(tmp_path: Path) -> None:
    inner = [cell([path], (1, 1)) for path in PATHS]
    nested = np.empty((4, 1), dtype=object)
    nested[:, 0] = inner
    savemat(tmp_path / "nested.mat", {"imagepath": nested})
    assert read_cell_strings((tmp_path / "nested.mat").read_bytes(), "imagepath") == PATHS


def test_what_is_not_there_or_no_strings_is_refused(tmp_path: Path) -> None:
    numbers = np.empty((2, 1), dtype=object)
    numbers[:, 0] = [np.arange(3.0), np.arange(2.0)]
    savemat(tmp_path / "a.mat", {"numbers": numbers, "plain": np.eye(2)})
    data = (tmp_path / "a.mat").read_bytes()
    for name in ("imagepath", "plain"):
        with pytest.raises(ValueError, match="no cell array"):
            read_cell_strings(data, name)
    with pytest.raises(ValueError, match="something else than strings"):
        read_cell_strings(data, "numbers")


@pytest.mark.parametrize("compressed", [False, True])
def test_damaged_files_are_refused(tmp_path: Path, compressed: bool) -> None:
    savemat(tmp_path / "a.mat", {"imagepath": cell(PATHS, (4, 1))}, do_compression=compressed)
    data = (tmp_path / "a.mat").read_bytes()
    for length in range(0, len(data) - 1, 3):
        with pytest.raises(ValueError, match=r"^(is|holds) "):
            read_cell_strings(data[:length], "imagepath")
    generator = np.random.default_rng(0)
    for _ in range(200):
        broken = bytearray(data)
        broken[generator.integers(128, len(data))] ^= int(generator.integers(1, 256))
        with contextlib.suppress(ValueError):  # which is all that damage may raise
            assert len(read_cell_strings(bytes(broken), "imagepath")) <= len(data)


def element(order: str, type_: int, data: bytes) -> bytes:
    """Make an element as MATLAB does: short ones within their tag, all but zlib's padded."""
    if len(data) <= 4:
        word = len(data) << 16 | type_
        return struct.pack(f"{order}I", word) + data.ljust(4, b"\0")
    return struct.pack(f"{order}II", type_, len(data)) + data + bytes(-len(data) % 8)


def matrix(order: str, kind: int, shape: tuple[int, int], name: bytes, contents: bytes) -> bytes:
    flags = element(order, 6, struct.pack(f"{order}II", kind, 0))
    dimensions = element(order, 5, struct.pack(f"{order}ii", *shape))
    return element(order, 14, flags + dimensions + element(order, 1, name) + contents)


@pytest.mark.parametrize(("order", "mark"), [("<", b"IM"), (">", b"MI")])
@pytest.mark.parametrize("compressed", [False, True])
def test_files_as_matlab_itself_writes_them(order: str, mark: bytes, compressed: bool) -> None:
    """MATLAB keeps characters in 16 bits, in the byte order of its machine."""
    codec = "utf-16-le" if order == "<" else "utf-16-be"
    cells = b"".join(
        matrix(order, 4, (1, len(path)), b"", element(order, 4, path.encode(codec)))
        for path in PATHS
    )
    variable = matrix(order, 1, (len(PATHS), 1), b"imagepath", cells)
    if compressed:
        packed = zlib.compress(variable)
        variable = struct.pack(f"{order}II", 15, len(packed)) + packed
    data = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack(f"{order}H", 0x0100) + mark + variable
    assert read_cell_strings(data, "imagepath") == PATHS
