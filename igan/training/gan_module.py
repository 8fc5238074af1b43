"""Training a generator against a discriminator (section 3.1 of the paper, after DCGAN)."""

from typing import Any

import torch
from torch import Tensor, nn

from igan.models.feature_discriminator import FeatureDiscriminator
from igan.training.adaptive_augmentation import AdaptiveAugmentation
from igan.training.averaging import averaged_copy
from igan.training.images_seen import ImagesSeenModule
from igan.training.learning_rate import remaining_share, set_learning_rate
from igan.training.losses import discriminator_loss, generator_loss, r1_penalty
from serve.bundle.prior import Prior, sample_prior
from serve.photo.pixels import pixels_to_tensor

FIXED_LATENTS = 64


class GANModule(ImagesSeenModule):
    """Alternates one update of D and one of G on every batch.

    Args:
        generator: latents `(N, latent_dim)` to images in [-1, 1]; has `image_size`, `channels`
            and `latent_dim`.
        discriminator: images to logits `(N,)`.
        total_images: real images to show to D in all.
        decay_from_image: from here the learning rate falls linearly to zero at `total_images`;
            None keeps it constant.
        learning_rate, beta1, beta2, weight_decay: of both Adam optimizers.
        discriminator_learning_rate: of D's alone; None takes `learning_rate`.
        averaging_decay: per step, of the averaged generator that is sampled and exported.
        r1_weight: of the gradient penalty on real images; 0 for none. Needs a D without batch
            normalisation.
        r1_every: steps between penalties; each is weighted by as much (lazy regularisation).
        augmentation: applied to everything that D sees; None for nothing. An
            `AdaptiveAugmentation` is told what D answers.
        shared_fakes: update G on the same generated images as D, which saves a pass through G;
            the paper draws new ones.
        feature_discriminator: a second judge beside D, trained with it, to which G answers too. It
            is not exported.
        feature_weight: of what G is told by the second judge.
        channels_last: keep the channels of a pixel side by side in memory.
        compiled: run G and D through `torch.compile`, which takes a minute at the start and, on a
            CPU, a C++ compiler.
        prior: of the latents, "uniform" on [-1, 1] or "normal".
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        total_images: int = 1_250_000,
        decay_from_image: int | None = None,
        learning_rate: float = 2e-4,
        discriminator_learning_rate: float | None = None,
        beta1: float = 0.5,
        beta2: float = 0.999,
        weight_decay: float = 1e-5,
        averaging_decay: float = 0.998,
        r1_weight: float = 0.0,
        r1_every: int = 16,
        augmentation: nn.Module | None = None,
        shared_fakes: bool = False,
        feature_discriminator: FeatureDiscriminator | None = None,
        feature_weight: float = 1.0,
        channels_last: bool = False,
        compiled: bool = False,
        prior: Prior = "uniform",
    ) -> None:
        super().__init__(total_images)
        self.automatic_optimization = False
        self.generator, self.discriminator = generator, discriminator
        self.feature_discriminator, self.feature_weight = feature_discriminator, feature_weight
        self.augmentation = augmentation or nn.Identity()
        self.averaged_generator = averaged_copy(generator, averaging_decay)
        self.generator_learning_rate, self.discriminator_learning_rate = (
            learning_rate,
            learning_rate if discriminator_learning_rate is None else discriminator_learning_rate,
        )
        self.betas = (beta1, beta2)
        self.weight_decay, self.decay_from_image = weight_decay, decay_from_image
        self.r1_weight, self.r1_every = r1_weight, r1_every
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format
        self.to(memory_format=self.memory_format)
        if compiled:
            generator.compile()
            discriminator.compile()
        self.shared_fakes, self.prior = shared_fakes, prior
        self.step_number = 0
        fixed = sample_prior(
            prior, FIXED_LATENTS, self.latent_dim, torch.Generator().manual_seed(0)
        )
        self.register_buffer("fixed_latents", fixed, persistent=False)

    @property
    def latent_dim(self) -> int:
        return int(self.generator.latent_dim)  # type: ignore[arg-type]

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        """One Adam for G, one for D, in this order."""
        return [
            torch.optim.Adam(
                [
                    weight
                    for network in networks
                    for weight in network.parameters()
                    if weight.requires_grad
                ],
                lr=learning_rate,
                betas=self.betas,
                weight_decay=self.weight_decay,
                fused=True,
            )
            for networks, learning_rate in (
                ([self.generator], self.generator_learning_rate),
                (self._discriminators(), self.discriminator_learning_rate),
            )
        ]

    def training_step(self, batch: Tensor, batch_idx: int) -> None:
        """Show `uint8 (N, H, W, C)` real pixels to D, then let G answer."""
        generator_optimizer, discriminator_optimizer = self.optimizers()  # type: ignore[attr-defined]
        share = remaining_share(self.images_seen, self.decay_from_image, self.total_images)
        set_learning_rate(generator_optimizer, share * self.generator_learning_rate)
        set_learning_rate(discriminator_optimizer, share * self.discriminator_learning_rate)
        reals = pixels_to_tensor(batch).contiguous(memory_format=self.memory_format)

        with torch.set_grad_enabled(self.shared_fakes):
            fakes = self._generate(len(reals))
            embedded_fakes = self._embed(fakes)
        self.toggle_optimizer(discriminator_optimizer)
        real_logits, fake_logits = self._judge(reals), self._judge(fakes.detach())
        loss_d = discriminator_loss(real_logits, fake_logits)
        feature_loss_d = self._feature_discriminator_loss(reals, embedded_fakes)
        r1 = self._r1(reals)
        discriminator_optimizer.zero_grad()
        self.manual_backward(_sum_of_terms(loss_d, feature_loss_d, r1))
        discriminator_optimizer.step()
        self.untoggle_optimizer(discriminator_optimizer)

        self.toggle_optimizer(generator_optimizer)
        if not self.shared_fakes:
            fakes = self._generate(len(reals))
            embedded_fakes = self._embed(fakes)
        loss_g = generator_loss(self._judge(fakes))
        feature_loss_g = self._feature_generator_loss(embedded_fakes)
        generator_optimizer.zero_grad()
        self.manual_backward(_sum_of_terms(loss_g, feature_loss_g))
        generator_optimizer.step()
        self.untoggle_optimizer(generator_optimizer)

        self.averaged_generator.update_parameters(self.generator)
        self.step_number += 1
        self.count_images(len(reals))
        metrics = {
            "train/loss_d": loss_d,
            "train/loss_g": loss_g,
            "train/logit_real": real_logits.mean(),
            "train/logit_fake": fake_logits.mean(),
            "train/feature_loss_d": feature_loss_d,
            "train/feature_loss_g": feature_loss_g,
            "train/r1": r1,
        }
        if isinstance(self.augmentation, AdaptiveAugmentation):
            self.augmentation.observe(real_logits)
            metrics["train/augmentation_strength"] = self.augmentation.strength
        self.log_at_images_seen(
            {name: value for name, value in metrics.items() if value is not None}
        )

    @torch.no_grad()
    def sample(self) -> Tensor:
        """What the averaged generator draws from the fixed latents, in [-1, 1]."""
        self.averaged_generator.eval()
        return self.averaged_generator(self.fixed_latents).float()

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        super().on_save_checkpoint(checkpoint)
        checkpoint["step_number"] = self.step_number

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        super().on_load_checkpoint(checkpoint)
        self.step_number = checkpoint["step_number"]

    def _discriminators(self) -> list[nn.Module]:
        judges = (self.discriminator, self.feature_discriminator)
        return [judge for judge in judges if judge is not None]

    def _generate(self, count: int) -> Tensor:
        def draw(in_all: int) -> Tensor:
            return sample_prior(self.prior, in_all, self.latent_dim, device=self.device)

        return self.generator(self.draw_for_all(draw, count))

    def _judge(self, images: Tensor) -> Tensor:
        return self.discriminator(self.augmentation(images)).float()

    def _embed(self, images: Tensor) -> list[Tensor]:
        if self.feature_discriminator is None:
            return []
        return self.feature_discriminator.embed(self.augmentation(images))

    def _feature_discriminator_loss(
        self, reals: Tensor, embedded_fakes: list[Tensor]
    ) -> Tensor | None:
        if self.feature_discriminator is None:
            return None
        judge = self.feature_discriminator.judge
        fake_logits = judge([features.detach() for features in embedded_fakes])
        return discriminator_loss(judge(self._embed(reals)).float(), fake_logits.float())

    def _feature_generator_loss(self, embedded_fakes: list[Tensor]) -> Tensor | None:
        if self.feature_discriminator is None:
            return None
        loss = generator_loss(self.feature_discriminator.judge(embedded_fakes).float())
        return self.feature_weight * loss

    def _r1(self, reals: Tensor) -> Tensor | None:
        if self.r1_weight == 0 or self.step_number % self.r1_every != 0:
            return None
        with torch.autocast(self.device.type, enabled=False):
            reals = self.augmentation(reals).detach().requires_grad_()
            # What is compiled cannot be differentiated twice; `forward` itself is not compiled.
            penalty = r1_penalty(self.discriminator.forward(reals), reals)
        return self.r1_weight / 2 * self.r1_every * penalty


def _sum_of_terms(*terms: Tensor | None) -> Tensor:
    return torch.stack([term for term in terms if term is not None]).sum()
