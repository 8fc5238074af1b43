"""Point drags: a handle is followed through the pictures, and pulled to where it shall go.

A handle is a small patch of the picture in which it was set. In a later picture I its place x is
where the patch fits best, the minimum over x of

    E(x, I) = sum_w g(w) |P(x + w) - T(w)|^2 + STAY * |x - x_before|^2

with P the patch of I and T that of the first picture, renewed a little by each that follows, both
less their weighted mean colours since a handle may be recoloured, and g a Gaussian window. The
term of the objective is the squared distance of x to its target. Its gradient by I follows from the
implicit function theorem: with J the derivative of P by x, dx/dI = -(J'gJ + STAY)^-1 J'g dP/dI, the
displacement of Lucas and Kanade (1981). So the objective is what a person reads off the picture,
the distance still to go, and not the surrogate of DragGAN (Pan et al. 2023), whose value at
different latents cannot be compared.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from serve.latent.raster import HandleDrags

SEARCH_PX = 2
"""A handle moves by no more than this between two pictures, in network pixels along each axis."""

REFINEMENTS = 3
"""Gauss-Newton steps after the search, for the fraction of a pixel."""

STAY = 0.003
"""How little structure holds a handle, in squared levels ([-1, 1]) per squared pixel: along an edge
or in the flat it stays where it was."""

RENEWAL = 0.3
"""The share of a handle's patch that each picture renews, as light and colour change on the way. On
rendered shoes that change into others, with 7 px of motion in 16 steps, the median error of the
place is 1.2 px with it and 1.7 px with the first patch throughout."""

SAMPLES = 9
"""Samples along each side of a patch."""

LEAST_RADIUS_PX = 2
LARGEST_RADIUS_PX = 10
"""The radii of handles are brought into this range, in network pixels."""

CELL_SHARE = 1 / 8
"""The unit of distance in the term, as a share of the picture's side: one cell of HOG."""


@dataclass(frozen=True)
class HandleTracks:
    """Where H handles are in the pictures of N rows.

    Attributes:
        places: (N, H, 2), x and y on the grid.
        templates: (N, H, C, K), the patches that are followed, less their means.
    """

    places: Tensor
    templates: Tensor


def begin_tracking(pictures: Tensor, handles: HandleDrags) -> HandleTracks:
    """Take the handles' patches from where they were set, in each row's own picture.

    Args:
        pictures: (N, C, S, S) in [-1, 1].
    """
    window = _window(handles.radii_px, pictures)
    places = handles.sources.to(pictures).expand(len(pictures), -1, -1).clone()
    with torch.no_grad():
        return HandleTracks(places, window.centred(_patches(pictures, places, window.offsets)))


def track(pictures: Tensor, handles: HandleDrags, tracks: HandleTracks) -> HandleTracks:
    """Follow the handles into new pictures (N, C, S, S) of the same rows; without gradient."""
    with torch.no_grad():
        window = _window(handles.radii_px, pictures)
        places = _searched(pictures, tracks, window)
        for _ in range(REFINEMENTS):
            anchor = STAY * (places - tracks.places)
            move = _displacement(pictures, places, tracks.templates, window, anchor)
            places = places + move.clamp(-1, 1)
        seen = window.centred(_patches(pictures, places, window.offsets))
        return HandleTracks(places, torch.lerp(tracks.templates, seen, RENEWAL))


def handle_term(images: Tensor, handles: HandleDrags, tracks: HandleTracks) -> Tensor:
    """Mean over handles of strength times squared distance to the target, in cells: (N,).

    Differentiable in `images`, (N, C, S, S) in [-1, 1], by the formula above.

    Args:
        tracks: of these same images.
    """
    window = _window(handles.radii_px, images)
    move = _displacement(
        images, tracks.places, tracks.templates, window, torch.zeros_like(tracks.places)
    )
    places = tracks.places + move - move.detach()
    squared_px = (places - handles.targets.to(places)).square().sum(2)
    cell_px = CELL_SHARE * images.shape[-1]
    return (squared_px * handles.strengths.to(places)).mean(1) / cell_px**2


def continued_tracks(
    pictures: Tensor,
    handles: HandleDrags,
    before: HandleDrags | None,
    tracks: HandleTracks | None,
) -> HandleTracks:
    """Tracks of `handles`: those of `before` go on, the others begin in `pictures` (N, C, S, S)."""
    begun = begin_tracking(pictures, handles)
    if before is None or tracks is None:
        return begun
    places, templates = begun.places.clone(), begun.templates.clone()
    for number in range(len(handles.sources)):
        same = (before.sources == handles.sources[number]).all(1)
        same = same & (before.radii_px == handles.radii_px[number])
        if same.any():
            kept = int(same.nonzero()[0])
            places[:, number] = tracks.places[:, kept]
            templates[:, number] = tracks.templates[:, kept]
    return HandleTracks(places, templates)


