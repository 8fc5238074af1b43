"""The exceptions of the inference package: one root, one class for each thing a caller may handle.

Every message is one sentence that says what is wrong and what to do about it, fit to be shown to a
person as it stands.
"""


class ServeError(Exception):
    """Root of everything that `serve` raises on purpose."""

    exit_code = 1


class BadInputError(ServeError):
    """What the caller gave cannot be used; nothing was changed."""

    exit_code = 2


class PhotoError(BadInputError):
    """A file is not a photo, or not one that can be edited."""


class BundleError(BadInputError):
    """A bundle is damaged, incomplete, of an unknown format, or lacks a network that is needed."""


class EditError(BadInputError):
    """An edit document, or one of its constraints, cannot be carried out."""


class OutputExistsError(BadInputError):
    """The place to write to is taken; nothing was overwritten."""


class LimitError(BadInputError):
    """More was asked for than the service allows."""


class UnknownPhotoError(BadInputError):
    """A photo that was never sent here, or is forgotten by now; send it and ask again."""

    def __init__(self, sha256: str) -> None:
        super().__init__(
            f"the photo with the SHA-256 {sha256[:12]} is not here (any more); send it again."
        )
        self.sha256 = sha256


class BusyError(ServeError):
    """The service is full; it asks to be tried again after a while."""

    def __init__(self, sentence: str, retry_after_s: float) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s


class CancelledError(ServeError):
    """The work was given up because nobody wants its result any more."""
