from pathlib import Path

import pytest
import yaml

from igan.data.sources.amazon.product import product_of_line
from igan.data.sources.amazon.query import LONGEST_QUERY_CHARACTERS, Query
from igan.errors import ConfigError
from tests.igan.data.sources.amazon.metadata_files import product_2014, product_2018

ROOT = Path(__file__).parents[5]

TITLE = "Women's Genuine Leather Tote Bag – Café (Kids' size)"
CATEGORIES = ("Clothing, Shoes & Jewelry", "Women", "Handbags & Wallets", "Totes")


@pytest.mark.parametrize(
    "query",
    [
        "handbag",
        "HANDBAGS",
        "leather tote",
        "leather AND tote",
        '"tote bag"',
        '"handbags wallets"',
        "purse OR tote",
        "purse OR clutch OR handbag leather",
        "tote -purse",
        "tote NOT purse",
        'tote -"key chain"',
        "category:handbag",
        'category:"handbags & wallets" title:leather',
        "(purse OR tote) -(plastic OR paper)",
        "womens",
        "women's",
        "cafe",
        "café",
        "-title:handbag category:handbag",
        "lea",
    ],
)
def test_what_the_query_takes(query: str) -> None:
    assert Query(query).matches(TITLE, CATEGORIES)


@pytest.mark.parametrize(
    "query",
    [
        "shoe boot",
        "purse",
        '"tote bags"',
        '"bag tote"',
        '"lea"',
        "ather",
        "tote -leather",
        "tote NOT (leather OR suede)",
        "title:handbag",
        "category:leather",
        "purse OR clutch",
        '"wallets totes"',
    ],
)
def test_what_the_query_leaves(query: str) -> None:
    assert not Query(query).matches(TITLE, CATEGORIES)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "lacks words"),
        ("   ", "lacks words"),
        ("bag OR", "lacks words"),
        ("(bag", "not closed"),
        ("bag)", "too many"),
        ("bag NOT", "ends with NOT"),
        ('"tote', "breaks off"),
        ("bag &", "no word"),
        ("x" * (LONGEST_QUERY_CHARACTERS + 1), "shorten"),
    ],
)
def test_queries_that_make_no_sense(query: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        Query(query)


@pytest.mark.parametrize("query", ["womens tote", "purse OR (leather -plastic)", "-shoe", "cafe"])
@pytest.mark.parametrize("write", [product_2014, product_2018])
@pytest.mark.parametrize(
    "title",
    [TITLE, "WOMENS TOTE leather", "Women&#39;s leather tote, caf&eacute;", "shoe", 'a "x"'],
)
def test_the_quick_look_never_hides_a_product(query: str, write: object, title: str) -> None:
    asked = Query(query)
    line = write("B1", title, "http://a/b.jpg", [list(CATEGORIES)])  # type: ignore[operator]
    product = product_of_line(line)
    assert product is not None
    if asked.matches(product.title, product.categories):
        assert asked.may_match(line)


def test_the_quick_look_spares_most_lines() -> None:
    line = product_2014("B1", "A running shoe", "http://a/b.jpg", [["Shoes"]])
    assert not Query("handbag -wallet").may_match(line)


@pytest.mark.parametrize("recipe", ["handbags-amazon", "shirts"])
def test_the_queries_of_the_recipes(recipe: str) -> None:
    document = yaml.safe_load((ROOT / f"configs/data/{recipe}.yaml").read_text(encoding="utf-8"))
    asked = Query(document["options"]["query"])
    clothing = ("Clothing, Shoes & Jewelry", "Women")
    bags, shirts = (
        (*clothing, "Handbags & Wallets", "Totes"),
        (*clothing, "Tops & Tees", "T-Shirts"),
    )
    assert asked.matches("Leather tote", bags) == (recipe == "handbags-amazon")
    assert asked.matches("Striped shirt", shirts) == (recipe == "shirts")
    assert not asked.matches("Leather wallet with key chain", bags)
