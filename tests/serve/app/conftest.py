from collections.abc import Iterator
from pathlib import Path

import pytest

from serve.app.models import Models
from serve.app.service import EditingService
from tests.serve.app.talking import Talker, started, tiny_models


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    return tiny_models(_folder(tmp_path_factory))


@pytest.fixture(scope="session")
def sketch_models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    return tiny_models(_folder(tmp_path_factory), channels=1)


@pytest.fixture
def service(models: Models) -> Iterator[EditingService]:
    service = started(models)
    yield service
    service.close()


@pytest.fixture
def talker(service: EditingService) -> Talker:
    return Talker(service)


def _folder(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("models")
