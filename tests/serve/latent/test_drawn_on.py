import pytest
import torch
from torch import Tensor

from serve.errors import EditError
from serve.latent.constraints import ColourStroke, KeepStroke
from serve.latent.drawn_on import DrawnOn
from serve.latent.state import EditState

KEEP = KeepStroke(((0.0, 0.0),), 5.0)
RED = ColourStroke(((0.0, 0.0),), (255.0, 0.0, 0.0), 5.0)
FIRST, NOW = (0.1,), (0.7,)


class Watched:
    """A generator whose picture is its latent, and which remembers what it drew."""

    def __init__(self) -> None:
        self.drawn: list[float] = []

    def __call__(self, z: Tensor) -> Tensor:
        self.drawn.append(round(z.item(), 3))
        return z.reshape(1, 1, 1, 1)


def test_pictures_are_drawn_once_and_only_for_strokes_that_refer_to_one() -> None:
    generator = Watched()
    drawn_on = DrawnOn(generator)
    state = EditState(constraints=(RED, KEEP, KEEP))
    for _ in range(2):
        colour, *kept = drawn_on.pictures(state, FIRST, NOW)
        assert colour is None
        assert kept == [torch.tensor([[[0.7]]])] * 2
    assert generator.drawn == [0.7]
    drawn_on.pictures(EditState(), FIRST, NOW)
    drawn_on.pictures(state, FIRST, NOW)
    assert generator.drawn == [0.7, 0.7]


def test_a_random_start_shows_no_picture_to_refer_to() -> None:
    drawn_on = DrawnOn(Watched())
    assert drawn_on.pictures(EditState(constraints=(RED,)), None, None) == [None]
    with pytest.raises(EditError, match="stroke 2: the brush 'keep' refers to a picture"):
        drawn_on.pictures(EditState(constraints=(RED, KEEP)), None, None)
    picked = EditState(constraints=(RED,)).picked(FIRST).drawn(KEEP)
    kept = drawn_on.pictures(picked, None, NOW)[1]
    assert torch.equal(kept, torch.tensor([[[0.7]]]))  # type: ignore[arg-type]
