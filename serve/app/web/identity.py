"""The names that a client gives: to itself, where photos are kept under it, and to its jobs."""

import re

from serve.app.protocol.version import CLIENT_HEADER, JOB_HEADER
from serve.errors import BadInputError

_CLIENT = re.compile(r"[0-9a-f]{32}")
_JOB = re.compile(r"[A-Za-z0-9-]{1,40}")


def check_client(client: str | None) -> str:
    """The name, as it was given.

    Raises:
        BadInputError: it is not 128 bits in hexadecimal digits.
    """
    if client is None or not _CLIENT.fullmatch(client):
        raise BadInputError(
            f"name the client by 32 random hexadecimal digits, in {CLIENT_HEADER} or as 'client'."
        )
    return client


def check_job(job: str | None) -> str | None:
    """The name of a job, as it was given.

    Raises:
        BadInputError: it is no short word.
    """
    if job is not None and not _JOB.fullmatch(job):
        raise BadInputError(f"name a job in {JOB_HEADER} by at most 40 letters, digits and '-'.")
    return job
