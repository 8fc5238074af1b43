"""The products that a query took from a metadata file, kept so that both are read only once."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from igan.data.sources.amazon.product import read_products
from igan.data.sources.amazon.query import Query
from igan.errors import SourceError
from serve.staging import staged_file

SELECTION_VERSION = 1
FINGERPRINT_BYTES = 2**20


@dataclass(frozen=True)
class Selected:
    """One product that was taken."""

    asin: str
    url: str
    label: str | None


def select_products(
    metadata: Path,
    query: str,
    path: Path,
    progress: Callable[[int], object] = lambda bytes_read: None,
) -> int:
    """Write what the query takes to `path`, unless that stands there already; return the count.

    Products without a photo, products that come again and photos that come again are passed over.

    Raises:
        SourceError: the metadata cannot be read.
        ConfigError: the query makes no sense.
    """
    asked = Query(query)
    heading = _heading(metadata, query)
    if _heading_of(path) == heading:
        return sum(1 for _ in read_selection(path))
    seen: set[bytes] = set()
    count = 0
    with staged_file(path) as staged, staged.open("w", encoding="utf-8") as lines:
        lines.write(json.dumps(heading) + "\n")
        for product in read_products(metadata, asked.may_match, progress):
            if not product.image_url or not asked.matches(product.title, product.categories):
                continue
            keys = {_key(product.asin), _key(product.image_url)}
            if keys & seen:
                continue
            seen |= keys
            lines.write(json.dumps([product.asin, product.image_url, product.label]) + "\n")
            count += 1
    return count


def is_selected(metadata: Path, query: str, path: Path) -> bool:
    """Tell whether `path` holds what this query takes from this file.

    Raises:
        SourceError: the metadata cannot be read.
    """
    return _heading_of(path) == _heading(metadata, query)


def read_selection(path: Path) -> Iterator[Selected]:
    """Yield what was selected, in the order of the metadata."""
    with path.open(encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            yield Selected(*json.loads(line))


def _heading(metadata: Path, query: str) -> dict[str, object]:
    try:
        with metadata.open("rb") as file:
            beginning = hashlib.sha256(file.read(FINGERPRINT_BYTES)).hexdigest()
        size_bytes = metadata.stat().st_size
    except OSError as error:
        raise SourceError(f"{metadata} cannot be read ({error.strerror}); check it.") from error
    return {
        "selection": SELECTION_VERSION,
        "metadata": metadata.name,
        "bytes": size_bytes,
        "beginning_sha256": beginning,
        "query": query,
    }


def _heading_of(path: Path) -> object:
    try:
        with path.open(encoding="utf-8") as lines:
            return json.loads(next(lines))
    except (OSError, ValueError, StopIteration):
        return None


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:12]
