import pytest

from serve.latent.history import LONGEST, History


def test_undo_and_redo_go_back_and_forth() -> None:
    history = History("a").pushed("b").pushed("c")
    assert history.undone().present == "b"
    assert history.undone().undone().present == "a"
    assert history.undone().undone().redone().redone() == history
    assert not history.can_redo
    assert not history.undone().undone().can_undo


def test_a_new_state_forgets_what_was_undone() -> None:
    history = History("a").pushed("b").undone().pushed("c")
    assert history.present == "c"
    assert not history.can_redo
    assert history.undone().present == "a"


def test_amending_changes_the_present_alone() -> None:
    history = History("a").pushed("b").amended("B")
    assert history.present == "B"
    assert history.undone().redone().present == "B"


def test_the_ends_are_refused() -> None:
    with pytest.raises(IndexError):
        History("a").undone()
    with pytest.raises(IndexError):
        History("a").redone()


def test_only_so_many_states_are_kept() -> None:
    history = History(0)
    for number in range(1, LONGEST + 10):
        history = history.pushed(number)
    assert len(history.past) == LONGEST
    assert history.past[-1] == history.present - 1
