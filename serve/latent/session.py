"""One person's edit while it is being made: what was drawn, where the latents are, the way back.

A session holds no thread and no clock. Whoever runs it steps `editor` and `candidates.editor`,
alone or with those of other people (see `serve.latent.editor.step_editors`), and shows their
pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from serve.bundle.prior import Prior
from serve.errors import EditError
from serve.latent.bounds import Bounds
from serve.latent.candidates import (
    DIVERSITY,
    STARTS,
    Candidate,
    LatentCandidates,
    perturbed_starts,
)
from serve.latent.constraints import Constraint
from serve.latent.directions import Directions
from serve.latent.editor import LEARNING_RATE, LatentEditor
from serve.latent.history import History
from serve.latent.loss import Network
from serve.latent.objective import ObjectiveWeights, Score
from serve.latent.raster import GridConstraints, rasterise
from serve.latent.rows import take_rows
from serve.latent.state import DirectionAmount, EditState, LatentValues
from serve.photo.frame import PhotoFrame


@dataclass(frozen=True)
class EditModel:
    """What a session needs of a bundle.

    Attributes:
        generator: z (N, latent_dim) -> (N, channels, S, S) in [-1, 1], differentiable.
        channels: 3 or 1.
        bounds, prior: of the latents.
        score: needed when realism counts.
        directions: what sliders move along; None where the bundle has none.
    """

    generator: Network
    channels: int
    bounds: Bounds
    prior: Prior = "uniform"
    score: Score | None = None
    directions: Directions | None = None


@dataclass(frozen=True)
class SessionSettings:
    """How a session edits; see the functions that these are arguments of."""

    weights: ObjectiveWeights = field(default_factory=ObjectiveWeights)
    learning_rate: float = LEARNING_RATE
    starts: int = STARTS
    diversity: float = DIVERSITY
    seed: int = 0


class EditSession:
    """A live edit.

    Args:
        model: what is edited with.
        first: z0 of the photo, or any point of the manifold, (latent_dim,).
        frame: where the photo's pixels lie on the grid.
        settings: how.
        history: of a session that is opened again; its present state is where it goes on.

    Attributes:
        editor: one row, the result that is shown large.
        history: what was drawn and picked, for undo and redo.
    """

    def __init__(
        self,
        model: EditModel,
        first: Tensor,
        frame: PhotoFrame,
        settings: SessionSettings | None = None,
        history: History[EditState] | None = None,
    ) -> None:
        self._model, self._frame = model, frame
        self._settings = settings or SessionSettings()
        self._first = _values(model.bounds.clamp(first))
        self._pictures: dict[LatentValues, Tensor] = {}
        self._candidates: LatentCandidates | None = None
        self.history = History(EditState()) if history is None else history
        present = self.history.present
        self.editor = LatentEditor(
            model.generator,
            self._start_row(),
            model.bounds,
            self._settings.weights,
            self._settings.learning_rate,
            score=model.score,
            latents=None if present.latents is None else self._row(present.latents),
        )
        if present.constraints:
            self.editor.set_constraints(self._grid())

    @property
    def state(self) -> EditState:
        """What was drawn and picked, and where the latents are now."""
        return replace(self.history.present, latents=_values(self.editor.latents[0]))

    @property
    def start(self) -> Tensor:
        """z0 as it is now, (latent_dim,): that of the photo, or what was last picked or fixed."""
        return self.editor.start[0]

    @property
    def candidates(self) -> LatentCandidates:
        """Results from many starts around z0; they begin when they are first asked for."""
        if self._candidates is None:
            settings, model = self._settings, self._model
            starts = perturbed_starts(
                self.start,
                model.bounds,
                settings.starts,
                settings.diversity,
                model.prior,
                settings.seed,
            )
            self._candidates = LatentCandidates(
                model.generator,
                starts,
                model.bounds,
                settings.weights,
                settings.learning_rate,
                score=model.score,
            )
            self._candidates.set_constraints(self._grid())
        return self._candidates

    def draw(self, constraint: Constraint) -> None:
        """Add a stroke."""
        self.history = self._kept().pushed(self.state.drawn(constraint))
        self._ask()

    def redraw(self, constraint: Constraint) -> None:
        """Replace the newest stroke, as it is while the hand still draws it.

        Raises:
            IndexError: there is none.
        """
        present = self.history.present
        strokes = (*present.constraints[:-1], constraint)
        if len(strokes) != len(present.constraints):
            raise IndexError("there is no stroke to replace")
        self.history = self.history.amended(replace(present, constraints=strokes))
        self._ask()

    def remove(self, index: int) -> None:
        """Take a stroke away, counted from 0."""
        self.history = self._kept().pushed(self.state.without(index))
        self._ask()

    def slide(self, sliders: tuple[DirectionAmount, ...]) -> None:
        """Move the start along the model's directions; the strokes act on top.

        Raises:
            EditError: the model has no directions, or not these.
        """
        moved = replace(self.state, directions=sliders)
        self._start_row(moved)
        self.history = self._kept().pushed(moved)
        self._go_to_start()

    def reslide(self, sliders: tuple[DirectionAmount, ...]) -> None:
        """The same while the hand still holds a slider: no new step of the history."""
        moved = replace(self.history.present, directions=sliders)
        self._start_row(moved)
        self.history = self.history.amended(moved)
        self._go_to_start()

    def fix(self) -> None:
        """Make the present result the start of what follows; the strokes stay in force."""
        here = _values(self.editor.latents[0])
        self.history = self._kept().pushed(self.state.picked(here))
        self._begin_again()

    def pick(self, candidate: Candidate, rank: int) -> None:
        """Go on from a candidate, which had this rank among those shown, from 1."""
        tracks = None
        if self._candidates is not None and self._candidates.editor.tracks is not None:
            tracks = take_rows(self._candidates.editor.tracks, torch.tensor([candidate.row]))
        self.history = self._kept().pushed(self.state.picked(_values(candidate.latents), rank))
        self._begin_again()
        self.editor.jump_to(candidate.latents[None], tracks)

    def restart(self) -> None:
        """Back to the photo, with nothing drawn; can be undone."""
        self.history = self._kept().pushed(EditState(latents=self._first))
        self._begin_again()
        self.editor.jump_to(self._row(self._first))

    def undo(self) -> None:
        """Back to the state before, to where its latents were, at the pace of any other motion.

        Raises:
            IndexError: there is none.
        """
        self.history = self._kept().undone()
        self._return()

    def redo(self) -> None:
        """On to the state that was undone last.

        Raises:
            IndexError: there is none.
        """
        self.history = self._kept().redone()
        self._return()

    def _kept(self) -> History[EditState]:
        """The history with the present state as it stands."""
        return self.history.amended(self.state)

    def _ask(self) -> None:
        grid = self._grid()
        self.editor.set_constraints(grid)
        if self._candidates is not None:
            self._candidates.set_constraints(grid)

    def _begin_again(self) -> None:
        self._candidates = None
        self.editor.set_start(self._start_row())
        self.editor.set_constraints(self._grid())

    def _go_to_start(self) -> None:
        self._begin_again()
        if not self.history.present.constraints:
            self.editor.glide_to(self.editor.start)

    def _start_row(self, state: EditState | None = None) -> Tensor:
        """z0 with its sliders, (1, latent_dim)."""
        present = self.history.present if state is None else state
        start = self._row(present.start(self._first))
        if not present.directions:
            return start
        if self._model.directions is None:
            raise EditError(
                "this model has no directions to slide along; export it again to find some."
            )
        return self._model.directions.moved(start, present.directions, self._model.bounds)

    def _return(self) -> None:
        self._begin_again()
        latents = self.history.present.latents
        if latents is not None:
            self.editor.glide_to(self._row(latents))

    def _grid(self) -> GridConstraints:
        present = self.history.present
        drawn_on = [self._picture(latent) for latent in present.drawn_on(self._first)]
        return rasterise(present.constraints, self._frame, self._model.channels, drawn_on or None)

    def _picture(self, latent: LatentValues) -> Tensor:
        """G of one of the few latents that strokes were drawn on, (C, S, S)."""
        if latent not in self._pictures:
            with torch.no_grad():
                self._pictures[latent] = self._model.generator(self._row(latent))[0]
        return self._pictures[latent]

    def _row(self, latent: Sequence[float]) -> Tensor:
        return torch.tensor([latent], dtype=torch.float32)


def _values(latent: Tensor) -> LatentValues:
    return tuple(latent.tolist())
