"""Who sees which pictures in which order."""

from collections.abc import Mapping, Sequence

import numpy as np

from igan.study.conditions import CONDITIONS, Condition
from igan.study.errors import StudyError

FEWEST_SHEETS_A_ROUND = 2


def deal_sheets(
    pictures: Mapping[Condition, Sequence[str]],
    checks: Sequence[str],
    per_participant: int,
    votes: int,
    rng: np.random.Generator,
) -> tuple[tuple[str, ...], ...]:
    """Deal pictures to sheets, one for each participant.

    The pictures are dealt in `votes` rounds. The sheets of a round hold every picture once, every
    condition in equal parts, so that each picture gets `votes` votes when every sheet is answered
    once. Both edits of one photo never lie on one sheet. Each sheet holds all attention checks. In
    its order every condition, and the checks, are spread evenly.

    Args:
        pictures: as many names for every condition; the edits "shape" and "shape_colour" at one
            place are of the same photo.
        checks: names of the attention checks.
        per_participant: pictures on a sheet, at most, without the checks.

    Raises:
        StudyError: the pictures cannot be dealt so.
    """
    count = len(pictures["real"])
    per_round = sheets_a_round(count, per_participant)
    sheets = []
    for _ in range(votes):
        orders = {condition: rng.permutation(count) for condition in CONDITIONS}
        orders["shape_colour"] = orders["shape"]
        apart = int(rng.integers(1, per_round))
        for number in range(per_round):
            groups = []
            for condition, order in orders.items():
                first = (number + apart) % per_round if condition == "shape_colour" else number
                groups.append([pictures[condition][i] for i in order[first::per_round]])
            sheets.append(_spread([*groups, checks], rng))
    return tuple(sheets)


def sheets_a_round(count: int, per_participant: int) -> int:
    """How many sheets hold `count` pictures of each condition once.

    Raises:
        StudyError: they cannot be dealt so.
    """
    of_each = per_participant // len(CONDITIONS)
    if count < FEWEST_SHEETS_A_ROUND or of_each < 1:
        raise StudyError(
            f"{count} pictures of each condition and {per_participant} for each participant make "
            f"no study; there must be at least {FEWEST_SHEETS_A_ROUND} of each and "
            f"{len(CONDITIONS)} for each participant."
        )
    return max(FEWEST_SHEETS_A_ROUND, -(-count // of_each))


def _spread(groups: Sequence[Sequence[str]], rng: np.random.Generator) -> tuple[str, ...]:
    """Shuffle each group and merge them so that every part of the order holds its share of each."""
    placed = [
        ((place + rng.random()) / len(group), group[index])
        for group in groups
        for place, index in enumerate(rng.permutation(len(group)))
    ]
    return tuple(name for _, name in sorted(placed))
