"""One person's open edit, with a tiny model."""

import itertools
import time
from typing import get_args

import pytest

from serve.app import sessions
from serve.app.protocol.messages import ClientMessage, Open
from serve.latent import EditSession, Satisfaction
from tests.serve.app.talking import Talker, colour_stroke, photo_file

MEASURING_S = 0.3
STROKES = 12


def test_every_message_but_open_does_something() -> None:
    assert {*sessions._ACTIONS, Open} == set(get_args(ClientMessage))


def test_a_pile_of_strokes_comes_to_rest_however_long_measuring_takes(
    talker: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each stroke that is drawn over others makes all of them be measured anew."""
    measure = vars(EditSession)["satisfaction"].fget
    measured_s: list[float] = []

    def slowly(session: EditSession) -> Satisfaction:
        measured_s.append(time.monotonic())
        time.sleep(MEASURING_S)
        satisfaction: Satisfaction = measure(session)
        return satisfaction

    monkeypatch.setattr(EditSession, "satisfaction", property(slowly))
    monkeypatch.setattr(sessions, "NUMBERS_INTERVAL_S", MEASURING_S)
    talker.open(photo_file(1))
    for number in range(STROKES):
        colour = (255 * (number % 2), 20 * number, 255 - 20 * number)
        talker.say("draw", constraint=colour_stroke(40, colour))
    assert len(talker.wait_for_rest()["edit"]["constraints"]) == STROKES
    while_moving_s = itertools.pairwise(measured_s[:-1])
    assert all(later - earlier >= 2 * MEASURING_S for earlier, later in while_moving_s)
