import gzip
import json
from pathlib import Path

import pytest

from igan.data.sources.amazon import product
from igan.data.sources.amazon.product import (
    Product,
    holds_products,
    product_of_line,
    read_products,
)
from igan.errors import SourceError
from tests.igan.data.sources.amazon.metadata_files import (
    product_2014,
    product_2018,
    product_2023,
    write_metadata,
)

URL = "http://ecx.images-amazon.com/images/I/51fAmVkTbyL._SY300_.jpg"


def test_the_three_generations() -> None:
    paths = [["Clothing", "Women", "Handbags"], ["Luggage", "Totes"]]
    line = product_2014("B1", "Women's bag", URL, paths)
    flat = ("Clothing", "Women", "Handbags", "Luggage", "Totes")
    assert product_of_line(line) == Product("B1", "Women's bag", flat, URL)
    line = product_2018("B2", "A bag", URL, ["Clothing", "Handbags"])
    found = product_of_line(line)
    assert found is not None
    assert (found.asin, found.title, found.image_url) == ("B2", "A bag", URL)
    assert found.categories[:2] == ("Clothing", "Handbags")
    line = product_2023("B3", "A bag", URL, ["Clothing", "Handbags"])
    expected = Product("B3", "A bag", ("AMAZON FASHION", "Clothing", "Handbags"), URL)
    assert product_of_line(line) == expected
    assert expected.label == "Handbags"


def test_the_columns_of_a_converted_2023_file() -> None:
    images = {"hi_res": [None, "h1"], "large": [URL, "l1"], "thumb": ["t0", "t1"]}
    found = product_of_line(json.dumps({"parent_asin": "B4", "title": None, "images": images}))
    assert found == Product("B4", "", (), URL)


@pytest.mark.parametrize("line", ["", "null", "[1]", "{}", '{"asin": 7}', "{'asin': ''}", "text"])
def test_lines_that_are_no_product(line: str) -> None:
    assert product_of_line(line) is None


@pytest.mark.parametrize(
    "fields", [{"imUrl": 5}, {"images": [None, {}, {"large": 1}]}, {"images": {"large": "x"}}, {}]
)
def test_a_product_without_a_usable_photo(fields: dict[str, object]) -> None:
    found = product_of_line(json.dumps({"asin": "B5", **fields}))
    assert found is not None
    assert found.image_url == ""


@pytest.mark.parametrize("name", ["meta.json", "meta.json.gz"])
def test_files_are_read_line_by_line(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(product, "LONGEST_LINE_BYTES", 2000)
    too_long = product_2014("LONG", "x" * 5000, URL, [])
    lines = [
        product_2014("B1", "a", URL, []),
        "{broken",
        too_long,
        product_2018("B2", "b", URL, []),
    ]
    path = write_metadata(tmp_path / name, lines)
    read: list[int] = []
    assert [found.asin for found in read_products(path, progress=read.append)] == ["B1", "B2"]
    assert read[-1] == path.stat().st_size
    passed = read_products(path, may_match=lambda line: "B2" in line)
    assert [found.asin for found in passed] == ["B2"]
    assert holds_products(path)


def test_a_file_that_is_cut_off_is_refused_by_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "meta.json.gz"
    lines = "\n".join(product_2014(f"B{n}", f"bag {n * n}", URL, []) for n in range(500))
    path.write_bytes(gzip.compress(lines.encode())[:-40])
    with pytest.raises(SourceError, match="cannot be read to its end"):
        list(read_products(path))


def test_other_files_hold_no_products(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"version": 1}\n')
    (tmp_path / "b.json.gz").write_bytes(b"\x1f\x8b broken")
    assert not holds_products(tmp_path / "a.json")
    assert not holds_products(tmp_path / "b.json.gz")
    assert not holds_products(tmp_path / "missing.json")
