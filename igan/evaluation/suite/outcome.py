"""What an evaluation has come to so far, as a document that can be read back."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

from igan.errors import BadInputError
from igan.evaluation.suite.figure import Figure

FORMAT = "igan-evaluation"
VERSION = 1

State = Literal["waiting", "done", "failed", "left out"]


@dataclass(frozen=True)
class PartOutcome:
    """One part.

    Attributes:
        name, title, meaning: see `igan.evaluation.suite.part.Part`.
        command: what makes the part alone; empty where it cannot be run.
        options: of the command, without bundle, photos and folder.
        state: "waiting" before it has run.
        sentence: why it failed or was left out.
        figures: of a part that is done.
        seconds, cpu_seconds: that it took, the latter with its child processes.
    """

    name: str
    title: str
    meaning: str
    command: str
    options: tuple[str, ...] = ()
    state: State = "waiting"
    sentence: str = ""
    figures: tuple[Figure, ...] = ()
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        figures = tuple(map(Figure.from_json, document["figures"]))
        return cls(**{**document, "figures": figures, "options": tuple(document["options"])})


@dataclass(frozen=True)
class Outcome:
    """All parts of the evaluation of one bundle.

    Attributes:
        bundle, store: name and digest of each.
        machine: see `igan.evaluation.machine.machine`.
    """

    bundle: dict[str, str]
    store: dict[str, str]
    machine: dict[str, Any]
    parts: tuple[PartOutcome, ...] = field(default=())

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """Read what `to_json` made.

        Raises:
            BadInputError: it is something else, or of another version.
        """
        try:
            if (document["format"], document["version"]) != (FORMAT, VERSION):
                raise ValueError
            parts = tuple(map(PartOutcome.from_json, document["parts"]))
            return cls(document["bundle"], document["store"], document["machine"], parts)
        except (KeyError, TypeError, ValueError) as error:
            raise BadInputError(
                "this is no evaluation, or one of another version; make one with "
                "`igan evaluate all`."
            ) from error

    def to_json(self) -> dict[str, Any]:
        return {"format": FORMAT, "version": VERSION, **asdict(self)}

    def with_part(self, part: PartOutcome) -> Self:
        """The same with another outcome of one part."""
        parts = tuple(part if part.name == old.name else old for old in self.parts)
        return replace(self, parts=parts)

    def in_state(self, state: State) -> list[PartOutcome]:
        return [part for part in self.parts if part.state == state]

    def figures(self) -> Iterable[tuple[PartOutcome, Figure]]:
        return ((part, figure) for part in self.parts for figure in part.figures)

    @property
    def cpu_seconds(self) -> float:
        return sum(part.cpu_seconds for part in self.parts)

    @property
    def seconds(self) -> float:
        return sum(part.seconds for part in self.parts)


def sheet_of(folder: Path, part: PartOutcome) -> Path:
    """Where a part that is done has its pictures, if it has any."""
    return folder / part.name / "sheet.png"
