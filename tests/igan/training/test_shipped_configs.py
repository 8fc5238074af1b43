"""What ships beside the recipes: a run to debug with, and sweeps."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from igan.data.combined import SplitReader, open_alike
from igan.data.sampling import epoch_order
from igan.errors import StoreError
from igan.evaluation.generated_pictures import pictures_of_run
from igan.models.dcgan import Generator
from igan.run_folder import NetworkSpec, RunFolder, TrainedNetworks
from igan.training.config_files import configs_folder
from igan.training.train import train
from tests.stores import tiny_store

SWEEPS = sorted(configs_folder().glob("sweeps/*.yaml"))


@pytest.mark.slow
def test_one_batch_is_learnt_by_heart(tmp_path: Path) -> None:
    """Samples end near the photos of the batch and away from the others of the store."""
    store = tiny_store(tmp_path / "tiny.lmdb", count=200)
    options = [
        f"--data.stores={store}",
        "--data.batch_size=4",
        "--model.total_images=5000",
        *(f"--model.{role}.init_args.image_size=16" for role in ("generator", "discriminator")),
    ]
    train("gan", tmp_path / "run", "one-batch64", False, options)
    reader = SplitReader(open_alike([str(store)]), "train")
    shown = epoch_order(len(reader), 0, 0)[:4]
    others = np.setdiff1d(np.arange(len(reader)), shown)
    samples = pictures_of_run(tmp_path / "run", 64).astype(float)
    to_shown, to_others = (
        np.sqrt(((samples[:, None] - reader.read(some).astype(float)) ** 2).mean((2, 3, 4))).min(1)
        for some in (shown, np.random.default_rng(0).choice(others, 4, replace=False))
    )
    assert np.median(to_shown) < 0.5 * np.median(to_others)


@pytest.mark.parametrize("sweep", SWEEPS, ids=lambda path: path.stem)
def test_sweeps_name_real_keys(sweep: Path, tmp_path: Path) -> None:
    """Its command parses with a value of each parameter; a store of another size ends it there."""
    content = yaml.safe_load(sweep.read_text())
    igan, command, kind, *rest = content["command"]
    assert (igan, command) == ("igan", "train")
    assert rest[-1] == "${args}"
    chosen = dict(zip(rest[:-1:2], rest[1:-1:2], strict=True))
    assert chosen.keys() == {"--config", "--run", "--tracking"}
    store = tiny_store(tmp_path / "tiny.lmdb")
    options = [f"--{name}={_one_value(given)}" for name, given in content["parameters"].items()]
    if kind == "projector":
        options.append(f"--model.generator_run={_untrained_run(tmp_path / 'gan')}")
    with pytest.raises(StoreError, match="16x16x3"):
        train(
            kind, tmp_path / "run", chosen["--config"], False, [*options, f"--data.stores={store}"]
        )


def _untrained_run(path: Path) -> Path:
    arguments = {"image_size": 64, "latent_dim": 100, "width": 2}
    path.mkdir()
    RunFolder(path).save_networks(
        TrainedNetworks(
            {"generator": Generator(**arguments)},
            {"generator": NetworkSpec("igan.models.dcgan.Generator", arguments)},
            {"latent": {"dim": 100, "prior": "uniform", "bounds": [-1, 1]}, "training": {}},
        )
    )
    return path


def _one_value(given: dict) -> object:
    return given["value"] if "value" in given else given.get("values", [given.get("min")])[0]
