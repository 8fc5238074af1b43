"""The editing objective, term by term (Zhu et al. 2016, equation 5)."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Self

import torch
from torch import Tensor
from torch.nn import functional

from serve.latent.colour_error import colour_errors
from serve.latent.handles import HandleTracks, handle_term
from serve.latent.hog_error import hog_errors
from serve.latent.loss import Network
from serve.latent.raster import ColourMap, GridConstraints, HogMap

if TYPE_CHECKING:
    from serve.bundle import Bundle


@dataclass(frozen=True)
class Score:
    """A discriminator and what it answers with.

    Attributes:
        network: images (N, C, S, S) in [-1, 1] to scores (N,), differentiable.
        meaning: "logit" of the probability that an image is real, or the unbounded score of a
            "critic", higher for real images.
    """

    network: Network
    meaning: Literal["logit", "critic"]


@dataclass(frozen=True)
class ObjectiveWeights:
    """How much each term counts.

    Attributes:
        colour: of the mean squared colour error, images and colours in [-1, 1] as in the released
            code. On a 64-wide generator of shoes this recolours the shoe and keeps its shape with
            the paper's smoothness; in [0, 1] strokes were half followed, and the sum over channels
            in place of the mean brought artefacts.
        sketch: of the mean squared distance of HOG. The released 0.2 belongs to histograms that are
            not divided by their length, where a missing edge from black to white costs
            about 6; here it costs just under 2.
        warp_colour, warp_sketch: the same two for dragged patches; the released code has the first
            alone.
        keep: of the mean squared colour error where the picture shall stay. On 12 shoes with a red
            stroke beside a kept part, the kept part changed by 13.6 units of CIELAB at a weight of
            1 and by 5.0 at 5; see docs/editing.md for what the stroke pays for it.
        handle: of the mean squared distance that point drags have still to go.
        smoothness: lambda_s of the paper, of the mean squared move of the latent.
        realism: lambda_D of the paper, off by default as there; needs a discriminator.
    """

    colour: float = 1.0
    sketch: float = 2.0
    warp_colour: float = 1.0
    warp_sketch: float = 2.0
    keep: float = 5.0
    handle: float = 1.0
    smoothness: float = 5.0
    realism: float = 0.0

    @property
    def unheld(self) -> Self:
        """Those of random starts, which are held by nothing, as in the released code."""
        return replace(self, smoothness=0.0)

    def __post_init__(self) -> None:
        for name, weight in vars(self).items():
            if not (math.isfinite(weight) and weight >= 0):
                raise ValueError(f"the weight {name} is {weight}; it must be finite and not < 0")


@dataclass(frozen=True)
class EditTerms:
    """The terms of the objective before their weights, and their weighted sum, each (N,).

    Of what `edit_terms` gives, the sum alone takes part in autograd.
    """

    colour: Tensor
    sketch: Tensor
    warp_colour: Tensor
    warp_sketch: Tensor
    keep: Tensor
    handle: Tensor
    smoothness: Tensor
    realism: Tensor
    total: Tensor

    def detached(self) -> Self:
        """The same numbers outside autograd."""
        return type(self)(**{name: term.detach() for name, term in vars(self).items()})


def colour_term(images: Tensor, marked: ColourMap) -> Tensor:
    """Mean over marked pixels and channels of the squared colour error: (N, C, S, S) -> (N,).

    f_g of the colouring brush is the pixel's colour. The mean is weighted by coverage; a stroke's
    strength scales its part of the sum and not the area, so that half the strength is half the
    term. `images` are in [-1, 1].
    """
    return colour_errors(images, [marked])[0]


def hog_term(images: Tensor, marked: HogMap) -> Tensor:
    """Mean over cells of ||HOG(G(z)) - HOG of what was drawn||^2: (N, C, S, S) -> (N,).

    f_g of the sketching brush; see `serve.latent.hog`. The mean is weighted by how much of what was
    drawn lies in a cell, strengths as in `colour_term`. `images` are in [-1, 1].
    """
    return hog_errors(images, [marked])[0]


def smoothness_term(z: Tensor, start: Tensor) -> Tensor:
    """Mean over latent dimensions of (z - z0)^2, for each candidate: (N, latent_dim) -> (N,)."""
    return (z - start).square().mean(1)


def realism_term(images: Tensor, score: Score) -> Tensor:
    """log(1 - D(G(z))) of Zhu et al. 2016, equation 5: (N, C, S, S) -> (N,).

    With the logit s of D it is -softplus(s), exact where 1 - D would round to zero. A critic has no
    probability; its term is -s, which is what the other comes to for large s.
    """
    answer = score.network(images)
    return -answer if score.meaning == "critic" else -functional.softplus(answer)


def edit_terms(
    images: Tensor,
    z: Tensor,
    start: Tensor,
    constraints: GridConstraints,
    weights: ObjectiveWeights,
    score: Score | None = None,
    tracks: HandleTracks | None = None,
) -> EditTerms:
    """The objective of each candidate; a term without constraints is zero.

    Args:
        images: G(z), (N, C, S, S) in [-1, 1].
        z, start: (N, latent_dim).
        score: of a discriminator; needed when the weight of realism is above zero.
        tracks: where the handles of the point drags are now; needed when there are any.

    Raises:
        ValueError: a term that is asked for was not given.
    """
    smoothness = smoothness_term(z, start)
    found = {"smoothness": smoothness.detach()}
    total = weights.smoothness * smoothness
    for names, errors in _data_errors(images, constraints):
        found |= zip(names, errors.detach().unbind(), strict=True)
        total = total + errors.new_tensor([getattr(weights, name) for name in names]) @ errors
    if constraints.handles is not None:
        if tracks is None:
            raise ValueError("there are point drags, but nothing says where their handles are")
        handle = handle_term(images, constraints.handles, tracks)
        found["handle"] = handle.detach()
        total = total + weights.handle * handle
    if weights.realism > 0:
        if score is None:
            raise ValueError("the weight of realism is above zero, but there is no score")
        realism = realism_term(images, score)
        found["realism"] = realism.detach()
        total = total + weights.realism * realism
    absent = torch.zeros_like(found["smoothness"])
    return EditTerms(**{name: found.get(name, absent) for name in vars(weights)}, total=total)


def _data_errors(
    images: Tensor, constraints: GridConstraints
) -> Iterator[tuple[Sequence[str], Tensor]]:
    """Names of K terms and their values (K, N): of those that compare pixels, and edges."""
    colours, edges = constraints.colours, constraints.edges
    if colours:
        yield list(colours), colour_errors(images, list(colours.values()))
    if edges:
        yield list(edges), hog_errors(images, list(edges.values()))


def score_of(bundle: "Bundle") -> Score | None:
    """What realism needs of a bundle; None if it has no discriminator to be differentiated."""
    discriminator = bundle.discriminator
    if discriminator is None or not discriminator.manifest.differentiable:
        return None
    meaning: Any = discriminator.manifest.meaning  # the manifest was checked to hold one of them
    return Score(discriminator, meaning)