def structure(pictures: Tensor, places: Tensor, radius_px: float) -> Tensor:
    """How clearly a handle is held in its weakest direction: (N, C, S, S), (P, 2) -> (N, P).

    The lesser eigenvalue of J'gJ, in squared levels per squared pixel; handles with less than STAY
    slip along edges.
    """
    window = _window(torch.tensor([radius_px]), pictures)
    everywhere = places.to(pictures).expand(len(pictures), -1, -1)
    xx, xy, yy = _structure(_slopes(pictures, everywhere, window), window)
    return (xx + yy) / 2 - (((xx - yy) / 2).square() + xy.square()).sqrt()


@dataclass(frozen=True)
class _Window:
    """The samples of a patch: offsets (H, K, 2) in pixels, and their weights (K,), of sum one."""

    offsets: Tensor
    weights: Tensor

    def mean(self, patches: Tensor) -> Tensor:
        """(..., K) -> (...)"""
        return patches @ self.weights

    def centred(self, patches: Tensor) -> Tensor:
        """Patches (..., K) less their means."""
        return patches - self.mean(patches)[..., None]


def _window(radii_px: Tensor, pictures: Tensor) -> _Window:
    steps = torch.linspace(-1, 1, SAMPLES).to(pictures)
    unit = torch.cartesian_prod(steps, steps)
    radii = radii_px.to(pictures).clamp(LEAST_RADIUS_PX, LARGEST_RADIUS_PX)
    weights = torch.exp(-2 * unit.square().sum(1))
    return _Window(radii[:, None, None] * unit, weights / weights.sum())


def _patches(pictures: Tensor, places: Tensor, offsets: Tensor) -> Tensor:
    """Bilinear samples around places (N, P, 2), the border continued: (N, P, C, K)."""
    grid = 2 * (places[:, :, None] + offsets) / pictures.shape[-1] - 1
    samples = functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    return samples.transpose(1, 2)


def _searched(pictures: Tensor, tracks: HandleTracks, window: _Window) -> Tensor:
    """The best places (N, H, 2) whole pixels away from the last."""
    steps = torch.arange(-SEARCH_PX, SEARCH_PX + 1).to(pictures)
    moves = torch.cartesian_prod(steps, steps)
    handles = tracks.places.shape[1]
    around = (tracks.places[:, None] + moves[:, None]).flatten(1, 2)
    patches = _patches(pictures, around, window.offsets.repeat(len(moves), 1, 1))
    patches = window.centred(patches.unflatten(1, (len(moves), handles)))
    errors = window.mean((patches - tracks.templates[:, None]).square()).sum(3)
    cost = errors + STAY * moves.square().sum(1)[:, None]
    return tracks.places + moves[cost.argmin(1)]


def _displacement(
    pictures: Tensor, places: Tensor, templates: Tensor, window: _Window, anchor: Tensor
) -> Tensor:
    """A Gauss-Newton step on E, (N, H, 2); differentiable in the pictures by the residual alone."""
    residual = window.centred(_patches(pictures, places, window.offsets)) - templates
    slopes = _slopes(pictures.detach(), places, window)
    xx, xy, yy = _structure(slopes, window)
    xx, yy = xx + STAY, yy + STAY
    pull_x, pull_y = (window.mean(slope * residual).sum(2) for slope in slopes)
    pull_x, pull_y = pull_x + anchor[..., 0], pull_y + anchor[..., 1]
    moves = torch.stack([yy * pull_x - xy * pull_y, xx * pull_y - xy * pull_x], 2)
    return -moves / (xx * yy - xy.square())[..., None]


def _slopes(pictures: Tensor, places: Tensor, window: _Window) -> tuple[Tensor, Tensor]:
    """J: how patches (N, P, C, K) change per pixel to the right and down."""
    across, down = (
        window.centred(
            _patches(pictures, places + half, window.offsets)
            - _patches(pictures, places - half, window.offsets)
        )
        for half in torch.eye(2).to(pictures) / 2
    )
    return across, down


def _structure(slopes: tuple[Tensor, Tensor], window: _Window) -> tuple[Tensor, Tensor, Tensor]:
    """J'gJ, as its entries xx, xy and yy, (N, P) each."""
    across, down = slopes
    pairs = ((across, across), (across, down), (down, down))
    xx, xy, yy = (window.mean(one * other).sum(2) for one, other in pairs)
    return xx, xy, yy
