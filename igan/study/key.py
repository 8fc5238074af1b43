"""The key of a study: what each published picture is. It stays with the researcher.

The study's name is made of the key's content, and stands in the published page and in every answer:
a key that was changed no longer fits them.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from igan.study.conditions import CONDITIONS, Condition
from igan.study.errors import StudyError
from igan.study.json_fields import JsonFields

KEY_FILE = "key.json"
KEY_FORMAT, KEY_VERSION = "igan-study-key", 1
ID_DIGITS = 16


@dataclass(frozen=True)
class KeptPicture:
    """What one published picture is.

    Attributes:
        condition: its condition.
        source: the photo or latent it was made from; the two edits of a photo have the same.
        sha256: of its file.
    """

    condition: Condition
    source: str
    sha256: str


@dataclass(frozen=True)
class KeptCheck:
    """What an attention check asks for, and the digest of its file."""

    asks_for_real: bool
    sha256: str


@dataclass(frozen=True)
class StudyKey:
    """All that must be known to read the answers.

    Attributes:
        secret: hexadecimal; names and orders were drawn from it, so that nobody can guess them.
        pictures, checks: by their published names.
        sheets: for each participant, the names in their order.
        most_missed_checks: who misses more is left out of the analysis.
        made_with: bundle, photos and settings, for the report.
    """

    secret: str
    pictures: Mapping[str, KeptPicture]
    checks: Mapping[str, KeptCheck]
    sheets: tuple[tuple[str, ...], ...]
    most_missed_checks: int
    made_with: Mapping[str, Any]

    @cached_property
    def study(self) -> str:
        """The study's name: the digest of the key's content."""
        content = json.dumps(self._content(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()[:ID_DIGITS]

    def write(self, folder: Path) -> None:
        """Write the key into the study's folder."""
        document = {
            "format": KEY_FORMAT,
            "version": KEY_VERSION,
            "study": self.study,
            **self._content(),
        }
        (folder / KEY_FILE).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the key of the study in `folder`.

        Raises:
            StudyError: there is none, or it is not as it was written.
        """
        path = folder / KEY_FILE
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except OSError:
            raise StudyError(
                f"{folder} holds no {KEY_FILE}; name the folder that `igan study make` made."
            ) from None
        except ValueError:
            raise StudyError(f"{path} is no JSON document; take an intact copy.") from None
        fields = JsonFields(document, str(path))
        fields.expect("format", KEY_FORMAT)
        fields.expect("version", KEY_VERSION)
        study = fields.text("study")
        key = cls(
            secret=fields.text("secret"),
            pictures={
                name: KeptPicture(
                    condition=picture.choice("condition", CONDITIONS),
                    source=picture.text("source"),
                    sha256=picture.text("sha256"),
                )
                for name, picture in fields.children_by_name("pictures").items()
            },
            checks={
                name: KeptCheck(check.flag("asks_for_real"), check.text("sha256"))
                for name, check in fields.children_by_name("checks").items()
            },
            sheets=tuple(tuple(map(str, sheet)) for sheet in fields.lists("sheets")),
            most_missed_checks=fields.whole("most_missed_checks"),
            made_with=fields.mapping("made_with"),
        )
        if key.study != study:
            raise StudyError(f"{path} was changed after the study was made; take an intact copy.")
        return key

    def _content(self) -> dict[str, Any]:
        return {
            "secret": self.secret,
            "pictures": {name: asdict(picture) for name, picture in self.pictures.items()},
            "checks": {name: asdict(check) for name, check in self.checks.items()},
            "sheets": [list(sheet) for sheet in self.sheets],
            "most_missed_checks": self.most_missed_checks,
            "made_with": dict(self.made_with),
        }
