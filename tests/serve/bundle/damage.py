"""Ways to damage a bundle, with and without a manifest that believes the damage."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx

from serve.bundle.files import file_record
from serve.bundle.manifest import canonical_digest


def flip_a_bit(path: Path, place: int, bit: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1 << bit
    path.write_bytes(content)


def change_manifest(bundle: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the document and give it the digest that goes with it."""
    document = json.loads((bundle / "manifest.json").read_text())
    change(document)
    document["digest"] = canonical_digest(document)
    (bundle / "manifest.json").write_text(json.dumps(document))


def reseal(bundle: Path) -> None:
    """Write a manifest that believes the files as they are now."""

    def believe(document: dict[str, Any]) -> None:
        for name in document["files"]:
            record = file_record(bundle / name)
            document["files"][name] = {"sha256": record.sha256, "size_bytes": record.size_bytes}

    change_manifest(bundle, believe)


def change_graph(bundle: Path, file: str, change: Callable[[onnx.ModelProto], None]) -> None:
    """Change an ONNX file and let the manifest believe it."""
    model = onnx.load(bundle / file, load_external_data=False)
    change(model)
    (bundle / file).write_bytes(model.SerializeToString())
    reseal(bundle)
