"""Finds configuration files: a path, or the name of one that comes with the project."""

from pathlib import Path

import yaml

from igan.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parents[1]


def configs_folder() -> Path:
    """The folder `configs/` of an installed package, else of the source tree."""
    installed = _PACKAGE / "configs"
    return installed if installed.is_dir() else _PACKAGE.parent / "configs"


def find_config(kind: str, name: str) -> Path:
    """The file `name`, or `configs/KIND/name.yaml`, or `configs/debug/name.yaml`.

    Raises:
        ConfigError: none is there; the message lists what is.
    """
    given = Path(name)
    if given.is_file():
        return given
    shipped = [configs_folder() / kind, configs_folder() / "debug"]
    for folder in shipped:
        candidate = folder / f"{given.stem}.yaml"
        if given.parent == Path() and candidate.is_file():
            return candidate
    known = ", ".join(sorted(path.stem for folder in shipped for path in folder.glob("*.yaml")))
    raise ConfigError(f"there is no configuration {name}; shipped for {kind} are: {known}.")


def config_chain(kind: str, name: str) -> list[Path]:
    """The configuration `name` after those it stands on, in the order in which they are read.

    A file may say `base: NAME`, another configuration of this kind or a path beside the file; it
    then holds only what differs.

    Raises:
        ConfigError: a configuration is not there, is no YAML, or stands on itself.
    """
    chain = [find_config(kind, name)]
    while (base := _base_of(chain[0])) is not None:
        beside = chain[0].parent / base
        found = beside if beside.is_file() else find_config(kind, base)
        if any(found.samefile(later) for later in chain):
            raise ConfigError(f"the configuration {found} stands on itself by way of `base`.")
        chain.insert(0, found)
    return chain


def _base_of(file: Path) -> str | None:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"the configuration {file} is not YAML.") from error
    base = content.get("base") if isinstance(content, dict) else None
    if base is not None and not isinstance(base, str):
        raise ConfigError(f"`base` of {file} must name one configuration.")
    return base
