from collections import Counter

import numpy as np
import pytest

from igan.study.conditions import CONDITIONS
from igan.study.errors import StudyError
from igan.study.sheets import deal_sheets

NAMES = {condition: [f"{condition}-{i}" for i in range(12)] for condition in CONDITIONS}
CHECKS = ["check-0", "check-1"]


def _sheets(per_participant: int = 16, votes: int = 5) -> tuple[tuple[str, ...], ...]:
    return deal_sheets(NAMES, CHECKS, per_participant, votes, np.random.default_rng(3))


def test_every_picture_gets_its_votes_and_every_sheet_its_share_of_each_condition() -> None:
    sheets = _sheets()
    assert len(sheets) == 15
    seen = Counter(name for sheet in sheets for name in sheet)
    assert {seen[name] for names in NAMES.values() for name in names} == {5}
    assert {seen[check] for check in CHECKS} == {15}
    for sheet in sheets:
        assert len(set(sheet)) == len(sheet) == 18
        assert Counter(_condition(name) for name in sheet) == dict.fromkeys(CONDITIONS, 4) | {
            "check": 2
        }


@pytest.mark.parametrize("per_participant", [16, 48, 7, 13])
def test_nobody_sees_both_edits_of_a_photo(per_participant: int) -> None:
    for sheet in _sheets(per_participant):
        numbers = [name.split("-")[1] for name in sheet if name.startswith("shape")]
        assert len(set(numbers)) == len(numbers)


def test_conditions_are_spread_evenly_over_the_order() -> None:
    for sheet in _sheets():
        for condition in CONDITIONS:
            early = sum(_condition(name) == condition for name in sheet[: len(sheet) // 2])
            assert 1 <= early <= 3


def test_orders_differ_from_sheet_to_sheet() -> None:
    sheets = _sheets(votes=20)
    assert len(set(sheets)) == len(sheets)
    starts = Counter(_condition(sheet[0]) for sheet in sheets)
    assert set(CONDITIONS) <= set(starts)


@pytest.mark.parametrize("per_participant", [3, 0, -4])
def test_what_makes_no_study_is_refused(per_participant: int) -> None:
    with pytest.raises(StudyError, match="make no study"):
        _sheets(per_participant)


def test_a_single_picture_of_each_condition_makes_no_study() -> None:
    names = {condition: [condition] for condition in CONDITIONS}
    with pytest.raises(StudyError, match="at least 2 of each"):
        deal_sheets(names, CHECKS, 4, 5, np.random.default_rng(0))


def _condition(name: str) -> str:
    return name.split("-")[0]
