import pytest

from serve.latent.constraints import ColourStroke
from serve.latent.state import DirectionAmount, EditState, Pick

Z0, ONE, TWO = (0.0,), (1.0,), (2.0,)


def stroke(width_px: float) -> ColourStroke:
    return ColourStroke(((0.0, 0.0),), (0.0, 0.0, 0.0), width_px)


def session() -> EditState:
    """Two strokes, a pick, a stroke, a Fix, a stroke."""
    drawn = EditState().drawn(stroke(1)).drawn(stroke(2)).picked(ONE, candidate=4)
    return drawn.drawn(stroke(3)).picked(TWO).drawn(stroke(4))


def test_a_stroke_is_drawn_on_the_start_of_its_time() -> None:
    assert session().drawn_on(Z0) == (Z0, Z0, ONE, TWO)
    assert session().start(Z0) == TWO
    assert EditState().start(Z0) == Z0


def test_picks_say_what_and_when() -> None:
    assert session().picks == (Pick(2, 4, ONE), Pick(3, None, TWO))


def test_a_pick_takes_the_sliders_in() -> None:
    state = EditState(directions=(DirectionAmount(1, 2.0),))
    assert state.picked(ONE).directions == ()
    assert state.picked(ONE).latents == ONE


@pytest.mark.parametrize(
    ("removed", "drawn_on"), [(0, (Z0, ONE, TWO)), (2, (Z0, Z0, TWO)), (3, (Z0, Z0, ONE))]
)
def test_the_others_stay_what_they_were_when_one_is_removed(
    removed: int, drawn_on: tuple[tuple[float, ...], ...]
) -> None:
    assert session().without(removed).drawn_on(Z0) == drawn_on


def test_a_pick_that_nobody_ran_has_no_latent() -> None:
    with pytest.raises(ValueError, match="run the edit first"):
        EditState(picks=(Pick(0, 1),)).start(Z0)
