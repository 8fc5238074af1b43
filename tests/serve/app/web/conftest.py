from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bundles import tiny_bundle
from tests.serve.app.web.running import Running, running_server


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("served") / "tiny")


@pytest.fixture(scope="package")
def server(bundle: Path) -> Iterator[Running]:
    with running_server(bundle) as running:
        yield running
