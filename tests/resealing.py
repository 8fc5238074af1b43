"""A bundle with a changed manifest, sealed again, for tests that need no export of their own."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from serve.bundle.manifest import MANIFEST_FILE, canonical_digest


def resealed(bundle: Path, out: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Copy `bundle` to the new folder `out`, let `change` alter its manifest, and return `out`."""
    shutil.copytree(bundle, out)
    document = json.loads((out / MANIFEST_FILE).read_text(encoding="utf-8"))
    change(document)
    document["digest"] = canonical_digest(document)
    (out / MANIFEST_FILE).write_text(json.dumps(document), encoding="utf-8")
    return out
