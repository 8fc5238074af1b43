"""Which of the processes of a training this is."""

from lightning.pytorch.utilities import rank_zero_only


def is_first_process() -> bool:
    """Whether this process is the one that writes files, or the only one.

    It is known from the environment before any trainer is made.
    """
    return int(getattr(rank_zero_only, "rank", 0)) == 0
