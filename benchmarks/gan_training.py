"""How many photos a second does GAN training take, against a plain loop of the same networks?

The rival is a float32 loop in the style of PyTorch's DCGAN example: contiguous tensors, Adam as it
comes, every weight with gradients at all times, losses read after each step. Ours is `GANModule`
under Lightning with its averaged weights, and the variants that a configuration can choose. Neither
has what the other lacks otherwise: no augmentation, no penalty, no second discriminator. The plain
loop takes its step after each of ours, so that both meet the machine in the same state.

    python benchmarks/gan_training.py [--family dcgan] [--batch 16] [--threads 1]
"""

import argparse
import logging
import platform
import shutil
import statistics
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor, nn
from torch.utils.data import DataLoader

from igan.training.gan_module import GANModule
from igan.training.provenance import source_commit

LATENT_DIM = 100
WARM_UP = 2


class PlainLoop:
    """One step of the example's loop after another."""

    def __init__(self, generator: nn.Module, discriminator: nn.Module) -> None:
        self.generator, self.discriminator = generator, discriminator
        self.optimizer_g = torch.optim.Adam(generator.parameters(), 2e-4, (0.5, 0.999))
        self.optimizer_d = torch.optim.Adam(discriminator.parameters(), 2e-4, (0.5, 0.999))
        self.criterion = nn.BCEWithLogitsLoss()

    def step(self, pixels: Tensor) -> tuple[float, float]:
        real = pixels.permute(0, 3, 1, 2).float() / 127.5 - 1
        ones, zeros = torch.ones(len(real)), torch.zeros(len(real))
        self.discriminator.zero_grad()
        error_real = self.criterion(self.discriminator(real), ones)
        error_real.backward()
        fake = self.generator(torch.rand(len(real), LATENT_DIM) * 2 - 1)
        error_fake = self.criterion(self.discriminator(fake.detach()), zeros)
        error_fake.backward()
        self.optimizer_d.step()
        self.generator.zero_grad()
        error_g = self.criterion(self.discriminator(fake), ones)
        error_g.backward()
        self.optimizer_g.step()
        return (error_real + error_fake).item(), error_g.item()


class InTurn(Callback):
    """Times our batches, and a step of the rival after each."""

    def __init__(self, rival: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.rival = rival
        self.ours_s: list[float] = []
        self.rivals_s: list[float] = []
        self._started_s = 0.0

    def on_train_batch_start(self, trainer: Trainer, module: LightningModule, *_: Any) -> None:
        torch.set_flush_denormal(True)  # as `igan train` does
        self._started_s = time.perf_counter()

    def on_train_batch_end(
        self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Tensor, *_: Any
    ) -> None:
        between_s = time.perf_counter()
        self.ours_s.append(between_s - self._started_s)
        torch.set_flush_denormal(False)
        self.rival(batch)
        self.rivals_s.append(time.perf_counter() - between_s)


def fresh_networks(family: str, width: int, discriminator_width: int) -> tuple[Any, Any]:
    torch.manual_seed(0)
    models = import_module(f"igan.models.{family}")
    generator = models.Generator(64, 3, LATENT_DIM, width)
    if family == "dcgan":
        return generator, models.Discriminator(64, 3, discriminator_width, batch_norm=False)
    return generator, models.Discriminator(64, 3, discriminator_width)


def measure(arguments: argparse.Namespace, **variant: Any) -> InTurn:
    """Times of our steps in one variant and of the plain loop, in turn."""
    precision = variant.pop("precision", "32-true")
    sizes = (arguments.family, arguments.width, arguments.discriminator_width)
    turns = InTurn(PlainLoop(*fresh_networks(*sizes)).step)
    batch = torch.randint(0, 256, (arguments.batch, 64, 64, 3), dtype=torch.uint8)
    batches = DataLoader([batch] * (arguments.steps + WARM_UP), batch_size=None)
    module = GANModule(*fresh_networks(*sizes), shared_fakes=True, **variant)
    Trainer(
        accelerator="cpu",
        precision=precision,
        max_epochs=1,
        logger=False,
        callbacks=[turns],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
    ).fit(module, batches)
    return turns


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--family", choices=["dcgan", "modulated"], default="dcgan")
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--discriminator-width", type=int, default=32)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--without-compile", action="store_true", help="it takes minutes")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")
    print(
        f"{platform.processor() or platform.machine()}, {arguments.threads} threads, "
        f"torch {torch.__version__}, commit {source_commit()}; {arguments.family}, "
        f"{arguments.width}-wide, D {arguments.discriminator_width}-wide, 64 pixels, "
        f"batch {arguments.batch}"
    )
    variants: dict[str, dict[str, Any]] = {
        "as it is": {},
        "channels last": {"channels_last": True},
        "bfloat16": {"channels_last": True, "precision": "bf16-mixed"},
    }
    if not arguments.without_compile and shutil.which("g++") is not None:
        variants["compiled"] = {"channels_last": True, "compiled": True}
    print(f"{'':>15}{'images/s':>10}{'plain loop':>12}{'times':>8}{'fastest/fastest':>17}")
    for name, variant in variants.items():
        turns = measure(arguments, **variant)
        ours_s, plain_s = turns.ours_s[WARM_UP:], turns.rivals_s[WARM_UP:]
        ours, plain = statistics.median(ours_s), statistics.median(plain_s)
        print(
            f"{name:>15}{arguments.batch / ours:>10.1f}{arguments.batch / plain:>12.1f}"
            f"{plain / ours:>8.2f}{min(plain_s) / min(ours_s):>17.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
