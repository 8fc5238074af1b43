import dataclasses
import json

import pytest
import torch

from serve.errors import BundleError, EditError
from serve.latent.bounds import Bounds
from serve.latent.constraints import ColourStroke, KeepStroke
from serve.latent.directions import Directions
from serve.latent.edit import BundleIdentity, Edit, EditSettings, PhotoIdentity, edit_from_json
from serve.latent.edit_model import EditModel
from serve.latent.edit_task import EditTask
from serve.latent.history import History
from serve.latent.objective import ObjectiveWeights
from serve.latent.session import EditSession, SessionSettings
from serve.latent.state import DirectionAmount, EditState, Pick
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
KEEP = KeepStroke(((20.0, 20.0), (60.0, 20.0)), 20.0)
BUNDLE = BundleIdentity("tiny", "a" * 64)
PHOTO = PhotoIdentity("b" * 64, 80, 80)


def random_latents(count: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, LATENT_DIM, generator=generator) * 2 - 1


MODEL = EditModel(tiny_generator(), 3, Bounds(-1, 1), directions=DIRECTIONS, sample=random_latents)


def session(history: History[EditState] | None = None, held: bool = True) -> EditSession:
    return EditSession(MODEL, FIRST, FRAME, SETTINGS, history, held=held)


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
    one.draw(KEEP)
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
    one = session()
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
    model = EditModel(tiny_generator(), 3, Bounds(-1, 1))
    one = EditSession(model, FIRST, FRAME, SETTINGS)
    with pytest.raises(EditError, match="no directions"):
        one.slide((DirectionAmount(1, 0.5),))
    assert not one.history.can_undo


def test_a_stroke_after_a_slider_keeps_what_the_slider_shows_as_a_script_does() -> None:
    one = session()
    one.draw(KEEP)
    one.slide((DirectionAmount(2, 0.4), DirectionAmount(5, -0.4)))
    before = one.editor.start.clone()
    one.draw(RED)
    edit = Edit(constraints=(KEEP, RED), directions=one.state.directions)
    task = EditTask.of(edit.completed(BUNDLE, PHOTO, FRAME), MODEL, FIRST)
    assert task.start is not None
    assert torch.equal(task.start, before[0])
    kept, asked = one.editor._constraints.keep, task.grid.keep
    assert kept is not None
    assert asked is not None
    assert torch.equal(kept.colour, asked.colour)
    inside = kept.coverage == 1
    assert inside.any()
    slid, unslid = (tiny_generator()(z)[0][:, inside] for z in (before, FIRST[None]))
    torch.testing.assert_close(kept.colour[:, inside], slid)
    assert not torch.allclose(slid, unslid, atol=0.05)


def test_settings_change_while_it_moves() -> None:
    one = session()
    one.draw(RED)
    near = gone(one).clone()
    candidates = one.candidates
    one.set_settings(dataclasses.replace(SETTINGS, weights=ObjectiveWeights(smoothness=0.0)))
    assert one.settings.weights.smoothness == 0
    assert torch.equal(one.editor.latents[0], near)
    assert one.candidates is candidates
    assert (gone(one) - FIRST).norm() > 1.5 * (near - FIRST).norm()
    one.set_settings(one.settings)
    assert one.editor.progress.converged
    one.set_settings(dataclasses.replace(one.settings, starts=4))
    assert len(one.candidates.editor.latents) == 4


def test_realism_needs_a_score() -> None:
    one = session()
    weights = ObjectiveWeights(realism=1.0)
    with pytest.raises(BundleError, match="discriminator"):
        one.set_settings(dataclasses.replace(SETTINGS, weights=weights))
    assert one.settings == SETTINGS


def test_another_latent_becomes_the_start_and_is_glided_to() -> None:
    one, other = session(), -FIRST
    one.start_from(other)
    pictures = one.editor.images
    one.editor.step()
    assert (one.editor.images - pictures).abs().mean() / 2 <= 0.04
    assert torch.equal(gone(one), other)
    assert torch.equal(one.start, other)
    assert torch.equal(one.first, FIRST)
    one.undo()
    assert torch.equal(gone(one), FIRST)


