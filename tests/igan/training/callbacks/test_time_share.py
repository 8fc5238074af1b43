import pytest

from igan.training.callbacks import time_share
from igan.training.callbacks.time_share import FIRST_GUESS_S, TimeShare


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time_share, "time", clock)
    return clock


def test_watching_stays_within_its_share(clock: Clock) -> None:
    share = TimeShare(0.1)
    assert not share.allows
    clock.now_s += 10 * FIRST_GUESS_S
    assert share.allows
    with share.spending():
        clock.now_s += 5
    assert share.spent_s == 5
    assert not share.allows
    clock.now_s += 100 - 10 * FIRST_GUESS_S - 6
    assert not share.allows
    clock.now_s += 2
    assert share.allows
