import pytest

from serve.app.web.pacing import Pace


def test_a_second_may_be_saved_up_and_the_rest_comes_evenly() -> None:
    now = 0.0
    pace = Pace(10, clock=lambda: now)
    assert [pace.take() for _ in range(10)] == [0.0] * 10
    assert pace.take() == pytest.approx(0.1)
    assert pace.take() == pytest.approx(0.2)
    now = 0.2
    assert pace.take() == pytest.approx(0.1)
    now = 100.0
    assert [pace.take() for _ in range(10)] == [0.0] * 10
    assert pace.take() == pytest.approx(0.1)
