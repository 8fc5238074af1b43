"""Products in the metadata files of Amazon's review data sets, one a line, plain or gzip.

Three generations are read, of McAuley and others (UC San Diego):

* 2014, `metadata.json.gz`, `meta_*.json.gz`: Python dictionaries, `imUrl`, `categories` as paths;
* 2018, `meta_*.json.gz`: JSON, `imageURLHighRes` and `imageURL` (first `image`), `category`;
* 2023, `meta_*.jsonl.gz`: JSON, `images` with `large`, `hi_res` and `thumb`, `categories`.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from igan.data.sources.amazon.python_literal import read_python_literal
from igan.errors import SourceError

LONGEST_LINE_BYTES = 4 * 2**20
GZIP_MAGIC = b"\x1f\x8b"
IMAGE_SIZES_2023 = ("large", "hi_res", "thumb")


@dataclass(frozen=True)
class Product:
    """What is used of one product.

    Attributes:
        asin: Amazon's product number.
        categories: names from the general to the special; of several paths one after another.
        image_url: of its main photo; empty when it has none.
    """

    asin: str
    title: str
    categories: tuple[str, ...]
    image_url: str

    @property
    def label(self) -> str | None:
        """The most special category."""
        return self.categories[-1] if self.categories else None


def read_products(
    path: Path,
    may_match: Callable[[str], bool] = lambda line: True,
    progress: Callable[[int], object] = lambda bytes_read: None,
) -> Iterator[Product]:
    """Yield the products of a metadata file; lines that are no product are passed over.

    Args:
        may_match: a quick look at a line that spares reading it when False.
        progress: gets the bytes of the file read so far.

    Raises:
        SourceError: the file cannot be read or is cut off.
    """
    try:
        with path.open("rb") as file:
            for line in _lines(_unpacked(file)):
                text = line.decode("utf-8", "replace")
                if may_match(text) and (product := product_of_line(text)) is not None:
                    yield product
                progress(file.tell())
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(
            f"{path} cannot be read to its end ({error}); download it again."
        ) from error


def holds_products(path: Path) -> bool:
    """Tell by its first lines whether a file is metadata of products."""
    try:
        with path.open("rb") as file:
            lines = [line.decode("utf-8", "replace") for line in islice(_lines(_unpacked(file)), 3)]
    except (OSError, EOFError, zlib.error):
        return False
    products = [product for line in lines if (product := product_of_line(line)) is not None]
    return any(product.image_url or product.categories for product in products)


def product_of_line(line: str) -> Product | None:
    """Read a line of any generation; None when it is no product."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        try:
            fields = read_python_literal(line)
        except ValueError:
            return None
    if not isinstance(fields, dict):
        return None
    asin = fields.get("asin") or fields.get("parent_asin")
    if not isinstance(asin, str) or not asin:
        return None
    return Product(asin, _text(fields.get("title")), _categories(fields), _image_url(fields))


def _unpacked(file: IO[bytes]) -> IO[bytes]:
    magic = file.read(2)
    file.seek(0)
    return gzip.GzipFile(fileobj=file) if magic == GZIP_MAGIC else file  # type: ignore[return-value]


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield lines; of one that is too long, nothing."""
    while line := file.readline(LONGEST_LINE_BYTES):
        if len(line) < LONGEST_LINE_BYTES or line.endswith(b"\n"):
            yield line
            continue
        while (rest := file.readline(LONGEST_LINE_BYTES)) and not rest.endswith(b"\n"):
            pass


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _categories(fields: dict[str, Any]) -> tuple[str, ...]:
    found: list[str] = []
    for value in (fields.get("categories") or fields.get("category") or (), fields.get("main_cat")):
        for item in value if isinstance(value, list | tuple) else (value,):
            path = item if isinstance(item, list | tuple) else (item,)
            found.extend(name for name in path if isinstance(name, str) and name)
    main = fields.get("main_category")
    ordered = ([main] if isinstance(main, str) and main else []) + found
    return tuple(dict.fromkeys(ordered))


def _image_url(fields: dict[str, Any]) -> str:
    for key in ("imageURLHighRes", "image", "imUrl", "imageURL"):
        value = fields.get(key)
        first = value[0] if isinstance(value, list | tuple) and value else value
        if isinstance(first, str) and first:
            return first
    images = fields.get("images")
    if isinstance(images, dict):  # the columns of a converted file: {"large": [...], ...}
        return next(
            (url for size in IMAGE_SIZES_2023 if (url := _first_text(images.get(size)))), ""
        )
    if isinstance(images, list | tuple):
        views = [view for view in images if isinstance(view, dict)]
        views.sort(key=lambda view: view.get("variant") != "MAIN")
        for view in views:
            for size in IMAGE_SIZES_2023:
                if url := _text(view.get(size)):
                    return url
    return ""


def _first_text(values: Any) -> str:
    if not isinstance(values, list | tuple):
        return ""
    return next((value for value in values if isinstance(value, str) and value), "")
