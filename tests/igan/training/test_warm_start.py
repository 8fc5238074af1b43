from pathlib import Path

import pytest
import torch

from igan.errors import ConfigError, RunError
from igan.models.dcgan import Discriminator, Generator
from igan.models.projector import Projector
from igan.run_folder import NetworkSpec, RunFolder, TrainedNetworks
from igan.training.gan_module import GANModule
from igan.training.projector_module import ProjectorModule
from igan.training.train import train
from igan.training.warm_start import warm_start
from tests.bundles import TinyFeatures
from tests.igan.training.runs import generator_weights, tiny_config


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("earlier")
    train("gan", folder / "run", tiny_config(folder, total_images=16), False, [])
    return folder / "run"


def module(width: int = 4, latent_dim: int = 5, batch_norm: bool = False) -> GANModule:
    return GANModule(
        Generator(16, latent_dim=latent_dim, width=width),
        Discriminator(16, width=4, batch_norm=batch_norm),
    )


def test_networks_of_the_same_role_are_taken_over(earlier: Path) -> None:
    started = module()
    assert warm_start(started, earlier) == ["generator", "discriminator"]
    expected = generator_weights(earlier)
    torch.testing.assert_close(started.generator.state_dict(), expected)
    torch.testing.assert_close(started.averaged_generator.module.state_dict(), expected)
    judge = RunFolder(earlier).load_networks().networks["discriminator"]
    torch.testing.assert_close(started.discriminator.state_dict(), judge.state_dict())


def test_a_run_starts_from_another_and_counts_from_zero(earlier: Path, tmp_path: Path) -> None:
    config = tiny_config(tmp_path, total_images=8, learning_rate=1e-9)
    train("gan", tmp_path / "run", config, False, [], init_from=earlier)
    started = generator_weights(tmp_path / "run")
    for name, weight in generator_weights(earlier).items():
        if name.endswith("weight"):
            torch.testing.assert_close(started[name], weight, rtol=0, atol=1e-6)
    assert (
        "started from the generator and discriminator of" in (tmp_path / "run/log.txt").read_text()
    )


def test_networks_that_stand_still_stay(earlier: Path, tmp_path: Path) -> None:
    sizes = {"image_size": 16, "latent_dim": 5, "width": 4}
    other = {"generator": Generator(**sizes), "projector": Projector(**sizes)}
    run = RunFolder(tmp_path)
    specs = {
        "generator": NetworkSpec("igan.models.dcgan.Generator", sizes),
        "projector": NetworkSpec("igan.models.projector.Projector", sizes),
    }
    run.save_networks(TrainedNetworks(other, specs, {"latent": {}, "training": {}}))
    started = ProjectorModule(str(earlier), Projector(**sizes), TinyFeatures(3), 0.1)
    assert warm_start(started, tmp_path) == ["projector"]
    torch.testing.assert_close(started.projector.state_dict(), other["projector"].state_dict())
    torch.testing.assert_close(started.generator.state_dict(), generator_weights(earlier))


def test_networks_of_grey_pictures_start_from_those_of_colour(earlier: Path) -> None:
    grey = GANModule(
        Generator(16, channels=1, latent_dim=5, width=4),
        Discriminator(16, channels=1, width=4, batch_norm=False),
    ).eval()
    warm_start(grey, earlier)
    colour = module().eval()
    warm_start(colour, earlier)
    latents = torch.rand(3, 5) * 2 - 1
    with torch.no_grad():
        drawn, shown = colour.generator(latents).double(), grey.generator(latents).double()
        torch.testing.assert_close(
            shown.atanh(), drawn.atanh().mean(1, keepdim=True), rtol=0, atol=1e-5
        )
        torch.testing.assert_close(
            grey.discriminator(shown.float()),
            colour.discriminator(shown.float().expand(-1, 3, -1, -1)),
        )


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (
            {"width": 8},
            r"generator of .* does not fit .*: grid\.0\.weight is 128x5 there and 256x5",
        ),
        ({"latent_dim": 6}, r"grid\.0\.weight is 128x5 there and 128x6 here"),
        (
            {"batch_norm": True},
            r"discriminator of .* is not there; give the discriminator the class",
        ),
    ],
)
def test_another_shape_is_refused_by_name(earlier: Path, other: dict, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        warm_start(module(**other), earlier)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not a run folder"):
        warm_start(module(), tmp_path / "nowhere")


def test_a_run_of_other_networks_is_refused(earlier: Path) -> None:
    with pytest.raises(ConfigError, match="holds generator, discriminator, none of which"):
        warm_start(torch.nn.Linear(1, 1), earlier)
