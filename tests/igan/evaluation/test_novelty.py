import numpy as np

from igan.evaluation.novelty import novelty


def test_a_model_that_repeats_is_always_nearer() -> None:
    photos = np.random.default_rng(0).uniform(0.2, 0.4, 80)
    found = novelty(np.full(50, 0.01), photos)
    assert found.nearer == 1
    assert found.nearer_interval == (1, 1)
    assert found.samples == 0.01


def test_pictures_as_new_as_photos_are_nearer_half_of_the_time() -> None:
    draw = np.random.default_rng(0)
    covered = 0
    for _ in range(40):
        low, high = novelty(*draw.uniform(size=(2, 100))).nearer_interval
        covered += low <= 0.5 <= high
    assert covered >= 34


def test_ties_count_half() -> None:
    assert novelty(np.array([0.5, 0.5]), np.array([0.5, 0.5])).nearer == 0.5
