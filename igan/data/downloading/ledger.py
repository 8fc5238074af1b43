"""What became of each address, kept so that a download can be taken up again.

One JSON object a line, appended as it happens: the last line about an address counts, and a line
that was cut off by a power failure is passed over.
"""

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Outcome:
    """What became of one address.

    Attributes:
        file: the photo's path relative to the folder of downloads; empty when there is none.
        reason: why there is none, half a sentence.
        passing: another run may have more luck, or be allowed more.
        attempts: how often it was tried in the run that wrote this.
    """

    url: str
    file: str = ""
    bytes: int = 0
    reason: str = ""
    passing: bool = False
    attempts: int = 1


class Ledger:
    """Appends outcomes to a file and knows the last one of each address; any thread may record."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._outcomes = {outcome.url: outcome for outcome in _read(path)}
        ends_whole = not path.exists() or path.read_bytes()[-1:] in (b"", b"\n")
        self._file = path.open("a", encoding="utf-8")
        if not ends_whole:
            self._file.write("\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._outcomes)

    def outcome(self, url: str) -> Outcome | None:
        """Return what is known of an address, or None."""
        return self._outcomes.get(url)

    def record(self, outcome: Outcome) -> None:
        """Write an outcome down before this returns."""
        line = json.dumps(asdict(outcome), ensure_ascii=True)
        with self._lock:
            self._outcomes[outcome.url] = outcome
            self._file.write(line + "\n")
            self._file.flush()


def read_outcomes(path: Path) -> dict[str, Outcome]:
    """Return the last outcome of each address in a ledger; none where there is no ledger."""
    return {outcome.url: outcome for outcome in _read(path)}


def _read(path: Path) -> list[Outcome]:
    if not path.exists():
        return []
    outcomes = []
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                outcomes.append(Outcome(**json.loads(line)))
            except (ValueError, TypeError):
                continue
    return outcomes