def test_strokes_pull_on_from_another_latent() -> None:
    one, other = session(), -FIRST
    one.draw(RED)
    one.start_from(other)
    assert not torch.equal(gone(one), other)
    again = EditSession(MODEL, other, FRAME, SETTINGS)
    again.draw(RED)
    gone(again)
    totals = [each.editor.objectives.item() for each in (one, again)]
    assert totals[0] == pytest.approx(totals[1], rel=0.02)


def test_without_a_photo_nothing_holds_until_something_is_picked() -> None:
    one = session(held=False)
    with pytest.raises(EditError, match="stroke 1: the brush 'keep' refers to a picture"):
        one.draw(KEEP)
    assert one.state.constraints == ()
    one.draw(RED)
    gone(one)
    terms = one.editor.progress.terms
    assert terms is not None
    torch.testing.assert_close(terms.total, terms.colour)
    assert torch.equal(one.candidates.editor.start, random_latents(6, 0))
    one.candidates.run_to_convergence(30)
    one.pick(one.candidates.shown()[0], 1)
    one.draw(KEEP)
    gone(one)
    terms = one.editor.progress.terms
    assert terms is not None
    assert terms.keep > 0
    assert terms.total > terms.colour + terms.keep
    assert torch.equal(one.candidates.editor.start[0], one.start)
    one.undo()
    one.undo()
    assert torch.equal(one.candidates.editor.start, random_latents(6, 0))


@pytest.mark.parametrize("photo", [PHOTO, None])
def test_an_edit_document_opens_to_the_session_that_it_was_kept_of(
    photo: PhotoIdentity | None,
) -> None:
    settings = EditSettings(starts=6, smoothness_weight=1.0)
    edit = Edit(settings=settings, seed=3).completed(BUNDLE, photo, FRAME)
    one = EditSession.opened(edit, MODEL, FIRST)
    one.draw(RED)
    one.editor.step(7)
    one.fix()
    one.slide((DirectionAmount(2, 0.1),))
    one.draw(BLUE)
    one.editor.step(5)
    one.undo()
    one.undo()
    kept = edit_from_json(json.loads(json.dumps(one.kept_in(edit).to_json())))
    assert kept.cache is not None
    assert len(kept.past) == 2
    again = EditSession.opened(kept, MODEL, torch.tensor(kept.cache.z0))
    assert again.state == one.state
    assert again.history.future == one.history.future
    assert again.kept_in(edit) == one.kept_in(edit)
    for each in (one, again):
        each.redo()
        each.redo()
    assert torch.equal(gone(again), gone(one))
    assert one.state.constraints == (RED, BLUE)


def test_what_cannot_be_entered_leaves_the_session_as_it_was() -> None:
    edit = Edit(
        constraints=(RED,),
        past=(EditState(directions=(DirectionAmount(LATENT_DIM + 1, 1.0),)),),
    )
    one = EditSession.opened(edit.completed(BUNDLE, PHOTO, FRAME), MODEL, FIRST)
    gone(one)
    before = one.history, one.state, one.editor.start
    for attempt in (one.undo, lambda: one.slide((DirectionAmount("brim", 1.0),))):
        with pytest.raises(EditError, match="there is no direction"):
            attempt()
        assert (one.history, one.state, one.editor.start) == before
        assert one.editor.progress.converged


def test_an_edit_whose_picks_nobody_ran_is_refused() -> None:
    unknown = EditState(picks=(Pick(0, 3),))
    for edit in (Edit(picks=unknown.picks), Edit(past=(unknown,)), Edit(future=(unknown,))):
        with pytest.raises(EditError, match="a pick has no 'latent' yet"):
            EditSession.opened(edit.completed(BUNDLE, PHOTO, FRAME), MODEL, FIRST)


def test_satisfaction_is_told_of_the_present_picture() -> None:
    one = session()
    assert one.satisfaction.strokes == ()
    one.draw(RED)
    one.draw(KEEP)
    gone(one)
    red, keep = one.satisfaction.strokes
    error = red.measures["colour_error_lab"]
    assert error.after < error.before
    assert keep.measures["kept_change_lab"].before == pytest.approx(0, abs=1e-3)
    assert keep.measures["kept_change_lab"].after > 0
