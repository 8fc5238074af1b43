import numpy as np
import pytest

from igan.evaluation.generated_paths import generated_paths
from serve.bundle import load_bundle
from serve.latent import Limits, project
from tests.bundles import tiny_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return load_bundle(tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny"))


def test_paths_join_the_projections_of_their_pictures(bundle):
    size = bundle.manifest.image.size
    pictures = np.random.default_rng(0).integers(0, 256, (2, 2, size, size, 3), dtype=np.uint8)
    steps = []
    paths = generated_paths(bundle, pictures, 3, on_progress=steps.append)
    assert len(paths) == 2
    assert steps
    flat = pictures.reshape(4, size, size, 3)
    reconstructions = project(bundle, flat, "hybrid", limits=Limits()).reconstructions
    for index, path in enumerate(paths):
        assert path.shape == (4, size, size, 3)
        ends = reconstructions[2 * index : 2 * index + 2].astype(int)
        assert np.abs(path[[0, -1]] - ends).max() <= 1
