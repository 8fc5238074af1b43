"""Noise on the generator's weights must show in every figure of realism and of reconstruction."""

import copy
import json
from pathlib import Path

import pytest

from igan.cli.evaluate.realism import evaluate_realism
from igan.cli.evaluate.reconstruction import evaluate_reconstruction
from igan.evaluation.suite.figure import Figure
from igan.evaluation.suite.readers import read_realism, read_reconstruction
from tests.igan.evaluation.suite.trained import add_noise, export, photo_store, trained_networks

NOISE = 0.5

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted")
    generator, projector = trained_networks()
    export(folder, "sound", generator, projector)
    broken = copy.deepcopy(generator)
    add_noise(broken, NOISE)
    export(folder, "broken", broken, projector)
    photo_store(folder)
    return folder


def assert_worse(sound: list[Figure], broken: list[Figure]) -> None:
    judged = [pair for pair in zip(sound, broken, strict=True) if pair[0].better is not None]
    for one, other in judged:
        assert one.name == other.name
        assert one.value is not None
        assert other.value is not None
        assert (other.value > one.value) == (one.better == "lower"), (one, other)


def test_every_figure_of_realism_is_worse(folder: Path) -> None:
    found = {}
    for name in ("sound", "broken"):
        evaluate_realism([folder / name], folder / "photos.lmdb", folder / f"{name}-r", 200)
        document = json.loads((folder / f"{name}-r" / "realism.json").read_text())
        found[name] = read_realism(document)
    assert sum(figure.better is not None for figure in found["sound"]) == 8
    assert_worse(found["sound"], found["broken"])


def test_every_figure_of_reconstruction_is_worse(folder: Path) -> None:
    found = {}
    for name in ("sound", "broken"):
        out = folder / f"{name}-p"
        evaluate_reconstruction(folder / name, folder / "photos.lmdb", out, 8, iterations=30)
        document = json.loads((out / "reconstruction.json").read_text())
        found[name] = read_reconstruction(document)
    assert sum(figure.better is not None for figure in found["sound"]) == 12
    assert_worse(found["sound"], found["broken"])
