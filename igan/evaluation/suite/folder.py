"""The folder of an evaluation: its outcome as a document and two reports, kept up to date.

evaluation.json   what `igan.evaluation.suite.outcome.Outcome` holds
evaluation.md     the figures
report.html       the figures and the sheets of the parts
PART/             what the command of the part has written
"""

import json
from pathlib import Path

from igan.errors import BadInputError
from igan.evaluation.suite import report
from igan.evaluation.suite.outcome import Outcome
from serve.staging import staged_file

OUTCOME_FILE = "evaluation.json"


def holds_outcome(folder: Path) -> bool:
    """Whether an evaluation was begun here."""
    return (folder / OUTCOME_FILE).is_file()


def read_outcome(folder: Path) -> Outcome:
    """The outcome as it was last written.

    Raises:
        BadInputError: there is none.
    """
    try:
        document = json.loads((folder / OUTCOME_FILE).read_text(encoding="utf-8"))
        return Outcome.from_json(document)
    except (OSError, ValueError, BadInputError) as error:
        raise BadInputError(
            f"{folder} holds no evaluation that can be read; make one with `igan evaluate all`."
        ) from error


def write_outcome(outcome: Outcome, folder: Path) -> None:
    """Write the outcome and its reports, each of which changes at once."""
    report.page(outcome, folder).write(folder / "report.html")
    with staged_file(folder / "evaluation.md") as staged:
        staged.write_text(report.markdown(outcome), encoding="utf-8")
    with staged_file(folder / OUTCOME_FILE) as staged:
        staged.write_text(json.dumps(outcome.to_json(), indent=2) + "\n", encoding="utf-8")
