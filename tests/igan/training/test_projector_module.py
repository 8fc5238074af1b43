"""The stages of a projector's training, step by step and as a whole run."""

import csv
import json
from pathlib import Path

import pytest
import torch
import yaml
from torch import nn

from igan.models.dcgan import Generator
from igan.models.projector import Projector
from igan.run_folder import NetworkSpec, RunFolder, TrainedNetworks
from igan.training.augmentation import DifferentiableAugmentation
from igan.training.projector_module import ProjectorModule
from igan.training.train import train
from serve.latent.loss import ProjectionLoss, mean_squared_error
from tests.bundles import TinyFeatures, liven_up
from tests.stores import tiny_store

SIZE, LATENT_DIM = 16, 5
GENERATOR = {"image_size": SIZE, "channels": 3, "latent_dim": LATENT_DIM, "width": 4}


@pytest.fixture(scope="module")
def gan_run(tmp_path_factory: pytest.TempPathFactory) -> str:
    torch.manual_seed(0)
    generator = Generator(**GENERATOR)
    liven_up(generator)
    run = RunFolder(tmp_path_factory.mktemp("runs") / "gan")
    run.path.mkdir()
    latent = {"dim": LATENT_DIM, "prior": "uniform", "bounds": (-1.0, 1.0)}
    run.save_networks(
        TrainedNetworks(
            {"generator": generator},
            {"generator": NetworkSpec("igan.models.dcgan.Generator", GENERATOR)},
            {"latent": latent, "training": {}},
        )
    )
    return str(run.path)


def module(gan_run: str, **arguments: object) -> ProjectorModule:
    torch.manual_seed(1)
    projector = Projector(SIZE, 3, LATENT_DIM, width=4)
    return ProjectorModule(gan_run, projector, TinyFeatures(3), 0.1, **arguments)


def photos() -> torch.Tensor:
    return torch.rand(6, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(3)) * 2 - 1


def test_photos_are_compared_by_the_projection_loss(gan_run: str) -> None:
    trained = module(gan_run)
    loss, metrics = trained.photo_loss(photos(), exact=True)
    images = trained.generator(trained.projector(photos()))
    expected = ProjectionLoss(trained.features, 0.1)(images, photos()).total.mean()
    torch.testing.assert_close(loss, expected)
    assert set(metrics) == {
        f"train/{part}" for part in ("loss", "pixel", "feature", "feature_share")
    }


def test_pixels_alone_are_compared_before(gan_run: str) -> None:
    trained = module(gan_run)
    loss, metrics = trained.photo_loss(photos(), exact=False)
    images = trained.generator(trained.projector(photos()))
    torch.testing.assert_close(loss, mean_squared_error(images, photos()).mean())
    assert set(metrics) == {"train/pixel"}


def test_the_latents_of_generated_images_are_told_beside(gan_run: str) -> None:
    plain, _ = module(gan_run).photo_loss(photos(), exact=True)
    trained = module(gan_run, latent_weight=0.25)
    torch.manual_seed(9)
    loss, metrics = trained.photo_loss(photos(), exact=True)
    torch.testing.assert_close(loss, plain + 0.25 * metrics["train/latent_error"])
    torch.manual_seed(9)
    latents = torch.rand(3, LATENT_DIM) * 2 - 1
    expected = mean_squared_error(trained.projector(trained.generator(latents)), latents).mean()
    torch.testing.assert_close(metrics["train/latent_error"], expected)


class Blackening(nn.Module):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.full_like(images, -1.0)


def test_perturbation_is_of_what_is_seen_and_augmentation_of_photo_and_answer_alike(
    gan_run: str,
) -> None:
    trained = module(gan_run, perturbation=Blackening(), photo_augmentation=Blackening())
    black = torch.full((6, 3, SIZE, SIZE), -1.0)
    torch.manual_seed(4)
    found = trained.latent_regression(6)
    torch.manual_seed(4)
    latents = torch.rand(6, LATENT_DIM) * 2 - 1
    torch.testing.assert_close(found, mean_squared_error(trained.projector(black), latents).mean())
    loss, _ = trained.photo_loss(photos(), exact=True)
    images = trained.generator(trained.projector(black))
    expected = ProjectionLoss(trained.features, 0.1)(images, black).total.mean()
    torch.testing.assert_close(loss, expected)


