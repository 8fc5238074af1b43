"""Participants of known behaviour, to try a study's analysis on."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from igan.study.answers import Answer, Submission, completion_code
from igan.study.conditions import CONDITIONS, PAPER_SHARES, Condition
from igan.study.key import StudyKey

QUADRATURE_NODES = 61
MEDIAN_RESPONSE_MS, RESPONSE_SPREAD = 1200, 0.5


@dataclass(frozen=True)
class Population:
    """How people and pictures differ.

    A vote says real with probability logistic(a + picture + participant), both terms normal; a is
    such that the mean over all people and pictures is the condition's share.

    Attributes:
        shares: judged real, of each condition.
        picture_spread, participant_spread: standard deviations in logits.
        careless: share of participants who answer everything by chance.
    """

    shares: Mapping[Condition, float] = field(default_factory=lambda: dict(PAPER_SHARES))
    picture_spread: float = 1.0
    participant_spread: float = 0.7
    careless: float = 0.0


def simulate(key: StudyKey, count: int, population: Population, seed: int) -> list[Submission]:
    """Let `count` participants answer one sheet each, in turn.

    What a picture is worth is drawn anew for each seed, as if other pictures had been made.
    """
    rng = np.random.default_rng(seed)
    spread = math.hypot(population.picture_spread, population.participant_spread)
    intercepts = {
        condition: intercept_of_share(population.shares[condition], spread)
        for condition in CONDITIONS
    }
    worth = {
        name: intercepts[picture.condition] + rng.normal(0, population.picture_spread)
        for name, picture in key.pictures.items()
    }
    return [_participant(key, number, worth, population, rng) for number in range(count)]


def intercept_of_share(share: float, spread: float) -> float:
    """The a for which logistic(a + spread * N(0, 1)) has the mean `share`, by bisection."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(QUADRATURE_NODES)
    weights = weights / weights.sum()
    low, high = -40.0, 40.0
    for _ in range(60):
        middle = (low + high) / 2
        mean = float(weights @ _logistic(middle + spread * nodes))
        low, high = (middle, high) if mean < share else (low, middle)
    return (low + high) / 2


def _participant(
    key: StudyKey,
    number: int,
    worth: Mapping[str, float],
    population: Population,
    rng: np.random.Generator,
) -> Submission:
    sheet = number % len(key.sheets)
    names = key.sheets[sheet]
    leaning = rng.normal(0, population.participant_spread)
    is_careless = rng.random() < population.careless
    chances = _logistic(np.array([worth.get(name, 0.0) + leaning for name in names]))
    says_real = rng.random(len(names)) < (0.5 if is_careless else chances)
    times = MEDIAN_RESPONSE_MS * np.exp(rng.normal(0, RESPONSE_SPREAD, len(names)))
    answers = []
    for name, real, response_ms in zip(names, says_real, times, strict=True):
        check = None if is_careless else key.checks.get(name)
        answer = bool(real) if check is None else check.asks_for_real
        answers.append(Answer(name, answer, round(response_ms)))
    participant = f"simulated-{number:04d}"
    code = completion_code(key.study, participant, sheet, answers)
    return Submission(key.study, participant, sheet, code, tuple(answers), participant)


def _logistic(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))
