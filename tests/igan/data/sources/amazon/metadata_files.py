"""Small metadata files in the three layouts in which they are published."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path


def product_2014(asin: str, title: str, url: str, categories: list[list[str]]) -> str:
    """Return a line of `metadata.json.gz` as of 2014: a Python dictionary."""
    return repr(
        {
            "asin": asin,
            "related": {"also_bought": ["B00JHONN1S", "B002BZX8Z6"], "buy_after_viewing": []},
            "title": title,
            "price": 3.17,
            "salesRank": {"Clothing": 211836},
            "imUrl": url,
            "brand": "Coxlures",
            "categories": categories,
        }
    )


def product_2018(asin: str, title: str, url: str, categories: list[str]) -> str:
    """Return a line of `meta_*.json.gz` as of 2018."""
    return json.dumps(
        {
            "category": categories,
            "tech1": "",
            "description": ["Soft & strong"],
            "title": title,
            "also_buy": ["B00JHONN1S"],
            "image": [],
            "brand": "Coxlures",
            "feature": [],
            "rank": "19,963,069 in Clothing",
            "main_cat": "<img src='logo.png'/>",
            "price": "$6.99",
            "asin": asin,
            "imageURL": [url.replace(".jpg", "._US40_.jpg")],
            "imageURLHighRes": [url, url + "?second"],
        }
    )


def product_2023(asin: str, title: str, url: str, categories: list[str]) -> str:
    """Return a line of `meta_*.jsonl.gz` as of 2023."""
    return json.dumps(
        {
            "main_category": "AMAZON FASHION",
            "title": title,
            "average_rating": 4.5,
            "rating_number": 10,
            "features": ["Leather"],
            "description": [],
            "price": None,
            "images": [
                {"thumb": "t0", "large": "side.jpg", "variant": "PT01", "hi_res": None},
                {"thumb": "t1", "large": url, "variant": "MAIN", "hi_res": url + "?large"},
            ],
            "videos": [],
            "store": "Coxlures",
            "categories": categories,
            "details": {"Date First Available": "May 1, 2013"},
            "parent_asin": asin,
            "bought_together": None,
        }
    )


def write_metadata(path: Path, lines: Sequence[str]) -> Path:
    """Write lines, packed when the name ends in `.gz`."""
    data = "".join(line + "\n" for line in lines).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path
