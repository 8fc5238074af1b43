import threading
import warnings

import pytest
from PIL import Image

from serve.photo.pillow_warnings import pillow_warnings_ignored


def warn_as_pillow() -> None:
    """Raise a warning that is told to come from one of Pillow's modules."""
    warnings.warn_explicit("odd file", UserWarning, "Image.py", 1, module=Image.__name__)


def test_pillows_warnings_are_ignored_and_those_of_others_are_not() -> None:
    with pillow_warnings_ignored():
        warn_as_pillow()
        with pytest.warns(UserWarning, match="mine"):
            warnings.warn("mine", UserWarning, stacklevel=1)
    with pytest.warns(UserWarning, match="odd file"):
        warn_as_pillow()


def test_the_filters_stand_until_the_last_thread_leaves() -> None:
    before = list(warnings.filters)
    entered, may_leave = threading.Event(), threading.Event()

    def stay() -> None:
        with pillow_warnings_ignored():
            entered.set()
            may_leave.wait(10)

    other = threading.Thread(target=stay)
    with pillow_warnings_ignored():
        other.start()
        assert entered.wait(10)
    warn_as_pillow()
    may_leave.set()
    other.join()
    assert list(warnings.filters) == before


def test_an_error_inside_puts_the_filters_back() -> None:
    before = list(warnings.filters)
    with pytest.raises(KeyError), pillow_warnings_ignored():
        raise KeyError
    assert list(warnings.filters) == before
