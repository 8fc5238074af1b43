from pathlib import Path

import numpy as np
import pytest

from igan.data.rendering import render, render_store, sample_parameters
from igan.data.store import Store
from igan.errors import ConfigError
from serve.errors import OutputExistsError


def test_a_store_holds_the_first_shoes_of_a_seed(tmp_path: Path) -> None:
    done: list[int] = []
    store = Store(render_store(tmp_path / "a.lmdb", 20, 16, seed=4, progress=done.append))
    assert (len(store), store.size, done) == (20, 16, list(range(1, 21)))
    np.testing.assert_array_equal(store.read([7])[0], render(sample_parameters(4, 7), 16))
    (entry,) = store.entries([7])
    assert (entry.identity, entry.label) == ("4/00000007", "shoe")


def test_a_larger_store_begins_with_the_smaller_one(tmp_path: Path) -> None:
    small = Store(render_store(tmp_path / "small.lmdb", 12, 16, workers=1))
    large = Store(render_store(tmp_path / "large.lmdb", 30, 16, workers=3))
    np.testing.assert_array_equal(small.read(range(12)), large.read(range(12)))
    assert small.entries(range(12)) == large.entries(range(12))


@pytest.mark.parametrize("arguments", [{"count": 0}, {"seed": -1}, {"size": 4}])
def test_unusable_numbers_are_refused(tmp_path: Path, arguments: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=r"give|ask"):
        render_store(tmp_path / "out.lmdb", **{"count": 3, **arguments})
    assert not list(tmp_path.iterdir())


def test_an_existing_output_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputExistsError):
        render_store(tmp_path, 3)
