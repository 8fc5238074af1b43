"""Writing a bundle again with more in its manifest: the same files under a new seal."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from serve.bundle.files import file_record
from serve.bundle.manifest import MANIFEST_FILE, canonical_digest, parse_manifest


def write_resealed(
    folder: Path, files: Mapping[str, bytes | memoryview], document: dict[str, Any]
) -> str:
    """Write files and a manifest that states their sizes and hashes and its own digest.

    Args:
        folder: an existing empty folder.
        files: every file of the bundle but its manifest.
        document: the manifest to write; its records of `files` and its digest are made anew.

    Returns:
        The digest.

    Raises:
        BundleError: the document is no manifest.
    """
    for name, content in files.items():
        (folder / name).write_bytes(content)
    document["files"] = {name: asdict(file_record(folder / name)) for name in files}
    document["digest"] = canonical_digest(document)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    parse_manifest(text)
    (folder / MANIFEST_FILE).write_text(text, encoding="utf-8")
    return str(document["digest"])
