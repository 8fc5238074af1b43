"""The paper's recipes say what the paper says."""

from typing import Any

import pytest
import torch
import yaml

from igan.models import dcgan
from igan.training.config_files import config_chain

# Photos in all, and epochs: half of them at the full rate, half with a rate that falls to zero.
PAPER = {
    "paper_shoes64": (50_000, 50),
    "paper_church64": (126_000, 50),
    "paper_outdoor64": (150_000, 30),
    "paper_handbags64": (138_000, 50),
    "paper_shirts64": (137_000, 50),
    "paper_shoes128": (50_000, 50),
    "paper_sketch_shoes64": (50_000, 50),
}


def resolved(name: str) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for file in config_chain("gan", name):
        settings = merged(settings, yaml.safe_load(file.read_text()))
    return settings


def merged(below: Any, above: Any) -> Any:
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return below | {key: merged(below.get(key), value) for key, value in above.items()}


@pytest.mark.parametrize(("name", "photos", "epochs"), [(n, *facts) for n, facts in PAPER.items()])
def test_every_second_batch_of_the_papers_epochs_is_shown_to_d(
    name: str, photos: int, epochs: int
) -> None:
    model = resolved(name)["model"]
    assert model["total_images"] == photos * epochs / 2
    assert model["decay_from_image"] == model["total_images"] / 2


@pytest.mark.parametrize("name", PAPER)
def test_all_share_the_papers_optimizer_and_networks(name: str) -> None:
    settings = resolved(name)
    model = settings["model"]
    assert settings["data"]["batch_size"] == 128
    assert (model["learning_rate"], model["beta1"], model["beta2"]) == (2e-4, 0.5, 0.999)
    assert model["weight_decay"] == 1e-5
    assert not {"augmentation", "r1_weight", "shared_fakes", "feature_discriminator"} & set(model)
    with torch.device("meta"):
        generator = dcgan.Generator(**model["generator"]["init_args"])
        discriminator = dcgan.Discriminator(**model["discriminator"]["init_args"])
    assert generator.image_size == (128 if name.endswith("128") else 64)
    assert generator.channels == (1 if "sketch" in name else 3)
    assert generator.grid[0].out_features == 4 * 4 * 1024
    assert (generator.latent_dim, discriminator.encoder.out_features) == (100, 4 * 4 * 1024)
