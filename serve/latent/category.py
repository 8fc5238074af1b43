"""Whether a photo is of the kind that a model knows: its loss among those of held-out photos.

The projection network is asked alone: it answers at once, always the same, and without an optimiser
that bends the latents to whatever it is shown.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from serve.errors import BundleError
from serve.latent.projection import Method

if TYPE_CHECKING:
    from serve.bundle import Manifest

METHOD: Method = "network"
PERCENTS = tuple(range(101))
OUTSIDE_FROM_PERCENTILE = 99.0
DOUBTFUL_FROM_PERCENTILE = 95.0
FEWEST_PHOTOS = 20


@dataclass(frozen=True)
class CategoryVerdict:
    """What a photo's loss says about its kind.

    Attributes:
        percentile: share in percent of held-out photos whose loss is lower.
        belongs: False where the loss is above that of 99 in 100 held-out photos.
        sentence: the same for a person.
    """

    percentile: float
    belongs: bool
    sentence: str


@dataclass(frozen=True)
class HeldOutLosses:
    """The distribution of the network's projection loss on held-out photos, as a manifest keeps it.

    Attributes:
        count: photos that were measured.
        mean: of their losses.
        quantiles: the losses at 0, 1, ... 100 percent, ascending.
        near_duplicates_left_out: held-out photos that were not measured, because the same is shown
            by a photo that was trained on.
        stores: digests of the photo stores by name.
    """

    count: int
    mean: float
    quantiles: tuple[float, ...]
    near_duplicates_left_out: int
    stores: Mapping[str, str]
    method: str = METHOD

    @classmethod
    def measured(
        cls,
        losses: npt.NDArray[np.float64],
        near_duplicates_left_out: int,
        stores: Mapping[str, str],
    ) -> Self:
        """Summarise the losses (N,) of held-out photos.

        Raises:
            ValueError: fewer than `FEWEST_PHOTOS`, or a loss that is no finite number.
        """
        if len(losses) < FEWEST_PHOTOS or not np.isfinite(losses).all():
            raise ValueError(f"a distribution needs {FEWEST_PHOTOS} finite losses")
        return cls(
            count=len(losses),
            mean=float(losses.mean()),
            quantiles=tuple(float(value) for value in np.percentile(losses, PERCENTS)),
            near_duplicates_left_out=near_duplicates_left_out,
            stores=dict(stores),
        )

    @classmethod
    def of(cls, manifest: "Manifest") -> Self | None:
        """Read a manifest's distribution; None where it has none.

        Raises:
            BundleError: what stands there is no such distribution.
        """
        document = manifest.held_out_losses
        if document is None:
            return None
        try:
            quantiles = tuple(float(value) for value in document["quantiles"])
            found = cls(
                count=int(document["count"]),
                mean=float(document["mean"]),
                quantiles=quantiles,
                near_duplicates_left_out=int(document["near_duplicates_left_out"]),
                stores=dict(document["stores"]),
                method=str(document["method"]),
            )
        except (KeyError, TypeError, ValueError):
            found = None
        if (
            found is None
            or found.method != METHOD
            or len(found.quantiles) != len(PERCENTS)
            or not np.isfinite(found.quantiles).all()
            or (np.diff(found.quantiles) < 0).any()
        ):
            raise BundleError(
                f"the bundle {manifest.name} keeps held-out losses of another form; measure it "
                "again with `igan bundle measure`."
            )
        return found

    def to_json(self) -> dict[str, Any]:
        """Return what a manifest keeps as `held_out_losses`."""
        return asdict(self) | {"quantiles": [float(f"{value:.6g}") for value in self.quantiles]}

    def percentile(self, loss: float) -> float:
        """Share in percent of held-out photos whose loss is lower, interpolated."""
        return float(np.interp(loss, self.quantiles, PERCENTS))

    def verdict(self, loss: float) -> CategoryVerdict:
        """Judge a photo by the loss of the projection network's answer to it."""
        percentile = self.percentile(loss)
        place = f"above that of {percentile:.0f} in 100 held-out photos"
        if loss > self.quantiles[-1]:
            place = "above that of every held-out photo"
        if percentile >= OUTSIDE_FROM_PERCENTILE:
            times = loss / self.quantiles[50]
            sentence = (
                f"This photo does not look like what the model was trained on: its loss of "
                f"{loss:.3g} is {place} and {times:.2g} times that of the middle one; expect a "
                "poor likeness, or frame it otherwise."
            )
        elif percentile >= DOUBTFUL_FROM_PERCENTILE:
            sentence = (
                f"This photo is an unusual one of its kind: its loss of {loss:.3g} is {place}."
            )
        else:
            sentence = (
                f"This photo is of the kind that the model knows: its loss of {loss:.3g} is "
                f"{place}."
            )
        return CategoryVerdict(percentile, percentile < OUTSIDE_FROM_PERCENTILE, sentence)
