"""What can stop a training that was started rightly."""

from igan.errors import IganError


class TrainingError(IganError):
    """A run cannot go on; what it had reached is kept."""


class UnhealthyRunError(TrainingError):
    """A run diverged or collapsed; it may be rolled back and tried once more.

    `gradual` says that it may have come on slowly, so that the newest checkpoint has it too.
    """

    def __init__(self, sentence: str, gradual: bool = False) -> None:
        super().__init__(sentence)
        self.gradual = gradual
