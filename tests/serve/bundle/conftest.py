import shutil
from pathlib import Path

import pytest

from serve.bundle import Bundle, load_bundle
from tests.bundles import tiny_bundle


@pytest.fixture(scope="session")
def whole(tmp_path_factory) -> Path:
    """The folder of an intact bundle, not to be touched."""
    return tiny_bundle(tmp_path_factory.mktemp("bundles") / "tiny", image_size=16, latent_dim=8)


@pytest.fixture
def copied(whole: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return shutil.copytree(whole, tmp_path / "copy")


@pytest.fixture(scope="session")
def bundle(whole: Path) -> Bundle:
    return load_bundle(whole)
