import numpy as np

from igan.evaluation.bootstrap import (
    bootstrap_interval,
    median_interval,
    ratio_interval,
    share_interval,
)


def test_the_interval_covers_the_mean_as_often_as_it_says() -> None:
    draw = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        low, high = bootstrap_interval(draw.exponential(size=60))
        covered += low <= 1.0 <= high
    assert 0.88 <= covered / 200 <= 0.98
    assert bootstrap_interval(np.full(10, 3.0)) == (3.0, 3.0)


def test_the_interval_of_a_ratio_covers_it_as_often_as_it_says() -> None:
    draw = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        others = draw.exponential(size=60)
        low, high = ratio_interval(0.8 * others * draw.uniform(0.5, 1.5, 60), others)
        covered += low <= 0.8 <= high
    assert 0.88 <= covered / 200 <= 0.98


def test_what_makes_a_photo_hard_for_both_cancels() -> None:
    others = np.random.default_rng(0).exponential(size=50)
    low, high = ratio_interval(0.9 * others, others)
    np.testing.assert_allclose((low, high), 0.9, rtol=1e-12)


def test_the_interval_of_a_median_covers_it_as_often_as_it_says() -> None:
    draw = np.random.default_rng(0)
    covered = 0
    for _ in range(100):
        low, high = median_interval(draw.exponential(size=60))
        covered += low <= np.log(2) <= high
    assert 0.88 <= covered / 100 <= 1


def test_the_interval_of_a_share_is_wilsons() -> None:
    low, high = share_interval(np.arange(50) < 10)
    assert (round(low, 4), round(high, 4)) == (0.1124, 0.3304)
    low, high = share_interval(np.zeros(20, bool))
    assert low == 0
    assert 0.1 < high < 0.2
