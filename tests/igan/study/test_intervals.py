import numpy as np
import pytest
from scipy import stats

from igan.study.intervals import (
    difference_estimate,
    share_estimate,
    student_quantile,
    two_way_variance,
    wilson_interval,
)


@pytest.mark.parametrize("degrees", [2, 3, 7, 20, 99, 10_000])
@pytest.mark.parametrize("probability", [0.9, 0.95, 0.975])
def test_students_quantile_is_that_of_scipy(degrees: int, probability: float) -> None:
    expected = stats.t.ppf(probability, degrees)
    assert student_quantile(probability, degrees) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(("yes", "votes"), [(0, 10), (7, 20), (263, 263), (81, 263)])
def test_wilsons_interval_is_that_of_scipy(yes: int, votes: int) -> None:
    expected = stats.binomtest(yes, votes).proportion_ci(method="wilson")
    found = wilson_interval(yes / votes, votes, float(stats.norm.ppf(0.975)))
    assert found == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_variance_of_independent_influences_is_the_plain_one() -> None:
    influence = np.random.default_rng(0).normal(size=50)
    own = np.arange(50)
    expected = 50 / 49 * (influence**2).sum()
    assert two_way_variance(influence, own, own) == pytest.approx(expected)


def test_influences_alike_within_people_count_as_often_as_there_are_people() -> None:
    of_person = np.random.default_rng(1).normal(size=8)
    of_person -= of_person.mean()
    people, pictures = np.repeat(np.arange(8), 5), np.tile(np.arange(5), 8)
    expected = 8 / 7 * ((5 * of_person) ** 2).sum()
    assert two_way_variance(of_person[people], people, pictures) == pytest.approx(expected)


def test_planted_variances_of_both_kinds_are_found() -> None:
    """Var(mean) = s_a^2 / A + s_b^2 / B + s_e^2 / (A B) of a crossed design."""
    rng = np.random.default_rng(2)
    count_a, count_b = 40, 30
    people, pictures = np.repeat(np.arange(count_a), count_b), np.tile(np.arange(count_b), count_a)
    found = []
    for _ in range(300):
        a, b = rng.normal(0, 2, count_a), rng.normal(0, 3, count_b)
        values = a[people] + b[pictures] + rng.normal(0, 4, count_a * count_b)
        found.append(two_way_variance((values - values.mean()) / len(values), people, pictures))
    expected = 4 / count_a + 9 / count_b + 16 / (count_a * count_b)
    assert np.mean(found) == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize("answer", [False, True])
def test_unanimous_votes_leave_room_for_what_other_people_and_pictures_would_say(
    answer: bool,
) -> None:
    people, pictures = np.repeat(np.arange(10), 20), np.tile(np.arange(20), 10)
    estimate = share_estimate(np.full(200, answer), people, pictures)
    low, high = wilson_interval(float(answer), 10, student_quantile(0.975, 9))
    assert (estimate.low, estimate.high) == (low, high)
    assert high - low > 0.2


def test_votes_that_repeat_themselves_are_worth_no_more() -> None:
    real = np.random.default_rng(4).random(30) < 0.4
    people = np.arange(30)
    once = share_estimate(real, people, people)
    often = share_estimate(np.repeat(real, 9), np.repeat(people, 9), np.repeat(people, 9))
    assert (often.low, often.high) == pytest.approx((once.low, once.high), abs=0.005)


def test_what_people_say_in_both_groups_cancels_in_a_difference() -> None:
    """Half the people always say real, half never; one more vote of each is real in the second."""
    people, sources = np.repeat(np.arange(20), 10), np.tile(np.arange(10), 20)
    always = people % 2 == 0
    real = np.concatenate([always, always | (sources == people % 10)])
    in_second = np.repeat([False, True], 200)
    estimate = difference_estimate(
        real, in_second, np.tile(people, 2), np.concatenate([sources, sources])
    )
    assert estimate.value == pytest.approx(10 / 200)
    assert 0 < estimate.low < 0.05 < estimate.high < 0.15


def test_two_people_make_no_interval() -> None:
    with pytest.raises(ValueError, match="3 people"):
        share_estimate(np.array([True, False]), np.array([0, 1]), np.array([0, 1]))
