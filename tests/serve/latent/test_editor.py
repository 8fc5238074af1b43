import numpy as np
import torch
from torch import Tensor

from serve.latent.bounds import Bounds
from serve.latent.editor import EditorProgress, LatentEditor
from serve.latent.lbfgs import Limits, minimise
from serve.latent.objective import ObjectiveWeights, edit_terms
from serve.latent.raster import ColourMap, GridConstraints
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
