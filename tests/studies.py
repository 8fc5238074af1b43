"""Small studies for tests."""

from pathlib import Path

import numpy as np

from igan.study.conditions import CONDITIONS
from igan.study.key import KeptCheck, KeptPicture, StudyKey
from igan.study.kit import StudyPlan, write_study
from igan.study.making import StudyPicture
from igan.study.sheets import deal_sheets


def tiny_study(folder: Path, count: int = 4, side_px: int = 48, **plan: object) -> StudyKey:
    """Write a study of smooth random pictures, `count` of each condition, into a new folder."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 1, side_px)
    pictures = []
    for condition in CONDITIONS:
        for number in range(count):
            slopes = rng.uniform(-1, 1, (2, 3))
            levels = 128 + 60 * (slopes[0] * ramp[:, None, None] + slopes[1] * ramp[:, None])
            source = source_of(condition, number)
            pictures.append(StudyPicture(condition, source, levels.astype(np.uint8)))
    return write_study(
        folder,
        pictures,
        StudyPlan(**{"per_participant": 8, "votes": 3, "checks": 2, **plan}),  # type: ignore[arg-type]
        {"bundle": {"name": "tiny"}},
    )


def unwritten_key(count: int, per_participant: int, votes: int, checks: int = 6) -> StudyKey:
    """The key of a study without pictures."""
    names = {condition: [f"{condition}-{i}" for i in range(count)] for condition in CONDITIONS}
    check_names = [f"check-{i}" for i in range(checks)]
    return StudyKey(
        secret="0" * 32,
        pictures={
            name: KeptPicture(condition, source_of(condition, number), "0")
            for condition in CONDITIONS
            for number, name in enumerate(names[condition])
        },
        checks={name: KeptCheck(i % 2 == 1, "0") for i, name in enumerate(check_names)},
        sheets=deal_sheets(names, check_names, per_participant, votes, np.random.default_rng(0)),
        most_missed_checks=1,
        made_with={},
    )


def source_of(condition: str, number: int) -> str:
    """Name what a picture was made from; both edits of one photo share it."""
    return f"photo {number}" if condition.startswith("shape") else f"{condition} {number}"
