import pytest

from serve.errors import EditError
from serve.latent.constraints import ColourStroke
from serve.latent.state import DirectionAmount, EditState, Pick

Z0, ONE, TWO, NOW = (0.0,), (1.0,), (2.0,), (2.5,)


def stroke(width_px: float) -> ColourStroke:
    return ColourStroke(((0.0, 0.0),), (0.0, 0.0, 0.0), width_px)


def session() -> EditState:
    """Two strokes, a pick, a stroke, a Fix, a stroke."""
    drawn = EditState().drawn(stroke(1)).drawn(stroke(2)).picked(ONE, candidate=4)
    return drawn.drawn(stroke(3)).picked(TWO).drawn(stroke(4))


def test_a_stroke_is_drawn_on_the_start_of_its_time() -> None:
    assert session().drawn_on(Z0, NOW) == (Z0, Z0, ONE, NOW)
    assert session().start(Z0) == TWO
    assert EditState().start(Z0) == Z0


def test_sliders_move_only_what_is_drawn_since_the_last_pick() -> None:
    assert EditState().drawn(stroke(1)).drawn_on(Z0, NOW) == (NOW,)
    assert EditState().drawn(stroke(1)).picked(ONE).drawn(stroke(2)).drawn_on(Z0, NOW) == (Z0, NOW)


def test_a_random_start_shows_nothing_until_something_is_picked() -> None:
    random = EditState().drawn(stroke(1))
    assert random.start(None) is None
    assert random.drawn_on(None, None) == (None,)
    assert random.picked(ONE).drawn(stroke(2)).drawn_on(None, ONE) == (None, ONE)


def test_picks_say_what_and_when() -> None:
    assert session().picks == (Pick(2, 4, ONE), Pick(3, None, TWO))


def test_a_pick_takes_the_sliders_in() -> None:
    state = EditState(directions=(DirectionAmount(1, 2.0),))
    assert state.picked(ONE).directions == ()
    assert state.picked(ONE).latents == ONE


@pytest.mark.parametrize(
    ("removed", "drawn_on"), [(0, (Z0, ONE, NOW)), (2, (Z0, Z0, NOW)), (3, (Z0, Z0, ONE))]
)
def test_the_others_stay_what_they_were_when_one_is_removed(
    removed: int, drawn_on: tuple[tuple[float, ...], ...]
) -> None:
    assert session().without(removed).drawn_on(Z0, NOW) == drawn_on


def test_a_pick_that_nobody_ran_has_no_latent() -> None:
    with pytest.raises(EditError, match="a pick has no 'latent' yet"):
        EditState(picks=(Pick(0, 1),)).start(Z0)
