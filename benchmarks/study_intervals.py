"""Does the interval of a share of votes cover the true share as often as it says?

    python benchmarks/study_intervals.py [--simulations 500] [--pictures 100] [--votes 20]

Simulates the perception study, with other people and other pictures each time, and compares the
two-way interval of `igan study analyse` with what one would pick instead: Wilson's on all votes as
if independent, the bootstrap over people or over pictures alone, and the pigeonhole bootstrap over
both (Owen 2007). Prints for each condition how often the 95 % interval covers, and its mean width.
"""

import argparse
from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from tqdm import tqdm

from igan.study.analysis import Votes, gather_votes
from igan.study.conditions import CONDITION_TITLES, CONDITIONS
from igan.study.intervals import share_estimate, wilson_interval
from igan.study.key import KeptPicture, StudyKey
from igan.study.sheets import deal_sheets
from igan.study.simulation import Population, simulate
from igan.training.provenance import source_commit

RESAMPLES = 500
PERCENTILES = (2.5, 97.5)

Interval = tuple[float, float]
Method = Callable[[np.ndarray, np.ndarray, np.ndarray, np.random.Generator], Interval]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--simulations", type=int, default=500)
    parser.add_argument("--pictures", type=int, default=100, help="of each condition")
    parser.add_argument("--per-participant", type=int, default=100)
    parser.add_argument("--votes", type=int, default=20, help="on each picture")
    arguments = parser.parse_args()
    key = _key(arguments.pictures, arguments.per_participant, arguments.votes)
    population = Population()
    covers = np.zeros((len(METHODS), len(CONDITIONS)))
    widths = np.zeros_like(covers)
    for seed in tqdm(range(arguments.simulations), disable=None):
        votes = gather_votes(key, simulate(key, len(key.sheets), population, seed))
        rng = np.random.default_rng(seed)
        for row, method in enumerate(METHODS.values()):
            for column, condition in enumerate(CONDITIONS):
                low, high = method(*_of(votes, column), rng)
                covers[row, column] += low <= population.shares[condition] <= high
                widths[row, column] += high - low
    print(
        f"{4 * arguments.pictures} pictures, {len(key.sheets)} people, {arguments.votes} votes "
        f"each, {arguments.simulations} simulations, commit {source_commit()}"
    )
    print(f"{'covers / width':<28}" + "".join(f"{CONDITION_TITLES[c]:>26}" for c in CONDITIONS))
    for name, cover, width in zip(METHODS, covers, widths, strict=True):
        cells = [
            f"{covered / arguments.simulations:.1%} / {wide / arguments.simulations:.3f}"
            for covered, wide in zip(cover, width, strict=True)
        ]
        print(f"{name:<28}" + "".join(f"{cell:>26}" for cell in cells))


def _key(count: int, per_participant: int, votes: int) -> StudyKey:
    names = {condition: [f"{condition}-{i}" for i in range(count)] for condition in CONDITIONS}
    return StudyKey(
        secret="",
        pictures={
            name: KeptPicture(condition, name, "")
            for condition, group in names.items()
            for name in group
        },
        checks={},
        sheets=deal_sheets(names, [], per_participant, votes, np.random.default_rng(0)),
        most_missed_checks=0,
        made_with={},
    )


def _of(votes: Votes, condition: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    chosen = votes.condition == condition
    _, people = np.unique(votes.participant[chosen], return_inverse=True)
    _, pictures = np.unique(votes.picture[chosen], return_inverse=True)
    return votes.real[chosen], people, pictures


def two_way(
    real: np.ndarray, people: np.ndarray, pictures: np.ndarray, rng: np.random.Generator
) -> Interval:
    """What `igan study analyse` gives."""
    estimate = share_estimate(real, people, pictures)
    return estimate.low, estimate.high


def all_votes_independent(
    real: np.ndarray, people: np.ndarray, pictures: np.ndarray, rng: np.random.Generator
) -> Interval:
    """Wilson's interval, as if every vote were of another person and picture."""
    return wilson_interval(float(real.mean()), len(real), NormalDist().inv_cdf(0.975))


def over_people(
    real: np.ndarray, people: np.ndarray, pictures: np.ndarray, rng: np.random.Generator
) -> Interval:
    """The bootstrap of people."""
    return _percentiles(real, _drawn(people, rng)[:, people])


def over_pictures(
    real: np.ndarray, people: np.ndarray, pictures: np.ndarray, rng: np.random.Generator
) -> Interval:
    """The bootstrap of pictures."""
    return _percentiles(real, _drawn(pictures, rng)[:, pictures])


def over_both(
    real: np.ndarray, people: np.ndarray, pictures: np.ndarray, rng: np.random.Generator
) -> Interval:
    """The pigeonhole bootstrap: a vote counts as often as its person times its picture."""
    weights = _drawn(people, rng)[:, people] * _drawn(pictures, rng)[:, pictures]
    return _percentiles(real, weights)


def _drawn(groups: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How often each group is drawn in each resample, (RESAMPLES, groups)."""
    count = int(groups.max()) + 1
    return rng.multinomial(count, np.full(count, 1 / count), RESAMPLES)


def _percentiles(real: np.ndarray, weights: np.ndarray) -> Interval:
    shares = (weights @ real) / weights.sum(1)
    low, high = np.percentile(shares, PERCENTILES)
    return float(low), float(high)


METHODS: dict[str, Method] = {
    "two-way (igan)": two_way,
    "all votes independent": all_votes_independent,
    "bootstrap of people": over_people,
    "bootstrap of pictures": over_pictures,
    "pigeonhole bootstrap": over_both,
}


if __name__ == "__main__":
    main()
