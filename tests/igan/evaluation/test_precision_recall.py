import numpy as np
import pytest

from igan.evaluation.precision_recall import in_manifold, precision_and_recall


def cloud(count: int, seed: int, shift: float = 0.0, spread: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(shift, spread, (count, 4)).astype(np.float32)


def test_a_manifold_reaches_to_the_third_nearest_member() -> None:
    members = np.array([[0.0], [1.0], [3.0], [7.0]])
    # The reaches are 7, 6, 4 and 7; the balls cover -7 to 14.
    others = np.array([[-7.1], [-6.9], [5.0], [13.9], [14.1]])
    assert in_manifold(members, others).tolist() == [False, True, True, True, False]
    # With one neighbour they are 1, 1, 2 and 4.
    others = np.array([[-1.1], [2.1], [5.1], [11.1]])
    assert in_manifold(members, others, neighbours=1).tolist() == [False, True, True, False]


def test_it_is_that_of_every_pair_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    members, others = cloud(50, 0), cloud(70, 1, spread=1.5)
    reach = [np.sort(np.linalg.norm(members - row, axis=1))[3] for row in members]
    expected = [bool((np.linalg.norm(members - row, axis=1) <= reach).any()) for row in others]
    assert 0 < sum(expected) < len(others)
    monkeypatch.setattr("igan.evaluation.precision_recall._ROWS_AT_ONCE", 16)
    assert in_manifold(members, others).tolist() == expected


def test_samples_of_one_kind_are_precise_and_recall_little() -> None:
    photos = np.concatenate([cloud(200, 0), cloud(200, 1, shift=50)])
    found = precision_and_recall(photos, cloud(400, 2))
    assert found.samples.mean() > 0.9
    assert found.photos[:200].mean() > 0.9
    assert not found.photos[200:].any()


def test_strays_cost_precision_alone() -> None:
    photos = cloud(400, 0)
    samples = np.concatenate([cloud(300, 1), 50 + 10 * np.arange(100)[:, None] * np.ones((1, 4))])
    found = precision_and_recall(photos, samples)
    assert found.samples.mean() == pytest.approx(0.75, abs=0.05)
    assert found.photos.mean() > 0.9


def test_too_few_have_no_manifold() -> None:
    with pytest.raises(ValueError, match="of 3 pictures by 3"):
        in_manifold(cloud(3, 0), cloud(5, 1))
