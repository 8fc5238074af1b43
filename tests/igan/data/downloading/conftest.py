from collections.abc import Iterator

import pytest

from tests.igan.data.downloading.misbehaving_server import MisbehavingServer


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with MisbehavingServer() as running:
        yield running
