"""The exceptions of the training framework: one root, one class for each thing a caller may handle.

Every message is one sentence that says what is wrong and what to do about it, fit to be shown to a
person as it stands.
"""


class IganError(Exception):
    """Root of everything that `igan` raises on purpose."""

    exit_code = 1


class BadInputError(IganError):
    """What the caller gave cannot be used; nothing was changed."""

    exit_code = 2


class SourceError(BadInputError):
    """A collection of photos cannot be read or holds none."""


class StoreError(BadInputError):
    """A photo store is missing, damaged, unfinished or unfit for what is asked of it."""


class ConfigError(BadInputError):
    """A configuration names an unknown key or holds an unusable value."""


class RunError(BadInputError):
    """A run folder is missing something that is asked of it."""


class ExportError(IganError):
    """A network could not be exported, or its exported form does not agree with the original."""
