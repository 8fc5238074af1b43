from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
import yaml
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from igan.models.feature_discriminator import FeatureDiscriminator
from igan.models.modulated import Discriminator, Generator
from igan.run_folder import RunFolder
from igan.training.gan_module import GANModule
from igan.training.train import train
from serve.bundle.prior import sample_prior
from serve.photo.pixels import pixels_to_tensor
from tests.stores import tiny_store

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*isinstance.treespec, LeafSpec"),
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:.*in eval mode at the start of training"),
]
BATCHES = [
    torch.randint(0, 256, (6, 16, 16, 3), generator=torch.Generator().manual_seed(k)).byte()
    for k in range(4)
]
RUN = {
    "seed_everything": 3,
    "trainer": {"accelerator": "cpu", "log_every_n_steps": 1},
    "model": {
        "total_images": 48,
        "r1_weight": 1.0,
        "r1_every": 2,
        "shared_fakes": True,
        "channels_last": True,
        "generator": {
            "class_path": "igan.models.modulated.Generator",
            "init_args": {"image_size": 16, "latent_dim": 5, "width": 4},
        },
        "discriminator": {
            "class_path": "igan.models.modulated.Discriminator",
            "init_args": {"image_size": 16, "width": 4},
        },
        "feature_discriminator": {
            "class_path": "igan.models.feature_discriminator.FeatureDiscriminator",
            "init_args": {"seen_size_px": 31, "width": 4},
        },
        "augmentation": {
            "class_path": "igan.training.adaptive_augmentation.AdaptiveAugmentation",
            "init_args": {
                "augmentation": {
                    "class_path": "igan.training.augmentation.DifferentiableAugmentation"
                },
                "target": -1.0,
                "images_to_full": 100,
            },
        },
    },
    "data": {"batch_size": 8},
}


class SeedFirstBatch(Callback):
    """Nothing that is set up before training moves the draws of its steps."""

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Tensor, batch_idx: int
    ) -> None:
        if batch_idx == 0:
            torch.manual_seed(1)


def networks(seed: int = 0) -> tuple[Generator, Discriminator]:
    torch.manual_seed(seed)
    return Generator(16, latent_dim=5, width=4), Discriminator(16, width=4)


def fit(module: GANModule, batches: Sequence[Tensor]) -> GANModule:
    Trainer(
        accelerator="cpu",
        max_epochs=1,
        logger=False,
        callbacks=[SeedFirstBatch()],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
    ).fit(module, DataLoader(batches, batch_size=None))
    return module


def plain_loop(
    generator: nn.Module, discriminator: nn.Module, batches: Sequence[Tensor], shared: bool
) -> None:
    """The same training, written out."""
    torch.manual_seed(1)
    optimizer_g, optimizer_d = (
        torch.optim.Adam(network.parameters(), 2e-4, (0.5, 0.999), weight_decay=1e-5)
        for network in (generator, discriminator)
    )
    for pixels in batches:
        reals = pixels_to_tensor(pixels)
        fakes = generator(sample_prior("uniform", len(reals), 5))
        optimizer_d.zero_grad()
        real_loss = functional.softplus(-discriminator(reals)).mean()
        (real_loss + functional.softplus(discriminator(fakes.detach())).mean()).backward()
        optimizer_d.step()
        if not shared:
            fakes = generator(sample_prior("uniform", len(reals), 5))
        optimizer_g.zero_grad()
        functional.softplus(-discriminator(fakes)).mean().backward()
        optimizer_g.step()


def assert_same_weights(one: nn.Module, other: nn.Module, atol: float) -> None:
    torch.testing.assert_close(one.state_dict(), other.state_dict(), rtol=0, atol=atol)


@pytest.mark.parametrize("shared", [True, False])
def test_a_run_is_the_textbook_loop(shared: bool) -> None:
    module = fit(GANModule(*networks(), shared_fakes=shared), BATCHES)
    generator, discriminator = networks()
    plain_loop(generator, discriminator, BATCHES, shared)
    assert_same_weights(module.generator, generator, 1e-6)
    assert_same_weights(module.discriminator, discriminator, 1e-6)


def test_the_order_in_memory_changes_no_weight() -> None:
    usual = fit(GANModule(*networks(), r1_weight=1.0, r1_every=2), BATCHES)
    last = fit(GANModule(*networks(), r1_weight=1.0, r1_every=2, channels_last=True), BATCHES)
    weight = last.discriminator.halvings[1].convolution.weight
    assert weight.is_contiguous(memory_format=torch.channels_last)
    assert_same_weights(last.generator, usual.generator, 1e-5)
    assert_same_weights(last.discriminator, usual.discriminator, 1e-5)


def test_g_answers_to_both_discriminators_and_only_heads_learn_of_the_second() -> None:
    def trained(second: FeatureDiscriminator | None, weight: float = 1.0) -> GANModule:
        module = GANModule(
            *networks(), shared_fakes=True, feature_discriminator=second, feature_weight=weight
        )
        return fit(module, BATCHES[:1])

    torch.manual_seed(0)
    judge = FeatureDiscriminator(31, width=4)
    before = {name: weight.clone() for name, weight in judge.named_parameters()}
    alone, both = trained(None), trained(judge)
    moved = {name for name, weight in judge.named_parameters() if not weight.equal(before[name])}
    assert {name.split(".")[0] for name in moved} == {"heads"}
    assert not both.generator.to_image.weight.equal(alone.generator.to_image.weight)
    assert_same_weights(trained(judge, 0.0).generator, alone.generator, 0)
    # D's first step depends on neither judge nor G's step.
    assert_same_weights(both.discriminator, alone.discriminator, 0)


@pytest.mark.slow
def test_a_run_with_everything_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    store = tiny_store(tmp_path / "tiny.lmdb")
    config = tmp_path / "everything.yaml"
    config.write_text(yaml.safe_dump({**RUN, "data": {**RUN["data"], "stores": [str(store)]}}))
    interrupt = {
        "class_path": "tests.igan.training.interrupting.InterruptAt",
        "init_args": {"images_seen": 16},
    }
    whole, parts = RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "parts")
    train("gan", whole.path, str(config), False, [])
    with pytest.raises(KeyboardInterrupt):
        train("gan", parts.path, str(config), False, [f"--trainer.callbacks+={interrupt}"])
    train("gan", parts.path, None, True, ["--trainer.callbacks=null"])
    states = [torch.load(run.checkpoint, weights_only=True)["state_dict"] for run in (whole, parts)]
    torch.testing.assert_close(*states, rtol=0, atol=0)
    assert states[0]["augmentation.strength"] == pytest.approx(0.48)
    assert set(whole.load_networks().networks) == {"generator", "discriminator"}