def test_gradients_reach_the_projector_alone(gan_run: str) -> None:
    augmentation = DifferentiableAugmentation(0.1, 0, 0, 0)
    trained = module(gan_run, latent_weight=1.0, photo_augmentation=augmentation)
    loss, _ = trained.photo_loss(photos(), exact=True)
    loss.backward()
    assert all(weight.grad is not None for weight in trained.projector.parameters())
    assert all(weight.grad is None for weight in trained.generator.parameters())
    assert all(weight.grad is None for weight in trained.averaged_projector.parameters())


@pytest.fixture(scope="module")
def config(gan_run: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two steps of each stage: warm-up, pixels alone, the projection loss."""
    folder = tmp_path_factory.mktemp("projector")
    content = {
        "trainer": {"accelerator": "cpu", "log_every_n_steps": 1},
        "model": {
            "generator_run": gan_run,
            "total_images": 48,
            "warmup_images": 16,
            "exact_images": 16,
            "latent_weight": 0.1,
            "panel_iterations": 2,
            "perturbation": {"class_path": "igan.training.perturbation.ImagePerturbation"},
            "photo_augmentation": {
                "class_path": "igan.training.augmentation.DifferentiableAugmentation"
            },
            "projector": {
                "class_path": "igan.models.projector.Projector",
                "init_args": {"image_size": SIZE, "latent_dim": LATENT_DIM, "width": 4},
            },
            "features": {"class_path": "tests.bundles.TinyFeatures", "init_args": {"channels": 3}},
        },
        "data": {"batch_size": 8, "stores": [str(tiny_store(folder / "tiny.lmdb"))]},
    }
    (folder / "projector.yaml").write_text(yaml.safe_dump(content))
    return str(folder / "projector.yaml")


@pytest.fixture(scope="module")
def finished(config: str, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    run = RunFolder(tmp_path_factory.mktemp("runs") / "projector")
    train("projector", run.path, config, False, [])
    return run


def curves(run: RunFolder, name: str) -> list[int]:
    """At which images seen a curve has a point."""
    points = []
    for file in sorted(run.path.glob("metrics/version_*/metrics.csv")):
        with file.open() as stream:
            points += [int(row["step"]) for row in csv.DictReader(stream) if row.get(name)]
    return points


def test_a_run_goes_through_its_stages(finished: RunFolder) -> None:
    assert curves(finished, "train/latent_error") == [8, 16, 24, 32, 40, 48]
    assert curves(finished, "train/pixel") == [24, 32, 40, 48]
    assert curves(finished, "train/loss") == [40, 48]


def test_the_length_of_held_out_latents_is_watched(finished: RunFolder) -> None:
    assert curves(finished, "heldout/latent_length") == curves(finished, "heldout/loss") != []


def test_panels_and_their_losses_are_kept(finished: RunFolder) -> None:
    panels = sorted(path.name for path in (finished.path / "panels").iterdir())
    assert panels[-1] == "000000048.png"
    for method in ("network", "hybrid", "optimisation"):
        assert curves(finished, f"panels/{method}")[-1] == 48


@pytest.mark.parametrize("images_seen", [8, 24, 32])
def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(
    images_seen: int, finished: RunFolder, config: str, tmp_path: Path
) -> None:
    interrupt = {
        "class_path": "tests.igan.training.interrupting.InterruptAt",
        "init_args": {"images_seen": images_seen},
    }
    run = RunFolder(tmp_path / "projector")
    callbacks = f"--trainer.callbacks=[{json.dumps(interrupt)}]"
    with pytest.raises(KeyboardInterrupt, match="is saved and can be resumed"):
        train("projector", run.path, config, False, [callbacks])
    assert run.load_networks().record["training"]["projector"]["images_seen"] == images_seen + 8
    train("projector", run.path, None, True, ["--trainer.callbacks=null"])
    found, expected = (
        folder.load_networks().networks["projector"].state_dict() for folder in (run, finished)
    )
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
