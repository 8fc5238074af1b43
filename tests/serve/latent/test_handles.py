import numpy as np
import pytest
import torch
from torch import Tensor

from serve.latent.handles import (
    HandleTracks,
    begin_tracking,
    continued_tracks,
    handle_term,
    structure,
    track,
)
from serve.latent.raster import HandleDrags

SIZE = 32


def drags(*sources: tuple[float, float], by: tuple[float, float] = (0.0, 0.0)) -> HandleDrags:
    places = torch.tensor(sources, dtype=torch.float32)
    count = len(places)
    return HandleDrags(
        places, places + torch.tensor(by), torch.full((count,), 4.0), torch.ones(count)
    )


def textured(move: tuple[float, float] = (0.0, 0.0), colour: float = 0.0) -> Tensor:
    """A smooth pattern that has moved right and down, and been tinted: (1, 3, S, S)."""
    centres = np.arange(SIZE) + 0.5
    x, y = np.meshgrid(centres - move[0], centres - move[1])
    waves = [(0.4, 0.3, 0.0), (-0.35, 0.5, 1.0), (0.6, 0.1, 2.0)]
    planes = [0.5 * np.sin(a * x + b * y + c) * np.cos(b * x - a * y) + colour for a, b, c in waves]
    return torch.from_numpy(np.stack(planes)[None]).float()


@pytest.mark.parametrize("move", [(0.3, -0.4), (1.0, 2.0), (-1.7, 0.6)])
def test_a_known_shift_is_followed_to_a_fraction_of_a_pixel(move: tuple[float, float]) -> None:
    handles = drags((16.0, 14.0), (11.5, 19.0))
    tracks = track(textured(move), handles, begin_tracking(textured(), handles))
    expected = handles.sources + torch.tensor(move)
    assert (tracks.places[0] - expected).norm(dim=1).max() < 0.15


def test_many_small_shifts_and_a_change_of_colour_are_followed() -> None:
    handles = drags((12.0, 15.0))
    tracks = begin_tracking(textured(), handles)
    for step in range(1, 13):
        tracks = track(textured((0.6 * step, 0.2 * step), 0.03 * step), handles, tracks)
    expected = handles.sources + torch.tensor([7.2, 2.4])
    assert (tracks.places[0] - expected).norm() < 0.5


def test_each_row_follows_its_own_picture() -> None:
    handles = drags((16.0, 14.0))
    pictures = torch.cat([textured(), textured((3.0, 3.0))])
    moved = torch.cat([textured((1.0, 0.0)), textured((3.0, 2.0))])
    tracks = track(moved, handles, begin_tracking(pictures, handles))
    expected = handles.sources + torch.tensor([[1.0, 0.0], [0.0, -1.0]])
    assert (tracks.places[:, 0] - expected).norm(dim=1).max() < 0.1


def test_in_the_flat_a_handle_stays() -> None:
    handles = drags((16.0, 14.0))
    flat = torch.full((1, 3, SIZE, SIZE), 0.2)
    tracks = track(flat, handles, begin_tracking(flat, handles))
    assert torch.equal(tracks.places[0], handles.sources)


def test_the_term_is_the_squared_distance_in_cells() -> None:
    handles = drags((16.0, 14.0), (11.0, 19.0), by=(6.0, 8.0))
    handles = HandleDrags(
        handles.sources, handles.targets, handles.radii_px, torch.tensor([1.0, 0.5])
    )
    tracks = begin_tracking(textured(), handles)
    cell_px = SIZE / 8
    expected = (100.0 + 0.5 * 100.0) / 2 / cell_px**2
    torch.testing.assert_close(handle_term(textured(), handles, tracks), torch.tensor([expected]))


def test_the_gradient_is_that_of_the_place_where_the_patch_fits_best() -> None:
    """Against finite differences: perturb the picture, track again, measure again."""
    handles = drags((16.0, 14.0), by=(3.0, -2.0))
    start = textured().double()
    tracks = begin_tracking(start, handles)
    image = textured((0.4, 0.2)).double()
    for _ in range(20):
        found = track(image, handles, tracks)
        tracks = HandleTracks(found.places, tracks.templates)

    def value(change: Tensor) -> float:
        after = tracks
        for _ in range(20):
            found = track(image + change, handles, after)
            after = HandleTracks(found.places, tracks.templates)
        return float((after.places - handles.targets).square().sum()) / (SIZE / 8) ** 2

    shown = image.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(handle_term(shown, handles, tracks).sum(), shown)
    generator = torch.Generator().manual_seed(0)
    for _ in range(3):
        change = torch.rand(image.shape, generator=generator, dtype=torch.float64) - 0.5
        change = torch.nn.functional.avg_pool2d(change, 5, 1, 2) * 1e-3
        numeric = (value(change) - value(-change)) / 2
        analytic = float((gradient * change).sum())
        assert abs(numeric - analytic) < 0.15 * abs(numeric) + 1e-7


def test_following_the_gradient_moves_the_handle_to_its_target() -> None:
    """The picture is a pattern whose shift is the latent; descend on that."""
    handles = drags((14.0, 14.0), by=(4.0, 2.0))
    tracks = begin_tracking(textured(), handles)
    shift = torch.zeros(2)
    step_px = 0.01
    for _ in range(60):
        image = textured((shift[0].item(), shift[1].item())).requires_grad_()
        tracks = track(image.detach(), handles, tracks)
        (gradient,) = torch.autograd.grad(handle_term(image, handles, tracks).sum(), image)
        x, y = shift.tolist()
        for axis, ahead in enumerate(((step_px, 0.0), (0.0, step_px))):
            change = textured((x + ahead[0], y + ahead[1])) - image.detach()
            shift[axis] -= 1.5 * float((gradient * change).sum()) / step_px
    assert (tracks.places[0, 0] - handles.targets[0]).norm() < 0.3
    assert (shift - torch.tensor([4.0, 2.0])).norm() < 0.5


def test_a_second_handle_leaves_the_first_where_it_is() -> None:
    first, both = drags((16.0, 14.0)), drags((11.0, 19.0), (16.0, 14.0))
    tracks = track(textured((1.0, 0.0)), first, begin_tracking(textured(), first))
    continued = continued_tracks(textured((1.0, 0.0)), both, first, tracks)
    assert torch.equal(continued.places[:, 1], tracks.places[:, 0])
    assert torch.equal(continued.templates[:, 1], tracks.templates[:, 0])
    assert torch.equal(continued.places[0, 0], both.sources[0])


def test_structure_tells_corners_from_edges() -> None:
    corner = torch.zeros(1, 1, SIZE, SIZE)
    corner[:, :, :16, :16] = 1
    edge = torch.zeros(1, 1, SIZE, SIZE)
    edge[:, :, :16] = 1
    place = torch.tensor([[16.0, 16.0]])
    assert structure(edge, place, 4.0).item() < 1e-6
    assert structure(corner, place, 4.0).item() > 0.01
