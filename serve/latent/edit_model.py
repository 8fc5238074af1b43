"""What editing needs of a bundle."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from serve.bundle.prior import Prior
from serve.errors import BundleError, EditError
from serve.latent.bounds import Bounds
from serve.latent.directions import Directions
from serve.latent.loss import Network
from serve.latent.objective import ObjectiveWeights, Score, score_of
from serve.latent.state import DirectionAmount

if TYPE_CHECKING:
    from serve.bundle import Bundle


@dataclass(frozen=True)
class EditModel:
    """A generator, and what else an edit may use.

    Attributes:
        generator: z (N, latent_dim) -> (N, channels, S, S) in [-1, 1], differentiable.
        channels: 3 or 1.
        bounds, prior: of the latents.
        score: needed when realism counts.
        directions: what sliders move along; None where the bundle has none.
        sample: (count, seed) -> draws from the prior (count, latent_dim); needed where strokes
            alone make a picture.
    """

    generator: Network
    channels: int
    bounds: Bounds
    prior: Prior = "uniform"
    score: Score | None = None
    directions: Directions | None = None
    sample: Callable[[int, int], Tensor] | None = None

    @classmethod
    def of(cls, bundle: "Bundle") -> "EditModel":
        """All that a bundle has of it."""
        manifest = bundle.manifest
        return cls(
            generator=bundle.generator,
            channels=manifest.image.channels,
            bounds=Bounds.from_pair(manifest.latent.bounds),
            prior=manifest.latent.prior,
            score=score_of(bundle),
            directions=Directions.of(bundle) if Directions.are_in(bundle) else None,
            sample=bundle.sample_latents,
        )

    def check_weights(self, weights: ObjectiveWeights) -> None:
        """Refuse weights of terms that the model cannot compute.

        Raises:
            BundleError: realism counts, and there is no score.
        """
        if weights.realism > 0 and self.score is None:
            raise BundleError(
                "the bundle has no discriminator that can be differentiated, which realism needs; "
                "set its weight to 0, or export a run that keeps one."
            )

    def draws(self, count: int, seed: int) -> Tensor:
        """Starts where there is no photo, (count, latent_dim)."""
        if self.sample is None:
            raise ValueError("nothing draws random latents for an edit without a photo")
        return self.sample(count, seed)

    def moved(self, z: Tensor, sliders: Sequence[DirectionAmount]) -> Tensor:
        """Latents (..., latent_dim) moved by sliders; without sliders as they are.

        Raises:
            EditError: the model has no directions, or not these.
        """
        if not sliders:
            return z
        if self.directions is None:
            raise EditError(
                "the bundle has no directions to slide along; export its run again with "
                "`igan export`, or remove 'directions'."
            )
        return self.directions.moved(z, sliders, self.bounds)
