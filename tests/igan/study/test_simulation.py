import numpy as np
import pytest

from igan.study.analysis import analyse
from igan.study.conditions import CONDITIONS, PAPER_SHARES
from igan.study.simulation import Population, intercept_of_share, simulate
from tests.studies import unwritten_key

SIMULATIONS = 200


@pytest.mark.parametrize("share", [0.02, 0.143, 0.5, 0.915])
def test_intercepts_give_their_shares(share: float) -> None:
    draws = np.random.default_rng(0).normal(size=400_000)
    logits = intercept_of_share(share, 1.2) + 1.2 * draws
    assert (1 / (1 + np.exp(-logits))).mean() == pytest.approx(share, abs=0.002)


def test_the_papers_shares_are_recovered_by_the_papers_study() -> None:
    """400 pictures, 20 votes each; one participant in ten answers by chance."""
    key = unwritten_key(count=100, per_participant=100, votes=20)
    found = analyse(key, simulate(key, 80, Population(careless=0.1), seed=1))
    for result in found.conditions:
        assert result.share.low <= PAPER_SHARES[result.condition] <= result.share.high
        assert result.share.high - result.share.low < 0.15
    assert 3 <= len(found.left_out) <= 14
    assert all("attention checks" in left.reason for left in found.left_out)


def test_careless_participants_would_spoil_what_they_are_kept_from() -> None:
    key = unwritten_key(count=40, per_participant=80, votes=20, checks=0)
    found = analyse(key, simulate(key, 40, Population(careless=0.5), seed=2))
    generated = next(one for one in found.conditions if one.condition == "generated")
    assert generated.share.low > PAPER_SHARES["generated"]


@pytest.mark.slow
def test_the_interval_covers_the_true_share_as_often_as_it_says() -> None:
    """Other people and other pictures each time; 200 simulations of a study of 160 pictures."""
    key = unwritten_key(count=40, per_participant=80, votes=15)
    population = Population()
    inside = dict.fromkeys(CONDITIONS, 0)
    for seed in range(SIMULATIONS):
        for result in analyse(key, simulate(key, len(key.sheets), population, seed)).conditions:
            share = population.shares[result.condition]
            inside[result.condition] += result.share.low <= share <= result.share.high
    assert sum(inside.values()) >= 0.93 * len(CONDITIONS) * SIMULATIONS
    assert min(inside.values()) >= 0.90 * SIMULATIONS
