import numpy as np
import pytest
import torch
from torch import Tensor

from serve.latent.bounds import Bounds
from serve.latent.editor import EditorProgress, LatentEditor, step_editors
from serve.latent.lbfgs import Limits, minimise
from serve.latent.objective import ObjectiveWeights, edit_terms
from serve.latent.raster import ColourMap, GridConstraints, HandleDrags
from serve.photo.pixels import tensor_to_pixels
from tests.serve.latent.tiny_model import LATENT_DIM, SIZE, tiny_generator

BOX = Bounds(-1, 1)


def latents(count: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, LATENT_DIM, generator=generator) * 2 - 1


def painted(seed: int = 9) -> GridConstraints:
    """What another latent's image shows in the upper half."""
    coverage = torch.zeros(SIZE, SIZE)
    coverage[: SIZE // 2] = 1
    colour = tiny_generator()(latents(1, seed))[0] * coverage
    return GridConstraints(ColourMap(colour, coverage, coverage))


def test_an_edit_without_constraints_stays_exactly_where_it_is() -> None:
    editor = LatentEditor(tiny_generator(), latents(3, 0), BOX)
    progress = editor.run_to_convergence()
    assert progress.converged
    assert progress.steps == 0
    assert torch.equal(editor.latents, latents(3, 0))


def test_planted_colours_are_reached_when_nothing_holds_back() -> None:
    editor = LatentEditor(tiny_generator(), latents(2, 0), BOX, ObjectiveWeights(smoothness=0.0))
    editor.set_constraints(painted())
    first = editor.step().terms
    last = editor.run_to_convergence(500).terms
    assert first is not None
    assert last is not None
    assert (last.colour < 0.01 * first.colour).all()


def test_the_resting_place_is_close_to_the_minimum() -> None:
    generator, start, weights = tiny_generator(), latents(4, 0), ObjectiveWeights(smoothness=0.1)
    editor = LatentEditor(generator, start, BOX, weights)
    editor.set_constraints(painted())
    assert editor.run_to_convergence(1000).converged

    def objective(z: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        z = z.detach().requires_grad_()
        total = edit_terms(generator(z), z, start[rows], painted(), weights).total
        return total.detach(), torch.autograd.grad(total.sum(), z)[0]

    reached, _ = objective(editor.latents, torch.arange(4))
    lowest = minimise(objective, start, BOX, Limits(iterations=500))
    torch.testing.assert_close(reached, lowest.losses, rtol=0.03, atol=1e-4)


def test_smoothness_keeps_the_result_closer() -> None:
    moves = []
    for smoothness in (0.1, 1.0, 10.0):
        editor = LatentEditor(
            tiny_generator(), latents(1, 0), BOX, ObjectiveWeights(smoothness=smoothness)
        )
        editor.set_constraints(painted())
        editor.run_to_convergence()
        moves.append((editor.latents - editor.start).square().mean().item())
    assert moves[0] > moves[1] > moves[2] > 0


def test_latents_never_leave_the_bounds() -> None:
    bounds = Bounds(-0.3, 0.3)
    editor = LatentEditor(
        tiny_generator(), latents(4, 0), bounds, ObjectiveWeights(smoothness=0.0), learning_rate=1.0
    )
    assert torch.equal(editor.start, latents(4, 0).clamp(-0.3, 0.3))
    editor.set_constraints(painted())
    for _ in range(20):
        editor.step()
        assert torch.equal(editor.latents, bounds.clamp(editor.latents))


def test_candidates_do_not_touch_each_other() -> None:
    editor = LatentEditor(tiny_generator(), latents(3, 0), BOX)
    editor.set_constraints(painted())
    editor.step(5)
    alone = LatentEditor(tiny_generator(), latents(3, 0)[1:2], BOX)
    alone.set_constraints(painted())
    alone.step(5)
    torch.testing.assert_close(alone.latents[0], editor.latents[1])


def test_an_idle_editor_asks_nothing_of_the_generator() -> None:
    calls = 0
    net = tiny_generator()

    def counting(z: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        return net(z)

    editor = LatentEditor(counting, latents(1, 0), BOX)
    editor.set_constraints(painted())
    progress = editor.run_to_convergence(500)
    assert progress.converged
    assert calls == progress.steps
    resting = editor.latents
    assert editor.step(50).steps == progress.steps
    assert calls == progress.steps
    assert torch.equal(editor.latents, resting)


def test_new_constraints_wake_it_and_removing_them_leads_back() -> None:
    editor = LatentEditor(tiny_generator(), latents(1, 0), BOX)
    editor.set_constraints(painted())
    editor.run_to_convergence(500)
    away = (editor.latents - editor.start).abs().max()
    editor.set_constraints(GridConstraints())
    progress = editor.run_to_convergence(500)
    assert progress.converged
    assert (editor.latents - editor.start).abs().max() < 0.05 * away


def test_progress_has_the_terms_of_every_step() -> None:
    seen: list[EditorProgress] = []
    editor = LatentEditor(tiny_generator(), latents(2, 0), BOX)
    editor.set_constraints(painted())
    editor.run_to_convergence(7, seen.append)
    assert [progress.steps for progress in seen] == [1, 2, 3, 4, 5, 6, 7]
    first = seen[0].terms
    assert first is not None
    expected = edit_terms(
        tiny_generator()(latents(2, 0)),
        latents(2, 0),
        latents(2, 0),
        painted(),
        ObjectiveWeights(),
    )
    torch.testing.assert_close(first.total, expected.total)


def test_a_run_that_is_cut_short_keeps_the_best_it_saw() -> None:
    """At this rate the first step overshoots, so the start stays the best."""
    weights = ObjectiveWeights(smoothness=1e3)
    editor = LatentEditor(tiny_generator(), latents(2, 0), BOX, weights, learning_rate=1.0)
    editor.set_constraints(painted())
    assert not editor.run_to_convergence(3).converged
    assert torch.equal(editor.latents, editor.start)


def test_pictures_are_those_of_the_latents() -> None:
    editor = LatentEditor(tiny_generator(), latents(2, 0), BOX)
    expected = tensor_to_pixels(tiny_generator()(latents(2, 0)))
    assert np.array_equal(editor.pictures(), expected)


def test_editors_step_together_as_they_do_alone() -> None:
    """Different people: other starts, strokes, weights, paces and numbers of rows."""
    net = tiny_generator()

    def editors() -> list[LatentEditor]:
        made = [
            LatentEditor(net, latents(1, 0), BOX, ObjectiveWeights(smoothness=0.1)),
            LatentEditor(net, latents(3, 1), BOX, ObjectiveWeights(smoothness=2.0)),
            LatentEditor(net, latents(2, 2), BOX, learning_rate=0.02, frame_change=0.01),
        ]
        for seed, editor in enumerate(made):
            editor.set_constraints(painted(seed + 20))
        return made

    together, alone = editors(), editors()
    for _ in range(25):
        step_editors(together)
    for editor in alone:
        editor.step(25)
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one.latents, other.latents, atol=1e-6, rtol=0)
        torch.testing.assert_close(one.images, other.images, atol=1e-5, rtol=0)


def test_one_forward_and_one_backward_pass_serve_all_who_move() -> None:
    sizes = []
    net = tiny_generator()

    def counting(z: Tensor) -> Tensor:
        sizes.append(len(z))
        return net(z)

    idle = LatentEditor(counting, latents(5, 0), BOX)
    busy = [LatentEditor(counting, latents(2, seed), BOX) for seed in (1, 2)]
    for editor in busy:
        editor.set_constraints(painted())
    step_editors([idle, *busy], [None, None, torch.tensor([1])])
    assert sizes == [3]
    step_editors([idle])
    assert sizes == [3]


def test_editors_of_different_generators_do_not_step_together() -> None:
    editors = [LatentEditor(tiny_generator(), latents(1, 0), BOX) for _ in range(2)]
    for editor in editors:
        editor.set_constraints(painted())
    with pytest.raises(ValueError, match="share one generator"):
        step_editors(editors)


def test_pictures_move_smoothly_while_strokes_come_and_go() -> None:
    editor = LatentEditor(tiny_generator(), latents(3, 0), BOX, learning_rate=0.5)
    editor.set_constraints(painted(1))
    editor.step()
    for goal in (painted(2), painted(3), GridConstraints(), painted(4)):
        editor.set_constraints(goal)
        for _ in range(15):
            before = editor.images
            editor.step()
            assert ((editor.images - before).abs().flatten(1).mean(1) / 2 <= 0.04).all()


def test_pictures_seen_by_a_step_cost_nothing_more() -> None:
    calls = 0
    net = tiny_generator()

    def counting(z: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        return net(z)

    editor = LatentEditor(counting, latents(2, 0), BOX)
    editor.set_constraints(painted())
    editor.step(5)
    assert calls == 5
    torch.testing.assert_close(editor.images, net(editor.latents))
    assert calls == 5


def test_a_generator_that_breaks_down_leaves_the_last_good_picture() -> None:
    net, broken = tiny_generator(), False

    def failing(z: Tensor) -> Tensor:
        images = net(z)
        return images * torch.nan if broken else images

    editor = LatentEditor(failing, latents(2, 0), BOX)
    editor.set_constraints(painted())
    editor.step(4)
    before = editor.latents, editor.images
    broken = True
    assert editor.step(3).converged
    assert torch.equal(editor.latents, before[0])
    assert torch.equal(editor.images, before[1])


def test_it_glides_to_where_it_is_sent_and_rests_there() -> None:
    editor = LatentEditor(tiny_generator(), latents(1, 0), BOX)
    editor.set_constraints(painted())
    editor.step(10)
    goal = latents(1, 3)
    editor.glide_to(goal)
    while not editor.progress.converged:
        before = editor.images
        editor.step()
        assert (editor.images - before).abs().mean() / 2 <= 0.04
    assert torch.equal(editor.latents, goal)


def test_a_handle_keeps_its_place_through_other_strokes() -> None:
    drag = HandleDrags(
        torch.tensor([[3.0, 4.0]]), torch.tensor([[5.0, 4.0]]), torch.tensor([2.0]), torch.ones(1)
    )
    editor = LatentEditor(tiny_generator(), latents(2, 0), BOX, ObjectiveWeights(smoothness=0.0))
    editor.set_constraints(GridConstraints(handles=drag))
    progress = editor.step(10)
    assert progress.terms is not None
    assert (progress.terms.handle > 0).all()
    assert editor.tracks is not None
    places = editor.tracks.places
    editor.set_constraints(GridConstraints(painted().colour, handles=drag))
    assert editor.tracks is not None
    assert torch.equal(editor.tracks.places, places)
    editor.set_constraints(painted())
    assert editor.tracks is None


def test_the_same_edit_comes_out_the_same_bit_for_bit() -> None:
    results = []
    for _ in range(2):
        editor = LatentEditor(tiny_generator(), latents(3, 0), BOX)
        editor.set_constraints(painted())
        editor.run_to_convergence(40)
        results.append(editor.latents)
    assert torch.equal(results[0], results[1])
