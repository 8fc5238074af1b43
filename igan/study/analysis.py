"""What the answers come to: shares judged real, agreement, and who was left out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from igan.study.agreement import krippendorff_alpha, pairwise_agreement
from igan.study.answers import Submission
from igan.study.conditions import CONDITION_TITLES, CONDITIONS, PAPER_SHARES, Condition
from igan.study.errors import StudyError
from igan.study.intervals import (
    FEWEST_IN_A_GROUP,
    Estimate,
    difference_estimate,
    share_estimate,
)
from igan.study.key import StudyKey

COMPARED: tuple[tuple[Condition, Condition], ...] = tuple(
    pairwise(sorted(CONDITIONS, key=PAPER_SHARES.__getitem__))
)
"""Neighbours in the paper's order: generated, shape, shape and colour, real."""


@dataclass(frozen=True, eq=False)
class Votes:
    """The votes of the participants that count, as columns (N,).

    Attributes:
        real: bool, what was said.
        participant, picture, source: int64; pictures and sources are numbered over all conditions.
        condition: int64, place in CONDITIONS.
        response_ms: int64.
        picture_names: by number.
    """

    real: npt.NDArray[np.bool_]
    participant: npt.NDArray[np.int64]
    picture: npt.NDArray[np.int64]
    source: npt.NDArray[np.int64]
    condition: npt.NDArray[np.int64]
    response_ms: npt.NDArray[np.int64]
    picture_names: tuple[str, ...]

    def of(self, condition: Condition) -> npt.NDArray[np.bool_]:
        """Which votes are on pictures of a condition."""
        return self.condition == CONDITIONS.index(condition)

    def counts(self) -> npt.NDArray[np.int64]:
        """Votes on each picture, int64 (pictures, 2): not real, real."""
        cells = np.bincount(2 * self.picture + self.real, minlength=2 * len(self.picture_names))
        return cells.reshape(-1, 2)


@dataclass(frozen=True)
class LeftOut:
    """A participant whose answers do not count, and why: half a sentence."""

    participant: str
    reason: str


@dataclass(frozen=True)
class ConditionResult:
    """What people said of one condition.

    Attributes:
        share: judged real.
        pictures, votes: how many were judged, and how often.
        agreement: share of pairs of votes on one picture that are the same.
        median_ms: of the response.
    """

    condition: Condition
    share: Estimate
    pictures: int
    votes: int
    agreement: float | None
    median_ms: float


@dataclass(frozen=True)
class Difference:
    """Share judged real of one condition minus that of another."""

    minuend: Condition
    subtrahend: Condition
    estimate: Estimate


@dataclass(frozen=True)
class Analysis:
    """What the answers to a study come to.

    Attributes:
        participants: how many count.
        left_out: who does not.
        alpha: Krippendorff's, over the pictures of all conditions.
        picture_shares: share judged real of every picture that was voted on, by its name.
    """

    study: str
    participants: int
    left_out: tuple[LeftOut, ...]
    conditions: tuple[ConditionResult, ...]
    differences: tuple[Difference, ...]
    alpha: float | None
    picture_shares: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        """Return what analysis.json holds."""
        return asdict(self)


def analyse(key: StudyKey, submissions: Sequence[Submission]) -> Analysis:
    """Say what submissions come to, which `read_submissions` checked.

    Raises:
        StudyError: too few participants are left to say anything.
    """
    kept, left_out = exclude(key, submissions)
    if len(kept) < FEWEST_IN_A_GROUP:
        raise StudyError(
            f"{len(kept)} participants count ({len(left_out)} were left out); an interval needs at "
            f"least {FEWEST_IN_A_GROUP}, so collect more answers."
        )
    votes = gather_votes(key, kept)
    return Analysis(
        study=key.study,
        participants=len(kept),
        left_out=tuple(left_out),
        conditions=tuple(_condition_result(votes, condition) for condition in CONDITIONS),
        differences=tuple(_difference(votes, higher, lower) for lower, higher in COMPARED),
        alpha=krippendorff_alpha(votes.counts()),
        picture_shares={
            votes.picture_names[picture]: round(float(real / (real + fake)), 4)
            for picture, (fake, real) in enumerate(votes.counts())
            if real + fake
        },
    )


def exclude(
    key: StudyKey, submissions: Sequence[Submission]
) -> tuple[list[Submission], list[LeftOut]]:
    """Part who counts from who did not finish or missed more attention checks than allowed."""
    kept, left_out = [], []
    for submission in submissions:
        expected = len(key.sheets[submission.sheet])
        missed = sum(
            answer.real != key.checks[answer.picture].asks_for_real
            for answer in submission.answers
            if answer.picture in key.checks
        )
        if len(submission.answers) < expected:
            reason = f"answered {len(submission.answers)} of {expected} pictures"
        elif missed > key.most_missed_checks:
            reason = f"missed {missed} of {len(key.checks)} attention checks"
        else:
            kept.append(submission)
            continue
        left_out.append(LeftOut(submission.participant, reason))
    return kept, left_out


def gather_votes(key: StudyKey, submissions: Sequence[Submission]) -> Votes:
    """Put the votes on pictures, without attention checks, into columns."""
    names = tuple(key.pictures)
    pictures = {name: number for number, name in enumerate(names)}
    sources: dict[str, int] = {}
    source_of = [sources.setdefault(key.pictures[name].source, len(sources)) for name in names]
    condition_of = [CONDITIONS.index(key.pictures[name].condition) for name in names]
    rows = np.array(
        [
            (person, pictures[answer.picture], answer.real, answer.response_ms)
            for person, submission in enumerate(submissions)
            for answer in submission.answers
            if answer.picture in pictures
        ],
        np.int64,
    ).reshape(-1, 4)
    person, picture, real, response_ms = rows.T
    return Votes(
        real=real.astype(bool),
        participant=person,
        picture=picture,
        source=np.array(source_of, np.int64)[picture],
        condition=np.array(condition_of, np.int64)[picture],
        response_ms=response_ms,
        picture_names=names,
    )


def _condition_result(votes: Votes, condition: Condition) -> ConditionResult:
    chosen = votes.of(condition)
    pictures = np.unique(votes.picture[chosen])
    if len(pictures) < FEWEST_IN_A_GROUP:
        raise StudyError(
            f"only {len(pictures)} {CONDITION_TITLES[condition]} got votes; an interval needs at "
            f"least {FEWEST_IN_A_GROUP}, so collect more answers."
        )
    return ConditionResult(
        condition=condition,
        share=share_estimate(votes.real[chosen], votes.participant[chosen], votes.picture[chosen]),
        pictures=len(pictures),
        votes=int(chosen.sum()),
        agreement=pairwise_agreement(votes.counts()[pictures]),
        median_ms=float(np.median(votes.response_ms[chosen])),
    )


def _difference(votes: Votes, minuend: Condition, subtrahend: Condition) -> Difference:
    in_second = votes.of(minuend)
    chosen = in_second | votes.of(subtrahend)
    return Difference(
        minuend,
        subtrahend,
        difference_estimate(
            votes.real[chosen],
            in_second[chosen],
            votes.participant[chosen],
            votes.source[chosen],
        ),
    )
