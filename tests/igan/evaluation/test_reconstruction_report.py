import numpy as np
import pytest
import torch

from igan.evaluation.reconstruction import MethodComparison, MethodFigures
from igan.evaluation.reconstruction_report import (
    Reconstruction,
    markdown,
    page,
    sheet,
    table,
    told_apart,
)
from serve.latent import METHODS, Projection, ProjectionTerms

SIZE = 8


def reconstruction(
    losses: np.ndarray, bundle: str = "shoes", store: str = "shoes.lmdb", nearest: bool = True
) -> Reconstruction:
    """A model that answers every photo with the loss given for it; photo k has level k."""
    count = len(losses)
    pictures = np.arange(count, dtype=np.uint8)[:, None, None, None] * np.ones(
        (1, SIZE, SIZE, 3), np.uint8
    )
    figures, projections = [], []
    for number, method in enumerate(METHODS):
        scaled = torch.from_numpy(losses * (1 + number / 10)).float()
        terms = ProjectionTerms(scaled, scaled, scaled)
        projections.append(
            Projection(method, torch.zeros(count, 2), terms, pictures + 100, torch.zeros(count))
        )
        mean = scaled.mean().item()
        figures.append(
            MethodFigures(
                method=method,
                starts=1,
                loss=mean,
                interval=(mean, mean),
                pixel=mean,
                feature=mean,
                psnr_db=20.0,
                psnr_interval_db=(20.0, 20.0),
                ssim=0.5,
                ssim_interval=(0.5, 0.5),
                perceptual=None,
                perceptual_interval=None,
                gradient_steps=3.0,
                seconds_per_photo=0.1,
            )
        )
    return Reconstruction(
        bundle=bundle,
        bundle_digest=f"digest of {bundle}",
        store=store,
        store_digest="",
        photos=pictures,
        near_duplicates=4,
        comparison=MethodComparison(figures, projections),
        nearest=pictures + 200 if nearest else None,
    )


def test_a_sheet_goes_from_the_best_to_the_worst() -> None:
    losses = np.random.default_rng(0).permutation(50) / 50 + 0.1
    drawn = sheet(reconstruction(losses))
    levels = drawn[..., 0][:, :, None] == np.arange(50)
    found = [level for level in range(50) if levels[..., level].sum() >= 48 * 48]
    order = np.argsort(losses)
    columns = sorted(found, key=lambda level: float(np.median(np.nonzero(levels[..., level])[1])))
    assert len(columns) == 24
    assert columns[0] == order[0]
    assert columns[-1] == order[-1]
    assert np.all(np.diff(losses[columns]) > 0)


def test_without_training_photos_a_sheet_has_no_row_of_them() -> None:
    losses = np.linspace(0.1, 0.2, 5)
    with_row, without = (sheet(reconstruction(losses, nearest=given)) for given in (True, False))
    assert without.shape[0] < with_row.shape[0]


def test_models_are_judged_against_their_own_first_photos() -> None:
    draw = np.random.default_rng(0)
    rows = [
        reconstruction(draw.uniform(0.1, 0.2, 60)),
        reconstruction(draw.uniform(0.1, 0.2, 60), bundle="all"),
        reconstruction(draw.uniform(0.3, 0.4, 10), store="bags.lmdb"),
        reconstruction(draw.uniform(0.1, 0.2, 300), bundle="all", store="bags.lmdb"),
    ]
    alarms, found = told_apart(rows)
    assert set(alarms) == {"shoes", "all"}
    assert all(share < 0.1 for share in alarms.values())
    (shoes, detected), (everything, missed) = found
    assert (shoes.bundle, everything.bundle) == ("shoes", "all")
    assert (detected.roc_auc, detected.detected) == (1.0, 1.0)
    assert missed.roc_auc == pytest.approx(0.5, abs=0.1)
    assert told_apart([reconstruction(draw.uniform(0.1, 0.2, 39))]) == ({}, [])


def test_text_table_markdown_and_page_say_the_same() -> None:
    rows = [
        reconstruction(np.linspace(0.1, 0.2, 60)),
        reconstruction(np.linspace(0.3, 0.4, 5), store="bags.lmdb"),
    ]
    texts = [
        table(rows),
        markdown(rows, "lpips"),
        page(rows, [sheet(row) for row in rows], "lpips", 200).html(),
    ]
    for text in texts:
        for row in rows:
            assert row.store in text
            for figures in row.comparison.figures:
                assert f"{figures.loss:.4f}" in text
            for ratio in row.comparison.ratios:
                assert f"{ratio.ratio:.3f}" in text
        assert "ROC-AUC 1.000" in text
    assert texts[1].count("\n| ") == 1 + 6
    assert "4 copies of photos to train on left out" in texts[0]
    assert texts[2].count("<img") == 2
