"""How one published data set becomes a store: what a file in `configs/data/` says."""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_args

from igan.data.encoding import ENCODINGS, Encoding
from igan.data.preparing import PictureSettings
from igan.data.sources import SOURCE_KINDS, SourceOptions
from igan.data.sources.source_options import HALVES
from igan.errors import ConfigError

DEFAULT_SIZE_PX = 64

_OPTION_TYPES = {
    "half": str,
    "root": str,
    "query": str,
    "downloads": str,
    "allow_private_hosts": bool,
}
_PICTURE_TYPES = {"size": int, "channels": int, "fit": str, "anchor": str, "trim": bool}
_CALLED = {str: "text", int: "a whole number", bool: "true or false"}


@dataclass(frozen=True)
class Recipe:
    """One data set's recipe; its keys in YAML are these.

    Attributes:
        kind: of the source; one of SOURCE_KINDS.
        licence: the terms of its photos, kept in the store.
        expected_count: how many photos it is known to hold.
        count_tolerance: the share by which a whole import may miss that.
        options: what to take from the source.
        pictures: what to make of its photos.
        encoding: of the records.
    """

    kind: str
    licence: str
    expected_count: int
    count_tolerance: float = 0.0
    options: SourceOptions = field(default_factory=SourceOptions)
    pictures: PictureSettings = field(default_factory=lambda: PictureSettings(DEFAULT_SIZE_PX))
    encoding: Encoding = "raw"

    def arguments(self) -> dict[str, Any]:
        """Return it by the arguments of `import_photos`, options at their defaults left out."""
        options = {name: getattr(self.options, name) for name in self.options.given()}
        pictures = {item.name: getattr(self.pictures, item.name) for item in fields(self.pictures)}
        return {
            "kind": self.kind,
            "licence": self.licence,
            "encoding": self.encoding,
            **pictures,
            **options,
        }

    def count_problem(self, count: int) -> str | None:
        """Return one sentence when a whole import gave another number of photos than there are."""
        if abs(count - self.expected_count) <= self.count_tolerance * self.expected_count:
            return None
        about = "about " if self.count_tolerance else ""
        return (
            f"{count:,} photos could be read where {about}{self.expected_count:,} are expected; "
            "if that is not on purpose, look whether the download is whole."
        )


def read_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        ConfigError: it is no YAML, lacks a key, or has one that is unknown or holds what it cannot.
    """
    document = _read_yaml(path)
    _check_keys(document, Recipe, path, "")
    options = document.get("options") or {}
    _check_keys(options, SourceOptions, path, "options.")
    pictures = document.get("pictures") or {}
    _check_keys(pictures, PictureSettings, path, "pictures.")
    if missing := [name for name in ("kind", "licence", "expected_count") if name not in document]:
        raise ConfigError(f"{path} lacks {missing[0]}; add it.")
    _check_types(options, _OPTION_TYPES, path, "options.")
    _check_types(pictures, _PICTURE_TYPES, path, "pictures.")
    _check_value(document, "kind", SOURCE_KINDS, path)
    _check_value(document, "encoding", ENCODINGS, path)
    _check_value(options, "half", HALVES, path)
    categories = options.get("categories") or []
    if not _is_list_of_text(categories):
        raise ConfigError(f"{path} has options.categories that are no list of names; make it one.")
    count, tolerance = document["expected_count"], document.get("count_tolerance", 0.0)
    if not _is_number(count, int) or not _is_number(tolerance, int | float):
        raise ConfigError(f"{path} has an expected count or a tolerance that is no number.")
    folders = {name: Path(options[name]) for name in ("root", "downloads") if options.get(name)}
    return Recipe(
        kind=document["kind"],
        licence=str(document["licence"]).strip(),
        expected_count=count,
        count_tolerance=tolerance,
        options=SourceOptions(**{**options, "categories": tuple(categories), **folders}),
        pictures=PictureSettings(**{"size": DEFAULT_SIZE_PX, **pictures}),
        encoding=document.get("encoding", get_args(Encoding)[0]),
    )


def _read_yaml(path: Path) -> dict[str, Any]:
    import yaml

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read as a recipe in YAML; correct it.") from error
    if not isinstance(document, dict):
        raise ConfigError(f"{path} is no recipe; it must hold keys such as kind and licence.")
    return document


def _check_keys(found: object, of: type, path: Path, prefix: str) -> None:
    known = [item.name for item in fields(of)]
    if not isinstance(found, dict):
        raise ConfigError(f"{path} has no keys under {prefix.rstrip('.')}; give some, or none.")
    for name in found:
        if name not in known:
            raise ConfigError(
                f"{path} has the key {prefix}{name}, which a recipe does not know; the keys are "
                f"{', '.join(prefix + known_name for known_name in known)}."
            )


def _check_types(found: dict[str, Any], types: dict[str, type], path: Path, prefix: str) -> None:
    for name, value in found.items():
        if name in types and type(value) is not types[name]:
            raise ConfigError(
                f"{path} has {prefix}{name} {value!r}; it must be {_CALLED[types[name]]}."
            )


def _check_value(found: dict[str, Any], name: str, choices: tuple[str, ...], path: Path) -> None:
    if name in found and found[name] not in choices:
        raise ConfigError(
            f"{path} has {name} {found[name]!r}; it must be one of {', '.join(choices)}."
        )


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_number(value: object, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool) and value >= 0
