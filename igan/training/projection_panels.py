"""Panels photo | network | hybrid | optimisation: what a projection network is worth by now."""

import torch
from torch import Tensor, nn

from serve.bundle.prior import Prior, sample_prior
from serve.latent.bounds import Bounds
from serve.latent.lbfgs import Limits
from serve.latent.loss import ProjectionLoss
from serve.latent.projection import lowest, network_latents, optimise

METHODS = ("network", "hybrid", "optimisation")
_START_SEED = 0


class ProjectionPanels:
    """Projects the same few photos by all three methods (Zhu et al. 2016, section 4.1).

    Optimisation starts from one random latent a photo, always the same, so that it is computed
    once; hybrid has the same solver and limit. Draws nothing from the global random state.

    Args:
        generator: latents to images, frozen.
        loss: the projection loss.
        prior: of the latents.
        latent_dim, bounds: of the latents.
        iterations: limit of the solver, for both methods that have one.
    """

    def __init__(
        self,
        generator: nn.Module,
        loss: ProjectionLoss,
        prior: Prior,
        latent_dim: int,
        bounds: Bounds,
        iterations: int,
    ) -> None:
        self.generator, self.loss, self.prior = generator, loss, prior
        self.latent_dim, self.bounds, self.iterations = latent_dim, bounds, iterations
        self._optimised: Tensor | None = None

    def draw(self, projector: nn.Module, photos: Tensor) -> tuple[Tensor, dict[str, float]]:
        """Photos `(N, C, S, S)` in [-1, 1] to pictures `(4 N, C, S, S)`, four a photo.

        Returns:
            The pictures, and the mean projection loss of each method.
        """
        answer = network_latents(projector, photos, self.bounds)
        if self._optimised is None or len(self._optimised) != len(photos):
            random = torch.Generator().manual_seed(_START_SEED)
            start = sample_prior(self.prior, len(photos), self.latent_dim, random)
            self._optimised = self._minimise(start.to(photos.device), photos)
        hybrid = self._minimise(answer, photos)
        pictures, means = [photos], {}
        with torch.no_grad():
            for method, latents in zip(METHODS, (answer, hybrid, self._optimised), strict=True):
                pictures.append(self.generator(latents))
                means[method] = self.loss(pictures[-1], photos).total.mean().item()
        return torch.stack(pictures, 1).flatten(0, 1), means

    def _minimise(self, start: Tensor, photos: Tensor) -> Tensor:
        limits = Limits(iterations=self.iterations)
        solution = optimise(
            self.generator, self.loss.against(photos), start[None], self.bounds, limits
        )
        return lowest(solution, starts=1)[0]
