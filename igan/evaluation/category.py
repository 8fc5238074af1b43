"""How well a model tells photos of its kind from others; see `serve.latent.category`."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from serve.latent.category import FEWEST_PHOTOS, HeldOutLosses

Losses = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Detection:
    """Photos of another kind against those of a model's own, by the network's loss.

    Attributes:
        roc_auc: how often a photo of the other kind has the higher loss of a pair; 0.5 is chance.
        detected: share of the other photos that are said not to belong.
    """

    roc_auc: float
    detected: float


def false_alarms(own: Losses) -> float:
    """Share of a model's own held-out photos that are said not to belong.

    Each half of `own` (N,), every other photo, is judged by the distribution of the other half.

    Raises:
        ValueError: fewer than 2 * `FEWEST_PHOTOS` losses.
    """
    if len(own) < 2 * FEWEST_PHOTOS:
        raise ValueError(f"false alarms need {2 * FEWEST_PHOTOS} photos, not {len(own)}")
    halves = own[::2], own[1::2]
    refused = [_refused(judged, _distribution(known)) for judged, known in (halves, halves[::-1])]
    return float(np.concatenate(refused).mean())


def detection(own: Losses, others: Losses) -> Detection:
    """Judge photos of another kind, `others` (M,), by the distribution of `own` (N,)."""
    higher = others[:, None] > own
    equal = others[:, None] == own
    return Detection(
        roc_auc=float(higher.mean() + equal.mean() / 2),
        detected=float(_refused(others, _distribution(own)).mean()),
    )


def _distribution(losses: Losses) -> HeldOutLosses:
    return HeldOutLosses.measured(losses, near_duplicates_left_out=0, stores={})


def _refused(losses: Losses, known: HeldOutLosses) -> npt.NDArray[np.bool_]:
    return np.array([not known.verdict(float(loss)).belongs for loss in losses])
