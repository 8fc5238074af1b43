import numpy as np
import pytest

from igan.evaluation.category import detection, false_alarms


def test_halves_that_are_alike_give_few_false_alarms() -> None:
    draw = np.random.default_rng(0)
    shares = [false_alarms(draw.exponential(size=400)) for _ in range(20)]
    assert 0.0 < np.mean(shares) < 0.03


def test_a_photo_is_not_judged_by_a_distribution_that_holds_it() -> None:
    """An odd one out alone in its half: the other half has never seen such a loss."""
    own = np.tile(np.linspace(0.1, 0.2, 40), 2)
    own[7] = 5.0
    assert false_alarms(own) >= 1 / 80
    assert false_alarms(np.tile(np.linspace(0.1, 0.2, 40), 2)) < false_alarms(own) + 1e-12


def test_detection_by_hand() -> None:
    own = np.linspace(0.0, 1.0, 101)
    told = detection(own, np.array([0.5, 2.0]))
    assert told.roc_auc == pytest.approx((50.5 / 101 + 1) / 2)
    assert told.detected == 0.5


def test_too_few_photos_are_refused() -> None:
    with pytest.raises(ValueError, match="40 photos"):
        false_alarms(np.ones(39))
