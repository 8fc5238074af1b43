"""What does training through Lightning cost, against a bare loop of the same steps?

Both train the same networks on the same photos in the same order: the GAN's step, averaged weights
and the losses as numbers every 20 steps. They take turns, a block of steps each, so that a drift of
the machine hits both; medians over the blocks. The fit's start and end are not counted, its loop,
hooks, progress bar and CSV file are.

    python benchmarks/lightning_overhead.py [--threads 1] [--steps 40] [--blocks 7]
"""

import argparse
import platform
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.loggers import CSVLogger

from igan.data.datamodule import PhotoDataModule
from igan.data.store import StoreWriter
from igan.data.store_format import IndexEntry
from igan.models.dcgan import Discriminator, Generator
from igan.training.averaging import averaged_copy
from igan.training.callbacks import GradientNorms, HealthWatch, ImagesProgressBar
from igan.training.gan_module import GANModule
from igan.training.losses import discriminator_loss, generator_loss
from igan.training.provenance import source_commit
from igan.training.train import quieten_libraries
from serve.bundle.prior import sample_prior
from serve.photo.pixels import pixels_to_tensor

LATENT_DIM = 100
LOGGED_EVERY = 20
WARM_UP_STEPS = 3


def noise_store(folder: Path, count: int = 256, size: int = 64) -> Path:
    draw = np.random.default_rng(0)
    folder.mkdir()
    with StoreWriter(folder, size=size, channels=3) as writer:
        for number in range(count):
            picture = draw.integers(0, 256, (size, size, 3), dtype=np.uint8)
            writer.add(picture, IndexEntry(f"{number}.png", draw.bytes(32), "train"))
    return folder


def networks(width: int) -> tuple[Generator, Discriminator]:
    torch.manual_seed(0)
    return (
        Generator(64, latent_dim=LATENT_DIM, width=width),
        Discriminator(64, width=width // 2, batch_norm=False),
    )


class Stamps(Callback):
    """When each batch ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ends_s: list[float] = []

    def on_train_batch_end(self, *unused: object) -> None:
        self.ends_s.append(time.perf_counter())


def lightning_seconds(store: Path, folder: Path, width: int, batch: int, steps: int) -> float:
    module = GANModule(
        *networks(width), total_images=batch * steps, shared_fakes=True, weight_decay=0.0
    )
    stamps = Stamps()
    trainer = Trainer(
        accelerator="cpu",
        max_epochs=-1,
        logger=CSVLogger(folder, flush_logs_every_n_steps=1),
        log_every_n_steps=LOGGED_EVERY,
        enable_checkpointing=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
        callbacks=[GradientNorms(), ImagesProgressBar("benchmark"), HealthWatch(), stamps],
    )
    trainer.fit(module, datamodule=PhotoDataModule(str(store), batch))
    return (stamps.ends_s[-1] - stamps.ends_s[WARM_UP_STEPS - 1]) / (steps - WARM_UP_STEPS)


def bare_seconds(store: Path, width: int, batch: int, steps: int) -> float:
    generator, discriminator = networks(width)
    averaged = averaged_copy(generator, 0.998)
    optimizers = [
        torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999))
        for network in (generator, discriminator)
    ]
    data = PhotoDataModule(str(store), batch)
    batches: Iterator[torch.Tensor] = iter(data.train_dataloader())
    ends_s = []
    for step in range(steps):
        reals = pixels_to_tensor(next(batches))
        fakes = generator(sample_prior("uniform", batch, LATENT_DIM))
        discriminator.requires_grad_(True)
        loss_d = discriminator_loss(discriminator(reals), discriminator(fakes.detach()))
        optimizers[1].zero_grad()
        loss_d.backward()
        optimizers[1].step()
        discriminator.requires_grad_(False)
        loss_g = generator_loss(discriminator(fakes))
        optimizers[0].zero_grad()
        loss_g.backward()
        optimizers[0].step()
        averaged.update_parameters(generator)
        if (step + 1) % LOGGED_EVERY == 0:
            _ = loss_d.item(), loss_g.item()
        ends_s.append(time.perf_counter())
    return (ends_s[-1] - ends_s[WARM_UP_STEPS - 1]) / (steps - WARM_UP_STEPS)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--blocks", type=int, default=7)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--batch", type=int, default=16)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)
    quieten_libraries()
    print(
        f"{platform.processor() or platform.machine()}, {arguments.threads} threads, "
        f"torch {torch.__version__}, commit {source_commit()}"
    )
    size = (arguments.width, arguments.batch, arguments.steps)
    rounds: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        store = noise_store(Path(folder) / "noise.lmdb")
        for number in range(arguments.blocks):
            log = Path(folder) / str(number)
            if number % 2:
                bare = bare_seconds(store, *size)
                rounds.append((lightning_seconds(store, log, *size), bare))
            else:
                lightning = lightning_seconds(store, log, *size)
                rounds.append((lightning, bare_seconds(store, *size)))
    lightning, bare = (statistics.median(times) for times in zip(*rounds, strict=True))
    ratios = sorted(one / other for one, other in rounds)
    print(f"{arguments.width}-wide, batch {arguments.batch}; ms a step, median of the blocks")
    print(f"  bare loop  {1e3 * bare:8.1f}   {arguments.batch / bare:6.1f} images/s")
    print(f"  Lightning  {1e3 * lightning:8.1f}   {arguments.batch / lightning:6.1f} images/s")
    cost, least, most = (
        100 * (ratio - 1) for ratio in (statistics.median(ratios), ratios[0], ratios[-1])
    )
    print(f"  Lightning's cost: {cost:+.1f} % ({least:+.1f} to {most:+.1f} over the blocks)")


if __name__ == "__main__":
    main()
