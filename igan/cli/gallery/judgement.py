"""What a person found, looking at a bundle's random samples."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from igan.errors import BadInputError

JUDGED = "judged-samples.json"
JUDGED_SAMPLES = 100
JUDGED_SEED = 0


@dataclass(frozen=True)
class Judgement:
    """Which of a bundle's samples of the gallery's seed are rejected.

    Attributes:
        digest: of the bundle that was looked at.
        rejects: their numbers, from 0.
        rule: what makes a reject.
        judged_by: who looked.
    """

    digest: str
    rejects: tuple[int, ...]
    rule: str
    judged_by: str


def judgement_of(bundle: Path, name: str, digest: str) -> Judgement | None:
    """The judgement of exactly this bundle, if somebody made one.

    Args:
        bundle: its folder; `judged-samples.json` lies beside it.
        name, digest: what its manifest says.

    Raises:
        BadInputError: the file cannot be understood.
    """
    file = bundle.resolve().parent / JUDGED
    if not file.is_file():
        return None
    judged = _read(file).get(name)
    return judged if judged is not None and judged.digest == digest else None


def _read(file: Path) -> Mapping[str, Judgement]:
    from serve.errors import EditError

    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        return {name: _judgement(name, entry) for name, entry in document.items()}
    except (AttributeError, EditError, ValueError) as error:
        raise BadInputError(f"{file} holds no judgements of samples: {error}") from None


def _judgement(name: str, entry: Any) -> Judgement:
    from serve.latent.fields import Fields

    fields = Fields(entry, f"the judgement of {name}")
    rejects = set(fields.numbers("rejects"))
    if not rejects <= set(range(JUDGED_SAMPLES)):
        raise ValueError(f"the rejects of {name} are whole numbers from 0 to {JUDGED_SAMPLES - 1}.")
    numbers = tuple(sorted(map(int, rejects)))
    judgement = Judgement(fields.text("digest"), numbers, fields.text("rule"), fields.text("by"))
    fields.close()
    return judgement
