"""The files of a source that an import has still to deal with, each with its place in it."""

from collections.abc import Iterator
from dataclasses import dataclass

from igan.data.import_ledger import NO_FILES_DIGEST, ImportLedger, next_files_digest
from igan.data.sources import PhotoSource, SourceFile
from igan.errors import SourceError


@dataclass(frozen=True)
class NumberedFile:
    """One file, its ordinal in the source, and the digest of all files up to it."""

    ordinal: int
    file: SourceFile
    files_digest: bytes


class RemainingFiles:
    """Iterates the files of an import's shard behind the place where its ledger stands.

    Attributes:
        seen: files of the source gone through so far, those of other shards included.
        files_digest: digest over their identities.

    Raises:
        SourceError: the files that the ledger counts are not those of the source any more.
    """

    def __init__(self, source: PhotoSource, ledger: ImportLedger) -> None:
        self.seen = 0
        self.files_digest = NO_FILES_DIGEST
        self._source = source
        self._ledger = ledger

    def __iter__(self) -> Iterator[NumberedFile]:
        ledger = self._ledger
        for ordinal, file in enumerate(self._source.files()):
            self.files_digest = next_files_digest(self.files_digest, file.identity)
            self.seen = ordinal + 1
            if self.seen == ledger.next_ordinal:
                self._check_unchanged()
            elif self.seen > ledger.next_ordinal and ledger.shard.holds(ordinal):
                yield NumberedFile(ordinal, file, self.files_digest)
        if self.seen < ledger.next_ordinal:
            self._check_unchanged()

    def _check_unchanged(self) -> None:
        if self.files_digest.hex() != self._ledger.files_digest:
            raise SourceError(
                f"{self._ledger.source_path} has changed since its import began, so it cannot go "
                "on; bring the files back as they were, or begin the import anew."
            )
