"""Named arrays travel with a bundle and are those that its manifest says."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from serve.bundle import load_bundle
from serve.bundle.files import file_record
from serve.errors import BundleError
from tests.serve.bundle.damage import change_manifest


def add_arrays(bundle: Path, shapes: dict[str, list[int]], content: bytes | None = None) -> None:
    file = bundle / "arrays.safetensors"
    save_file({"directions": torch.arange(24.0).reshape(3, 8)}, file)
    if content is not None:
        file.write_bytes(content)

    def list_them(document):
        record = file_record(file)
        document["files"][file.name] = {"sha256": record.sha256, "size_bytes": record.size_bytes}
        document["arrays"] = {"file": file.name, "shapes": shapes}

    change_manifest(bundle, list_them)


def test_arrays_are_read(copied):
    add_arrays(copied, {"directions": [3, 8]})
    arrays = load_bundle(copied).arrays
    assert set(arrays) == {"directions"}
    assert torch.equal(arrays["directions"], torch.arange(24.0).reshape(3, 8))


def test_a_bundle_without_arrays(copied):
    change_manifest(copied, lambda document: document.update(arrays=None))
    assert load_bundle(copied).arrays == {}


@pytest.mark.parametrize(
    "shapes", [{"directions": [8, 3]}, {}, {"directions": [3, 8], "more": [1]}]
)
def test_other_arrays_than_the_manifest_says(copied, shapes):
    add_arrays(copied, shapes)
    with pytest.raises(BundleError, match="do not agree on the array"):
        load_bundle(copied)


@pytest.mark.parametrize("content", [b"", b"\xff" * 64, (2**62).to_bytes(8, "little") + b"{}"])
def test_what_is_no_file_of_arrays(copied, content):
    add_arrays(copied, {"directions": [3, 8]}, content)
    with pytest.raises(BundleError, match=r"arrays\.safetensors is not a file of arrays"):
        load_bundle(copied)
