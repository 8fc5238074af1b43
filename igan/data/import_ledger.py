"""What a store remembers of each import into it: what was asked for, and how far it came.

An import is unfinished, never its store: the ledger is written in the transaction of the records
that it counts, so it always says exactly where the import stopped.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from igan.data.sources.source_options import SourceOptions
from igan.errors import ConfigError

NO_FILES_DIGEST = hashlib.sha256(b"igan-source").digest()


def next_files_digest(digest: bytes, identity: str) -> bytes:
    """Return the 32-byte digest of a list of files after one more."""
    return hashlib.sha256(digest + identity.encode("utf-8", "surrogateescape")).digest()


@dataclass(frozen=True)
class Shard:
    """One of `of` equal parts of a source: the files whose ordinal modulo `of` is `number - 1`.

    Raises:
        ConfigError: not 1 <= number <= of.
    """

    number: int = 1
    of: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise ConfigError(
                f"there is no shard {self.number}/{self.of}; shards of {self.of} are numbered "
                f"1/{self.of} to {self.of}/{self.of}."
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `i/n`.

        Raises:
            ConfigError: it is not that, or there is no such shard.
        """
        if (found := re.fullmatch(r"(\d{1,9})/(\d{1,9})", text)) is None:
            raise ConfigError(f"{text!r} is no shard; write it as in 1/8.")
        return cls(int(found[1]), int(found[2]))

    def holds(self, ordinal: int) -> bool:
        return ordinal % self.of == self.number - 1

    def share_of(self, files: int) -> int:
        """Return how many of so many files are in this shard."""
        return len(range(self.number - 1, files, self.of))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


WHOLE_SOURCE = Shard()


def options_document(options: SourceOptions) -> dict[str, Any]:
    """Return the options that were given as values that JSON knows, with absolute paths."""
    given = {name: getattr(options, name) for name in options.given()}
    return {
        name: str(value.absolute()) if isinstance(value, Path) else value
        for name, value in given.items()
    }


def options_from_document(document: dict[str, Any]) -> SourceOptions:
    """Return the options of which `options_document` made this."""
    made: dict[str, Callable[[Any], Any]] = {"categories": tuple, "root": Path, "downloads": Path}
    return SourceOptions(
        **{name: made[name](value) if name in made else value for name, value in document.items()}
    )


@dataclass(frozen=True)
class ImportLedger:
    """What one import was asked for, and where it stands.

    Attributes:
        number: of the import in its store, from 0.
        source_path: where the photos lie, absolute.
        source_kind: name of the importer that reads them.
        source_options: what was chosen among them; see `SourceOptions`.
        source: position in `StoreMeta.sources`.
        next_ordinal: files of the source that were dealt with or left to other shards.
        files_digest: hexadecimal digest over the identities of these files, in their order; it
            tells when the source has changed.
    """

    number: int
    source_path: str
    source_kind: str
    source: int
    source_options: dict[str, Any] = field(default_factory=dict)
    shard: Shard = WHOLE_SOURCE
    next_ordinal: int = 0
    files_digest: str = NO_FILES_DIGEST.hex()
    imported: int = 0
    rejected: int = 0
    duplicates: int = 0
    finished: bool = False

    @property
    def done(self) -> int:
        """Files of the import's shard that were dealt with."""
        return self.imported + self.rejected + self.duplicates

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ValueError: it is something else; the message is half a sentence.
        """
        try:
            document = json.loads(data)
            return cls(**{**document, "shard": Shard(**document["shard"])})
        except (KeyError, TypeError, json.JSONDecodeError, UnicodeDecodeError) as error:
            raise ValueError("has a ledger that cannot be read") from error


@dataclass(frozen=True)
class Reject:
    """A file that was left out.

    Attributes:
        reason: half a sentence, as in `is cut off`.
        duplicate_of: for an exact duplicate the SHA-256 (hexadecimal) of its content.
    """

    identity: str
    reason: str
    duplicate_of: str | None = None

    @classmethod
    def duplicate(cls, identity: str, content_sha256: bytes) -> Self:
        """Make one that is left out because a record was made from the same content."""
        return cls(identity, "is an exact duplicate", content_sha256.hex())

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ValueError: it is something else; the message is half a sentence.
        """
        try:
            return cls(**json.loads(data))
        except (TypeError, json.JSONDecodeError, UnicodeDecodeError) as error:
            raise ValueError("has a list of rejected files that cannot be read") from error
