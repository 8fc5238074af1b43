"""Finds configuration files: a path, or the name of one that comes with the project."""

from pathlib import Path

from igan.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parents[1]


def configs_folder() -> Path:
    """The folder `configs/` of an installed package, else of the source tree."""
    installed = _PACKAGE / "configs"
    return installed if installed.is_dir() else _PACKAGE.parent / "configs"


def find_config(kind: str, name: str) -> Path:
    """The file `name`, or `configs/KIND/name.yaml`.

    Raises:
        ConfigError: neither is there; the message lists what is.
    """
    given = Path(name)
    if given.is_file():
        return given
    shipped = configs_folder() / kind
    candidate = shipped / f"{given.stem}.yaml"
    if given.parent == Path() and candidate.is_file():
        return candidate
    known = ", ".join(sorted(path.stem for path in shipped.glob("*.yaml")))
    raise ConfigError(f"there is no configuration {name}; shipped for {kind} are: {known}.")
