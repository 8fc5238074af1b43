import pytest
import torch

from serve.errors import EditError
from serve.latent.shadow import DARKEST, shadow_picture

SIZE = 16


def lines(*columns: int) -> torch.Tensor:
    """One dark line on white for each candidate: (N, 1, S, S)."""
    images = torch.ones(len(columns), 1, SIZE, SIZE)
    for row, column in enumerate(columns):
        images[row, 0, :, column] = -1
    return images


def test_a_line_of_all_candidates_is_darkest() -> None:
    shadow = shadow_picture(lines(4, 4, 4), torch.tensor([1.0, 2.0, 3.0]))
    torch.testing.assert_close(shadow[:, 4], torch.full((SIZE,), 1 - DARKEST))
    assert (shadow[:, 5:] == 1).all()


def test_candidates_that_fit_better_are_darker() -> None:
    shadow = shadow_picture(lines(4, 10), torch.tensor([1.0, 2.0]))
    assert shadow[0, 4] < shadow[0, 10] < 1


def test_the_shadow_is_strongest_under_the_pen() -> None:
    shadow = shadow_picture(lines(4, 4), torch.tensor([1.0, 1.0]), cursor_xy=(4.5, 3.5))
    assert shadow[:, 4].argmin() == 3
    torch.testing.assert_close(shadow[3, 4], torch.tensor(1 - DARKEST))
    assert shadow[2, 4] < shadow[9, 4] < shadow[15, 4] < 1


def test_colour_models_have_no_shadow() -> None:
    with pytest.raises(EditError, match="one-channel sketch model"):
        shadow_picture(torch.zeros(2, 3, SIZE, SIZE), torch.zeros(2))
