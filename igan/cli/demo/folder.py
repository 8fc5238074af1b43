"""Where a demo keeps what it makes."""

import json
from collections.abc import Mapping
from pathlib import Path

from igan.errors import BadInputError


class DemoFolder:
    """The places under a demo's folder; what stands at one of them is whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = path / "photos.lmdb"
        self.gan, self.projector = path / "gan", path / "projector"
        self.bundle = path / "bundle"
        self.reconstruction = path / "reconstruction"
        self.script, self.edit = path / "edit.json", path / "edit"
        self.shipped_edit = path / "shipped-edit"
        self.report = path / "report.html"

    def photo(self) -> Path:
        """The picture that is edited, in whatever format it came."""
        return next(self.path.glob("photo.*"))

    def claim(self, options: Mapping[str, object]) -> None:
        """Begin a demo with these options here, or go on with it.

        Raises:
            BadInputError: the folder holds something else, or a demo with other options.
        """
        from serve.staging import staged_file

        claim = self.path / "demo.json"
        if not claim.exists():
            if self.path.exists() and any(self.path.iterdir()):
                raise BadInputError(f"{self.path} holds something else; name another --out.")
            with staged_file(claim) as staged:
                staged.write_text(json.dumps(options, indent=2) + "\n", encoding="utf-8")
        elif json.loads(claim.read_text(encoding="utf-8")) != options:
            raise BadInputError(
                f"{self.path} holds a demo with other options; give the same ones to go on with "
                "it, name another --out, or remove it."
            )
