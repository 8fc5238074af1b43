import dataclasses
import json

import pytest
import torch

from serve.errors import EditError
from serve.latent.bounds import Bounds
from serve.latent.constraints import ColourStroke, KeepStroke
from serve.latent.directions import Directions
from serve.latent.history import History
from serve.latent.session import EditModel, EditSession, SessionSettings
from serve.latent.state import DirectionAmount, EditState
from serve.photo.frame import PhotoFrame
from tests.serve.latent.tiny_model import LATENT_DIM, SIZE, tiny_generator

FIRST = torch.linspace(-0.8, 0.8, LATENT_DIM)
FRAME = PhotoFrame(80, 80, (0.0, 0.0, 80.0, 80.0), SIZE)
RED = ColourStroke(((20.0, 20.0), (60.0, 20.0)), (200.0, 30.0, 30.0), 20.0)
BLUE = ColourStroke(((20.0, 60.0), (60.0, 60.0)), (30.0, 30.0, 200.0), 20.0)
DIRECTIONS = Directions(
    torch.eye(LATENT_DIM), torch.full((LATENT_DIM,), 0.6), torch.ones(LATENT_DIM) / LATENT_DIM, {}
)
SETTINGS = SessionSettings(starts=6)


def session(history: History[EditState] | None = None) -> EditSession:
    model = EditModel(tiny_generator(), 3, Bounds(-1, 1))
    return EditSession(model, FIRST, FRAME, SETTINGS, history)


def gone(one: EditSession) -> torch.Tensor:
    """Steps until nothing moves; where it ended."""
    while not one.editor.step().converged:
        pass
    return one.editor.latents[0]


def test_nothing_drawn_nothing_moves() -> None:
    one = session()
    assert one.editor.progress.converged
    assert torch.equal(one.editor.latents[0], FIRST)
    assert not one.history.can_undo


def test_undo_leads_back_exactly_and_redo_forth_again() -> None:
    one = session()
    one.draw(RED)
    red = gone(one)
    one.draw(BLUE)
    both = gone(one)
    assert not torch.equal(red, both)
    one.undo()
    assert one.state.constraints == (RED,)
    assert torch.equal(gone(one), red)
    one.undo()
    assert torch.equal(gone(one), FIRST)
    one.redo()
    one.redo()
    assert one.state.constraints == (RED, BLUE)
    assert torch.equal(gone(one), both)


def test_undo_moves_no_faster_than_drawing() -> None:
    one = session()
    one.draw(RED)
    gone(one)
    one.undo()
    while not one.editor.progress.converged:
        before = one.editor.images
        one.editor.step()
        assert (one.editor.images - before).abs().mean() / 2 <= 0.04


def test_a_growing_stroke_is_one_step_of_the_history() -> None:
    one = session()
    one.draw(dataclasses.replace(RED, points=RED.points[:1]))
    one.editor.step(3)
    one.redraw(RED)
    assert one.state.constraints == (RED,)
    one.undo()
    assert one.state.constraints == ()
    with pytest.raises(IndexError, match="no stroke"):
        one.redraw(RED)


def test_fix_makes_the_result_the_start_and_keeps_the_strokes() -> None:
    one = session()
    one.draw(RED)
    fixed = gone(one).clone()
    one.fix()
    assert torch.equal(one.start, fixed)
    assert one.state.constraints == (RED,)
    onward = gone(one)
    assert not torch.equal(onward, fixed)  # Nothing holds it to the photo any more.
    one.undo()
    assert torch.equal(one.start, FIRST)
    assert torch.equal(gone(one), fixed)


def test_picking_a_candidate_goes_on_from_it_and_can_be_undone() -> None:
    one = session()
    one.draw(RED)
    before = gone(one).clone()
    one.candidates.run_to_convergence(30)
    shown = one.candidates.shown()
    assert len(shown) > 1
    one.pick(shown[1], 2)
    assert torch.equal(one.editor.latents[0], shown[1].latents)
    assert torch.equal(one.start, shown[1].latents)
    assert one.state.picks[-1].candidate == 2
    assert torch.equal(one.candidates.editor.start[0], shown[1].latents)
    one.undo()
    assert torch.equal(gone(one), before)
    assert torch.equal(one.start, FIRST)


def test_restart_is_the_photo_with_nothing_drawn() -> None:
    one = session()
    one.draw(RED)
    red = gone(one).clone()
    one.restart()
    assert torch.equal(one.editor.latents[0], FIRST)
    assert one.editor.progress.converged
    assert one.state.constraints == ()
    one.undo()
    assert torch.equal(gone(one), red)
    assert one.state.constraints == (RED,)


def test_a_stroke_is_taken_away_and_comes_back() -> None:
    one = session()
    one.draw(RED)
    one.draw(BLUE)
    one.remove(0)
    assert one.state.constraints == (BLUE,)
    one.undo()
    assert one.state.constraints == (RED, BLUE)


def test_what_is_kept_is_what_was_there_when_it_was_marked() -> None:
    one = session()
    one.draw(RED)
    gone(one)
    one.fix()
    one.draw(KeepStroke(((20.0, 20.0), (60.0, 20.0)), 20.0))
    one.editor.step()
    terms = one.editor.progress.terms
    assert terms is not None
    assert terms.keep.item() == pytest.approx(0, abs=1e-9)


def test_a_session_that_is_opened_again_goes_on_where_it_was() -> None:
    one = session()
    one.draw(RED)
    one.editor.step(7)
    one.fix()
    one.draw(BLUE)
    one.editor.step(5)
    history = one.history.amended(one.state)
    latents = json.loads(json.dumps(history.present.latents))
    assert tuple(latents) == history.present.latents
    again = session(history)
    assert torch.equal(again.editor.latents, one.editor.latents)
    assert torch.equal(again.start, one.start)
    again.undo()
    one.undo()
    assert torch.equal(gone(again), gone(one))


def test_sliders_move_the_start_and_can_be_undone() -> None:
    model = EditModel(tiny_generator(), 3, Bounds(-1, 1), directions=DIRECTIONS)
    one = EditSession(model, FIRST, FRAME, SETTINGS)
    one.slide((DirectionAmount(2, 0.1),))
    one.reslide((DirectionAmount(2, 0.3),))
    moved = DIRECTIONS.moved(FIRST[None], [DirectionAmount(2, 0.3)], Bounds(-1, 1))[0]
    assert torch.equal(one.start, moved)
    assert torch.equal(gone(one), moved)
    one.draw(RED)
    assert not torch.equal(gone(one), moved)
    one.undo()
    one.undo()
    assert torch.equal(gone(one), FIRST)
    assert one.state.directions == ()


def test_a_model_without_directions_refuses_sliders() -> None:
    one = session()
    with pytest.raises(EditError, match="no directions"):
        one.slide((DirectionAmount(1, 0.5),))
    assert not one.history.can_undo
