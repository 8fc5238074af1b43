import pytest

from serve.app.outbox import Outbox


def test_messages_keep_their_order_and_pictures_only_the_newest() -> None:
    outbox = Outbox(lambda: None, 10)
    sender = outbox.sender()
    sender.picture("live", b"old")
    sender.message("first")
    sender.message("state 1", slot="state")
    sender.message("second")
    sender.message("state 2", slot="state")
    sender.message("third")
    sender.picture("live", b"new")
    assert outbox.take() == ["first", "second", "state 2", "third", b"new"]
    assert outbox.take() == []


def test_a_slow_reader_never_makes_it_grow() -> None:
    outbox = Outbox(lambda: None, 10)
    sender = outbox.sender()
    for number in range(1000):
        sender.picture("live", bytes([number % 256]))
        sender.message(str(number), slot="state")
    assert outbox.take() == ["999", bytes([999 % 256])]


def test_too_many_messages_end_it_once() -> None:
    ends: list[str] = []
    outbox = Outbox(lambda: None, 2, lambda: ends.append("end"))
    for number in range(5):
        outbox.put_message(str(number))
    assert ends == ["end"]
    assert outbox.take() == []


def test_an_edit_that_was_left_is_heard_no_more() -> None:
    outbox = Outbox(lambda: None, 10)
    left = outbox.sender()
    left.picture("live", b"left")
    present = outbox.sender()
    left.picture("live", b"late")
    left.message("late")
    present.picture("live", b"present")
    assert outbox.take() == [b"present"]


def test_every_output_is_announced() -> None:
    announced: list[int] = []
    outbox = Outbox(lambda: announced.append(1), 10)
    sender = outbox.sender()
    sender.message("a")
    sender.picture("live", b"")
    outbox.close()
    sender.message("b")
    assert len(announced) == 2
    outbox.close("last")
    assert len(announced) == 3
    assert outbox.take() == ["a", "last", b""]


def test_who_sends_may_be_gone(caplog: pytest.LogCaptureFixture) -> None:
    def gone() -> None:
        raise RuntimeError("planted")

    outbox = Outbox(gone, 10)
    outbox.put_message("a")
    assert outbox.take() == ["a"]
    assert "planted" in caplog.text


@pytest.mark.parametrize("closed", [False, True])
def test_taking_what_is_not_there(closed: bool) -> None:
    outbox = Outbox(lambda: None, 1)
    if closed:
        outbox.close()
    assert outbox.take() == []
