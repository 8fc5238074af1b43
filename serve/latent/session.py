"""One person's edit while it is being made: what was drawn, where the latents are, the way back.

A session holds no thread and no clock. Whoever runs it steps `editor` and `candidates.editor`,
alone or with those of other people (see `serve.latent.editor.step_editors`), and shows their
pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import torch
from torch import Tensor

from serve.latent.candidates import (
    DIVERSITY,
    STARTS,
    Candidate,
    LatentCandidates,
    perturbed_starts,
)
from serve.latent.constraints import Constraint
from serve.latent.drawn_on import DrawnOn
from serve.latent.edit import Edit, EditSettings, LatentCache
from serve.latent.edit_model import EditModel
from serve.latent.editor import LEARNING_RATE, LatentEditor
from serve.latent.history import History
from serve.latent.objective import ObjectiveWeights
from serve.latent.raster import GridConstraints, rasterise
from serve.latent.rows import take_rows
from serve.latent.satisfaction import Satisfaction, measure_satisfaction
from serve.latent.state import DirectionAmount, EditState, LatentValues
from serve.photo.frame import PhotoFrame


@dataclass(frozen=True)
class SessionSettings:
    """How a session edits; see the functions that these are arguments of."""

    weights: ObjectiveWeights = field(default_factory=ObjectiveWeights)
    learning_rate: float = LEARNING_RATE
    starts: int = STARTS
    diversity: float = DIVERSITY
    seed: int = 0

    @classmethod
    def of(cls, settings: EditSettings, seed: int) -> Self:
        """Those of an edit."""
        return cls(
            settings.weights, settings.learning_rate, settings.starts, settings.diversity, seed
        )


class EditSession:
    """A live edit.

    Args:
        model: what is edited with.
        first: z0 of the photo, or any point of the manifold, (latent_dim,).
        frame: where the photo's pixels lie on the grid.
        settings: how.
        history: of a session that is opened again; its present state is where it goes on.
        held: False where there is no photo. Until something is picked, nothing then holds the
            result near `first`, candidates start anywhere in the prior, and no stroke can refer to
            a picture.

    Attributes:
        editor: one row, the result that is shown large.
        history: what was drawn and picked, for undo and redo.

    Raises:
        BundleError: realism counts, and the model has no score.
        EditError: what the history asks for cannot be done with this model.
    """

    def __init__(
        self,
        model: EditModel,
        first: Tensor,
        frame: PhotoFrame,
        settings: SessionSettings | None = None,
        history: History[EditState] | None = None,
        *,
        held: bool = True,
    ) -> None:
        self._model, self._frame, self._held = model, frame, held
        self._settings = settings or SessionSettings()
        model.check_weights(self._settings.weights)
        self._first = _values(model.bounds.clamp(first))
        self._drawn_on = DrawnOn(model.generator)
        self._candidates: LatentCandidates | None = None
        self.history = History(EditState()) if history is None else history
        present = self.history.present
        self.editor = LatentEditor(
            model.generator,
            self._start_row(present),
            model.bounds,
            self._weights,
            self._settings.learning_rate,
            score=model.score,
            latents=None if present.latents is None else self._row(present.latents),
        )
        if present.constraints:
            self.editor.set_constraints(self._grid(present))

    @classmethod
    def opened(cls, edit: Edit, model: EditModel, first: Tensor) -> Self:
        """A session that goes on with a completed edit.

        Args:
            first: z0 of its photo, as its cache has it or as a projection finds it; without a photo
                what is shown before anything is drawn.

        Raises:
            BundleError, EditError: as above; or a pick is without its latent.
        """
        if edit.frame is None:
            raise ValueError("the edit has no frame; complete it first")
        for state in (*edit.past, *edit.future):
            state.start(_values(first))
        return cls(
            model,
            first,
            edit.frame,
            SessionSettings.of(edit.settings, edit.seed),
            History(edit.state, edit.past, edit.future[::-1]),
            held=edit.photo is not None,
        )

    def kept_in(self, edit: Edit) -> Edit:
        """The edit with what was drawn and picked, the history, and the latents as its cache."""
        state = self.state
        return replace(
            edit,
            constraints=state.constraints,
            picks=state.picks,
            directions=state.directions,
            past=self.history.past,
            future=self.history.future[::-1],
            cache=LatentCache.of(self.first, self.editor.latents[0]),
        )

    @property
    def first(self) -> Tensor:
        """z0 of the photo, (latent_dim,), where the path to the result begins."""
        return self._row(self._first)[0]

    @property
    def settings(self) -> SessionSettings:
        return self._settings

    def set_settings(self, settings: SessionSettings) -> None:
        """Edit in another way from here on; the latents go on from where they are.

        Candidates begin again if their starts are to be others.

        Raises:
            BundleError: realism counts, and the model has no score.
        """
        self._model.check_weights(settings.weights)
        before, self._settings = self._settings, settings
        if settings == before:
            return
        if self._candidates is not None:
            strewn = replace(before, weights=settings.weights, learning_rate=settings.learning_rate)
            if strewn != settings:
                self._candidates = None
        for editor in self._editors():
            editor.set_weights(self._weights)
            editor.set_learning_rate(settings.learning_rate)

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
            model = self._model
            self._candidates = LatentCandidates(
                model.generator,
                self._starts(),
                model.bounds,
                self._weights,
                self._settings.learning_rate,
                score=model.score,
            )
            self._candidates.set_constraints(self._grid(self.history.present))
        return self._candidates

    @property
    def satisfaction(self) -> Satisfaction:
        """How far the present picture meets each stroke, from the start as it is now."""
        present = self.history.present
        with torch.no_grad():
            before = self._model.generator(self.editor.start)
        return measure_satisfaction(
            present.constraints,
            self._frame,
            self._pictures_under(present),
            torch.cat([before, self.editor.images]),
            (self.start, self.editor.latents[0]),
        )

    def draw(self, constraint: Constraint) -> None:
        """Add a stroke.

        Raises:
            EditError: it refers to a picture where there is none.
        """
        self._ask(self._kept().pushed(self.state.drawn(constraint)))

    def redraw(self, constraint: Constraint) -> None:
        """Replace the newest stroke, as it is while the hand still draws it.

        Raises:
            IndexError: there is none.
            EditError: it refers to a picture where there is none.
        """
        present = self.history.present
        strokes = (*present.constraints[:-1], constraint)
        if len(strokes) != len(present.constraints):
            raise IndexError("there is no stroke to replace")
        self._ask(self.history.amended(replace(present, constraints=strokes)))

    def remove(self, index: int) -> None:
        """Take a stroke away, counted from 0."""
        self._ask(self._kept().pushed(self.state.without(index)))

    def slide(self, sliders: tuple[DirectionAmount, ...]) -> None:
        """Move the start along the model's directions; the strokes act on top.

        Raises:
            EditError: the model has no directions, or not these.
        """
        self._enter(self._kept().pushed(replace(self.state, directions=sliders)))
        self._go_to_start()

    def reslide(self, sliders: tuple[DirectionAmount, ...]) -> None:
        """The same while the hand still holds a slider: no new step of the history."""
        self._enter(self.history.amended(replace(self.history.present, directions=sliders)))
        self._go_to_start()

    def fix(self) -> None:
        """Make the present result the start of what follows; the strokes stay in force."""
        here = _values(self.editor.latents[0])
        self._enter(self._kept().pushed(self.state.picked(here)))

    def start_from(self, latent: Tensor) -> None:
        """Make any latent the start of what follows, and glide there; the strokes stay in force.

        That of another photo transforms this one into it with no strokes (Zhu et al. 2016, section
        5); the average of candidates is another.

        Args:
            latent: (latent_dim,).
        """
        goal = _values(self._model.bounds.clamp(latent))
        self._enter(self._kept().pushed(self.state.picked(goal)))
        self.editor.glide_to(self.editor.start, rest=not self.history.present.constraints)

    def pick(self, candidate: Candidate, rank: int) -> None:
        """Go on from a candidate, which had this rank among those shown, from 1."""
        tracks = None
        if self._candidates is not None and self._candidates.editor.tracks is not None:
            tracks = take_rows(self._candidates.editor.tracks, torch.tensor([candidate.row]))
        self._enter(self._kept().pushed(self.state.picked(_values(candidate.latents), rank)))
        self.editor.jump_to(candidate.latents[None], tracks)

    def restart(self) -> None:
        """Back to the photo, with nothing drawn; can be undone."""
        self._enter(self._kept().pushed(EditState(latents=self._first)))
        self.editor.jump_to(self._row(self._first))

    def undo(self) -> None:
        """Back to the state before, to where its latents were, at the pace of any other motion.

        Raises:
            IndexError: there is none.
        """
        self._enter(self._kept().undone())
        self._return()

    def redo(self) -> None:
        """On to the state that was undone last.

        Raises:
            IndexError: there is none.
        """
        self._enter(self._kept().redone())
        self._return()

    def _kept(self) -> History[EditState]:
        """The history with the present state as it stands."""
        return self.history.amended(self.state)

    def _enter(self, history: History[EditState]) -> None:
        """Take another state over; if it cannot be, everything stays as it is."""
        start, grid = self._start_row(history.present), self._grid(history.present)
        self.history, self._candidates = history, None
        self.editor.set_weights(self._weights)
        self.editor.set_start(start)
        self.editor.set_constraints(grid)

    def _ask(self, history: History[EditState]) -> None:
        """Take over a state that differs in its strokes alone; the candidates go on."""
        grid = self._grid(history.present)
        self.history = history
        for editor in self._editors():
            editor.set_constraints(grid)

    def _go_to_start(self) -> None:
        if not self.history.present.constraints:
            self.editor.glide_to(self.editor.start)

    def _return(self) -> None:
        latents = self.history.present.latents
        if latents is not None:
            self.editor.glide_to(self._row(latents))

    def _editors(self) -> list[LatentEditor]:
        return [self.editor, *([self._candidates.editor] if self._candidates is not None else [])]

    def _holds(self, state: EditState) -> bool:
        return self._held or len(state.picks) > 0

    @property
    def _weights(self) -> ObjectiveWeights:
        weights = self._settings.weights
        return weights if self._holds(self.history.present) else weights.unheld

    def _start_row(self, state: EditState) -> Tensor:
        """z0 with its sliders, (1, latent_dim)."""
        return self._model.moved(self._row(state.start(self._first)), state.directions)

    def _starts(self) -> Tensor:
        """Of the candidates, (starts, latent_dim)."""
        model, settings = self._model, self._settings
        if self._holds(self.history.present):
            return perturbed_starts(
                self.start,
                model.bounds,
                settings.starts,
                settings.diversity,
                model.prior,
                settings.seed,
            )
        draws = model.draws(settings.starts, settings.seed)
        return model.moved(draws, self.history.present.directions)

    def _grid(self, state: EditState) -> GridConstraints:
        drawn_on = self._pictures_under(state)
        return rasterise(state.constraints, self._frame, self._model.channels, drawn_on)

    def _pictures_under(self, state: EditState) -> list[Tensor | None]:
        """The picture that each stroke was drawn on, (C, S, S), where it refers to one."""
        first = self._first if self._held else None
        now = _values(self._start_row(state)[0]) if self._holds(state) else None
        return self._drawn_on.pictures(state, first, now)

    def _row(self, latent: Sequence[float]) -> Tensor:
        return torch.tensor([latent], dtype=torch.float32)


def _values(latent: Tensor) -> LatentValues:
    return tuple(latent.tolist())
