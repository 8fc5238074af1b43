"""A training that takes a second, for the tests of everything around it."""

import copy
import csv
from pathlib import Path
from typing import Any

import torch
import yaml

from igan.run_folder import RunFolder
from tests.stores import tiny_store

TINY_GAN: dict[str, Any] = {
    "seed_everything": 3,
    "trainer": {"accelerator": "cpu", "log_every_n_steps": 1},
    "model": {
        "total_images": 48,
        "shared_fakes": True,
        "generator": {
            "class_path": "igan.models.dcgan.Generator",
            "init_args": {"image_size": 16, "latent_dim": 5, "width": 4},
        },
        "discriminator": {
            "class_path": "igan.models.dcgan.Discriminator",
            "init_args": {"image_size": 16, "width": 4, "batch_norm": False},
        },
    },
    "data": {"batch_size": 8},
}


def tiny_config(folder: Path, **model: Any) -> str:
    """Write a configuration and its store into `folder`; `model` replaces keys of the model."""
    config = copy.deepcopy(TINY_GAN)
    config["model"].update(model)
    store = folder / "tiny.lmdb"
    if not store.exists():
        tiny_store(store)
    config["data"]["stores"] = [str(store)]
    path = folder / "gan.yaml"
    path.write_text(yaml.safe_dump(config))
    return str(path)


def with_callback(class_path: str, **arguments: Any) -> str:
    """The option that adds one callback to a run."""
    return "--trainer.callbacks=" + yaml.safe_dump(
        [{"class_path": class_path, "init_args": arguments}], default_flow_style=True
    ).replace("\n", " ")


def generator_weights(run: Path) -> dict[str, torch.Tensor]:
    return RunFolder(run).load_networks().networks["generator"].state_dict()


def metric(run: Path, name: str) -> dict[int, float]:
    """A curve by images seen, over all starts of a run."""
    points = {}
    for file in sorted(run.glob("metrics/version_*/metrics.csv")):
        with file.open() as stream:
            for row in csv.DictReader(stream):
                if row.get(name):
                    points[int(row["step"])] = float(row[name])
    return points
