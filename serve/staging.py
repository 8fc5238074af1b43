"""Write beside, then rename: what stands under its final name is always whole."""

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from serve.errors import OutputExistsError

_reading_umask = threading.Lock()


@contextmanager
def staged_folder(final: Path) -> Iterator[Path]:
    """Yield an empty folder beside `final`, renamed to `final` on success and removed on failure.

    Raises:
        OutputExistsError: `final` exists, before anything is written.
    """
    refuse_existing(final)
    final.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=f".{final.name}.partial-", dir=final.parent))
    try:
        yield staged
        staged.chmod(0o777 & ~_umask())
        staged.rename(final)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise


@contextmanager
def staged_file(final: Path) -> Iterator[Path]:
    """Yield a path beside `final` with its suffix, which replaces `final` on success."""
    final.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        prefix=f".{final.stem}.partial-", suffix=final.suffix, dir=final.parent
    )
    os.close(handle)
    staged = Path(name)
    try:
        yield staged
        staged.chmod(0o666 & ~_umask())
        staged.replace(final)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise


def refuse_existing(final: Path) -> None:
    """Raise OutputExistsError when something stands at `final` already."""
    if final.exists() or final.is_symlink():
        raise OutputExistsError(f"{final} exists already; name another place or remove it first.")


def _umask() -> int:
    """Read the process's umask, which takes setting it; threads that do so at once take turns."""
    with _reading_umask:
        current = os.umask(0)
        os.umask(current)
    return current
