import dataclasses

import pytest

from igan.study.analysis import analyse, exclude, gather_votes
from igan.study.answers import Answer, Submission, completion_code
from igan.study.errors import StudyError
from igan.study.key import StudyKey
from igan.study.simulation import Population, simulate
from tests.studies import unwritten_key


@pytest.fixture(scope="module")
def key() -> StudyKey:
    return unwritten_key(count=4, per_participant=8, votes=4, checks=4)


def test_shares_by_hand(key: StudyKey) -> None:
    """Real photos are always taken for real, generated ones never, edits by odd people."""
    submissions = [_answers(key, number, odd_takes_edits=True) for number in range(8)]
    found = {result.condition: result for result in analyse(key, submissions).conditions}
    assert found["real"].share.value == 1
    assert found["generated"].share.value == 0
    assert found["shape"].share.value == found["shape_colour"].share.value == 0.5
    assert found["real"].votes == 8 * 2
    assert found["real"].pictures == 4
    assert found["real"].agreement == 1
    assert found["shape"].median_ms == 700


def test_differences_by_hand(key: StudyKey) -> None:
    submissions = [_answers(key, number, odd_takes_edits=True) for number in range(8)]
    values = {
        (one.minuend, one.subtrahend): one.estimate.value
        for one in analyse(key, submissions).differences
    }
    assert values == {
        ("shape", "generated"): 0.5,
        ("shape_colour", "shape"): 0,
        ("real", "shape_colour"): 0.5,
    }


def test_who_misses_checks_or_does_not_finish_is_left_out(key: StudyKey) -> None:
    attentive = _answers(key, 0)
    one_slip = _with_missed_checks(key, _answers(key, 1), 1)
    asleep = _with_missed_checks(key, _answers(key, 2), 2)
    unfinished = dataclasses.replace(_answers(key, 3), answers=_answers(key, 3).answers[:5])
    kept, left_out = exclude(key, [attentive, one_slip, asleep, unfinished])
    assert kept == [attentive, one_slip]
    assert [(left.participant, left.reason) for left in left_out] == [
        ("p2", "missed 2 of 4 attention checks"),
        ("p3", "answered 5 of 12 pictures"),
    ]


def test_checks_are_no_votes_and_pictures_without_votes_have_no_share(key: StudyKey) -> None:
    votes = gather_votes(key, [_answers(key, 0)])
    assert len(votes.real) == 8
    assert votes.counts().sum() == 8
    found = analyse(key, [_answers(key, number) for number in (0, 1, 2)])
    assert set(found.picture_shares) <= set(key.pictures)


def test_too_few_participants_say_nothing(key: StudyKey) -> None:
    with pytest.raises(StudyError, match="2 participants count"):
        analyse(key, [_answers(key, 0), _answers(key, 1)])


def test_too_few_pictures_say_nothing(key: StudyKey) -> None:
    again = [dataclasses.replace(_answers(key, 0), participant=f"q{i}") for i in range(4)]
    with pytest.raises(StudyError, match="only 2 real photos got votes"):
        analyse(key, again)


def test_json_names_everything(key: StudyKey) -> None:
    document = analyse(key, simulate(key, 8, Population(), 0)).to_json()
    assert document["conditions"][1]["condition"] == "generated"
    share = document["conditions"][1]["share"]
    assert share["low"] <= share["value"] <= share["high"]


def _answers(key: StudyKey, number: int, odd_takes_edits: bool = False) -> Submission:
    answers = []
    for name in key.sheets[number]:
        if name in key.checks:
            real = key.checks[name].asks_for_real
        else:
            condition = key.pictures[name].condition
            takes_edit = odd_takes_edits and number % 2 == 1
            real = condition == "real" or (condition.startswith("shape") and takes_edit)
        answers.append(Answer(name, real, 700))
    code = completion_code(key.study, f"p{number}", number, answers)
    return Submission(key.study, f"p{number}", number, code, tuple(answers))


def _with_missed_checks(key: StudyKey, submission: Submission, missed: int) -> Submission:
    answers, left = [], missed
    for answer in submission.answers:
        misses = answer.picture in key.checks and left > 0
        left -= misses
        answers.append(dataclasses.replace(answer, real=not answer.real) if misses else answer)
    return dataclasses.replace(submission, answers=tuple(answers))
