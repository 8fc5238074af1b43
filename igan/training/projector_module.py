"""Training the projection network P against a frozen generator (section 4.1 of the paper)."""

from pathlib import Path

import torch
from torch import Tensor, nn

from igan.errors import ConfigError
from igan.run_folder import RunFolder, TrainedNetworks
from igan.training.averaging import averaged_copy
from igan.training.bundled_generator import load_bundled_generator
from igan.training.images_seen import ImagesSeenModule
from igan.training.learning_rate import remaining_share, set_learning_rate
from igan.training.projection_panels import ProjectionPanels
from serve.bundle.prior import relative_lengths, sample_prior
from serve.latent.bounds import Bounds
from serve.latent.loss import ProjectionLoss, ProjectionTerms, TargetLoss, mean_squared_error
from serve.photo.pixels import pixels_to_tensor

FEATURE_WEIGHT = 0.1
DRAWN_PHOTOS = 32
PANEL_PHOTOS = 8


class ProjectorModule(ImagesSeenModule):
    """Minimises L(G(P(x)), x) over real photos x, in up to three stages.

    In the warm-up P learns to tell the latent of a generated image, ||P(G(z)) - z||^2, which
    costs no pass through the feature space. Then it learns from photos: first by their pixels
    alone where `exact_images` says so, at last by the projection loss itself.

    Args:
        generator_run: folder of the finished GAN run whose averaged generator is inverted; None
            if it comes from `generator_bundle`.
        projector: images to latents `(N, latent_dim)`; has the generator's image size.
        features: the feature space C; None compares pixels alone.
        feature_weight: w of the projection loss.
        total_images: images to learn from in all, the warm-up included.
        warmup_images: generated images to learn from first.
        exact_images: that many of the last photos are compared by the projection loss, those
            before by their pixels alone, which costs a fraction; None compares all by the loss.
        latent_weight: of ||P(G(z)) - z||^2 beside the photos' loss, on half as many generated
            images; 0 leaves it out.
        decay_from_image: from here the learning rate falls linearly to zero at `total_images`.
        learning_rate, beta1, beta2, weight_decay: of Adam.
        averaging_decay: per step, of the averaged P that is measured and exported.
        perturbation: of the generated images that P sees; the latent to be told stays.
        photo_augmentation: of photos, before P sees them and they are compared.
        panel_iterations: limit of the solver in the panels photo | network | hybrid |
            optimisation; 0 leaves the panels out.
        generator_bundle: a bundle, adopted or exported, whose generator is inverted.
    """

    def __init__(
        self,
        generator_run: str | None,
        projector: nn.Module,
        features: nn.Module | None = None,
        feature_weight: float = FEATURE_WEIGHT,
        total_images: int = 100_000,
        warmup_images: int = 50_000,
        exact_images: int | None = None,
        latent_weight: float = 0.0,
        decay_from_image: int | None = None,
        learning_rate: float = 2e-4,
        beta1: float = 0.5,
        beta2: float = 0.999,
        weight_decay: float = 1e-5,
        averaging_decay: float = 0.998,
        perturbation: nn.Module | None = None,
        photo_augmentation: nn.Module | None = None,
        panel_iterations: int = 50,
        generator_bundle: str | None = None,
    ) -> None:
        super().__init__(total_images)
        self.automatic_optimization = False
        self.inverted = _load_inverted(generator_run, generator_bundle)
        self.generator = self.inverted.networks["generator"].requires_grad_(False)
        self.projector, self.features = projector, features
        self.projection_loss = ProjectionLoss(features, feature_weight)
        self.pixel_loss = ProjectionLoss(None, 0.0)
        self.averaged_projector = averaged_copy(projector, averaging_decay)
        self.warmup_images, self.exact_images = warmup_images, exact_images
        self.latent_weight, self.decay_from_image = latent_weight, decay_from_image
        self.learning_rate, self.betas = learning_rate, (beta1, beta2)
        self.weight_decay = weight_decay
        self.perturbation = perturbation or nn.Identity()
        self.photo_augmentation = photo_augmentation or nn.Identity()
        self._check_networks_fit()
        self._heldout: TargetLoss | None = None
        latent = self.inverted.record["latent"]
        self.panel_iterations = panel_iterations
        self._panels = ProjectionPanels(
            self.generator,
            self.projection_loss,
            latent["prior"],
            latent["dim"],
            Bounds.from_pair(latent["bounds"]),
            panel_iterations,
        )

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(
            self.projector.parameters(),
            lr=self.learning_rate,
            betas=self.betas,
            weight_decay=self.weight_decay,
        )

    def on_train_start(self) -> None:
        super().on_train_start()
        self.generator.eval()

    def training_step(self, batch: Tensor, batch_idx: int) -> None:
        """Learn from `uint8 (N, H, W, C)` real pixels, or in the warm-up from as many generated."""
        optimizer = self.optimizers()
        set_learning_rate(
            optimizer,
            self.learning_rate
            * remaining_share(self.images_seen, self.decay_from_image, self.total_images),
        )
        if self.images_seen < self.warmup_images:
            loss = self.latent_regression(len(batch))
            metrics = {"train/latent_error": loss}
        else:
            remaining = self.total_images - self.images_seen
            exact = self.exact_images is None or remaining <= self.exact_images
            loss, metrics = self.photo_loss(pixels_to_tensor(batch), exact)
        optimizer.zero_grad()  # type: ignore[union-attr]
        self.manual_backward(loss)
        optimizer.step()  # type: ignore[union-attr]
        self.averaged_projector.update_parameters(self.projector)
        self.count_images(len(batch))
        self.log_at_images_seen(metrics)

    def photo_loss(self, photos: Tensor, exact: bool) -> tuple[Tensor, dict[str, Tensor]]:
        """What P is to lower on photos `(N, C, S, S)` in [-1, 1], and its parts by name.

        The mean projection loss of G(P(x)) if `exact`, else the mean squared pixel error alone;
        `latent_weight` adds the latent regression.
        """
        photos = self.photo_augmentation(photos)
        compare = self.projection_loss if exact else self.pixel_loss
        terms = compare(self.generator(self.projector(photos)), photos)
        loss = terms.total.mean()
        metrics = _mean_terms("train", terms) if exact else {"train/pixel": loss}
        if self.latent_weight > 0:
            latent_error = self.latent_regression(max(2, len(photos) // 2))
            metrics["train/latent_error"] = latent_error
            loss = loss + self.latent_weight * latent_error
        return loss, metrics

    def latent_regression(self, count: int) -> Tensor:
        """||P(G(z)) - z||^2, a mean over dimensions and `count` latents drawn from the prior."""
        prior = self.inverted.record["latent"]["prior"]
        latents = sample_prior(prior, count, self._latent_dim, device=self.device)
        with torch.no_grad():
            images = self.perturbation(self.generator(latents))
        return mean_squared_error(self.projector(images), latents).mean()

    @torch.no_grad()
    def sample(self) -> Tensor:
        """The first batch of held-out photos, each beside G(P(photo)).

        Its loss is logged, and the mean length of the latents beside that of the prior's.
        """
        against_photos = self._against_heldout_photos()
        photos = against_photos.targets
        self.averaged_projector.eval()
        latents = self.averaged_projector(photos)
        images = self.generator(latents)
        metrics = _mean_terms("heldout", against_photos(images))
        prior = self.inverted.record["latent"]["prior"]
        metrics["heldout/latent_length"] = relative_lengths(latents, prior).mean()
        self.log_at_images_seen(metrics, force=True)
        return torch.stack([photos, images], 1).flatten(0, 1)[: 2 * DRAWN_PHOTOS]

    def panels(self) -> Tensor:
        """The first held-out photos, each beside its projections by the three methods.

        The mean loss of each method is logged.
        """
        photos = self._against_heldout_photos().targets[:PANEL_PHOTOS]
        self.averaged_projector.eval()
        pictures, losses = self._panels.draw(self.averaged_projector, photos)
        metrics = {f"panels/{method}": torch.tensor(loss) for method, loss in losses.items()}
        self.log_at_images_seen(metrics, force=True)
        return pictures

    def _against_heldout_photos(self) -> TargetLoss:
        """The projection loss against the first batch of held-out photos."""
        if self._heldout is None:
            batches = iter(self.trainer.datamodule.val_dataloader())  # type: ignore[attr-defined]
            photos = pixels_to_tensor(next(batches).to(self.device))
            self._heldout = self.projection_loss.against(photos)
        return self._heldout

    @property
    def _latent_dim(self) -> int:
        return int(self.inverted.record["latent"]["dim"])

    def _check_networks_fit(self) -> None:
        images = torch.zeros(2, self.channels, self.image_size, self.image_size)
        try:
            with torch.no_grad():
                found = tuple(self.projector(images).shape)
        except RuntimeError as error:
            raise ConfigError(
                f"the projector does not take the generator's {self.image_size}-pixel images of "
                f"{self.channels} channels; give it the same image_size and channels."
            ) from error
        if found != (2, self._latent_dim):
            raise ConfigError(
                f"the projector answers with {found[1]} numbers, but the generator's latent_dim "
                f"is {self._latent_dim}."
            )


def _load_inverted(generator_run: str | None, generator_bundle: str | None) -> TrainedNetworks:
    if (generator_run is None) == (generator_bundle is None):
        raise ConfigError(
            "name either a generator_run or a generator_bundle (`--generator BUNDLE`), not both."
        )
    if generator_run is not None:
        return RunFolder(Path(generator_run)).load_networks()
    return load_bundled_generator(Path(str(generator_bundle)))


def _mean_terms(prefix: str, terms: ProjectionTerms) -> dict[str, Tensor]:
    total = terms.total.mean()
    return {
        f"{prefix}/loss": total,
        f"{prefix}/pixel": terms.pixel.mean(),
        f"{prefix}/feature": terms.feature.mean(),
        f"{prefix}/feature_share": 1 - terms.pixel.mean() / total,
    }
