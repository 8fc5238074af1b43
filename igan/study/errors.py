"""What is wrong with a study or with the answers to it."""

from igan.errors import BadInputError


class StudyError(BadInputError):
    """A study or its answers are damaged, changed, or do not belong together."""
