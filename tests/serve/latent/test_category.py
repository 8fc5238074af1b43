from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from serve.errors import BundleError
from serve.latent.category import HeldOutLosses


@dataclass
class FakeManifest:
    held_out_losses: Any
    name: str = "shoes"


def hundred() -> HeldOutLosses:
    """Losses 0.01, 0.02, ... 1.01, so that the percentile is 100 times the loss less one."""
    return HeldOutLosses.measured(np.arange(1, 102) / 100, 3, {"shoes.lmdb": "abc"})


@pytest.mark.parametrize(
    ("loss", "percentile"),
    [(0.001, 0), (0.01, 0), (0.265, 25.5), (0.51, 50), (1.01, 100), (9, 100)],
)
def test_percentiles(loss: float, percentile: float) -> None:
    assert hundred().percentile(loss) == pytest.approx(percentile)


@pytest.mark.parametrize(
    ("loss", "belongs", "words"),
    [(0.5, True, "of the kind"), (0.975, True, "unusual"), (1.005, False, "does not look like")],
)
def test_the_sentence_follows_the_percentile(loss: float, belongs: bool, words: str) -> None:
    verdict = hundred().verdict(loss)
    assert verdict.belongs is belongs
    assert words in verdict.sentence
    assert f"{loss:.3g}" in verdict.sentence
    assert f"{verdict.percentile:.0f} in 100" in verdict.sentence


def test_a_loss_beyond_all_is_said_so() -> None:
    assert "every held-out photo" in hundred().verdict(2.0).sentence
    assert "3.9 times" in hundred().verdict(2.0).sentence


def test_it_survives_a_manifest() -> None:
    measured = HeldOutLosses.measured(
        np.random.default_rng(0).exponential(size=300), 7, {"shoes.lmdb": "abc"}
    )
    read = HeldOutLosses.of(FakeManifest(measured.to_json()))  # type: ignore[arg-type]
    assert read is not None
    assert (read.count, read.near_duplicates_left_out) == (300, 7)
    assert read.quantiles == pytest.approx(measured.quantiles, rel=1e-5)
    assert HeldOutLosses.of(FakeManifest(None)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"quantiles": [0.1, 0.2]},
        {"quantiles": [float(-number) for number in range(101)]},
        {"quantiles": [float("nan")] * 101},
        {"quantiles": None},
        {"method": "hybrid"},
        {"count": "many"},
        {"stores": 3},
    ],
)
def test_other_forms_are_refused_by_a_sentence(change: dict[str, Any]) -> None:
    with pytest.raises(BundleError, match="igan bundle measure"):
        HeldOutLosses.of(FakeManifest(hundred().to_json() | change))  # type: ignore[arg-type]


@pytest.mark.parametrize("losses", [np.ones(19), np.array([np.nan] * 30)])
def test_too_few_or_broken_losses_make_no_distribution(losses: np.ndarray) -> None:
    with pytest.raises(ValueError, match="20 finite"):
        HeldOutLosses.measured(losses, 0, {})
