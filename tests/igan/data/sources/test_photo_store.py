from pathlib import Path

import numpy as np
import pytest

from igan.data.sources import SourceOptions, open_source
from igan.errors import SourceError
from tests.igan.data.conftest import MakeStore, random_pictures


def test_a_store_gives_its_pictures_with_all_that_is_known_of_them(make_store: MakeStore) -> None:
    store = make_store(count=6, splits="rererr")
    source = open_source(store.path)
    assert (source.kind, source.count(), source.licence) == ("store", 6, "CC0")
    files = list(source.files())
    np.testing.assert_array_equal([file.load() for file in files], random_pictures(6))
    assert [file.identity for file in files] == [f"0/{n}.png" for n in range(6)]
    assert [file.split for file in files] == [
        "train", "test", "train", "test", "train", "train",
    ]  # fmt: skip
    assert {file.label for file in files} == {"thing"}


def test_options_that_a_store_does_not_know_are_refused(make_store: MakeStore) -> None:
    with pytest.raises(SourceError, match="--category means nothing to the source store"):
        open_source(make_store().path, options=SourceOptions(categories=("Shoes",)))


def test_no_store_is_found_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        open_source(tmp_path / "none.lmdb", "store")
