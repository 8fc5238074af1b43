"""Whether the latents that an Edit document carries can be those of a bundle."""

from collections.abc import Iterator

import torch

from serve.bundle.manifest import LatentSpec
from serve.errors import EditError
from serve.latent.bounds import Bounds
from serve.latent.edit import Edit
from serve.latent.state import LatentValues


def check_latents(edit: Edit, latent: LatentSpec) -> None:
    """Check the length and the bounds of all latents in an edit.

    Raises:
        EditError: naming what is no latent of the bundle.
    """
    bounds = Bounds.from_pair(latent.bounds)
    for what, values in _named_latents(edit):
        latents = torch.tensor(values, dtype=torch.float32)
        if len(latents) != latent.dim or not torch.equal(bounds.clamp(latents), latents):
            raise EditError(
                f"the edit: {what} is no latent of this bundle; remove it and run the edit again."
            )


def _named_latents(edit: Edit) -> Iterator[tuple[str, LatentValues]]:
    if edit.cache is not None:
        yield "the cached 'z0'", edit.cache.z0
        yield "the cached 'z'", edit.cache.z
    for number, pick in enumerate(edit.picks, start=1):
        if pick.latent is not None:
            yield f"the latent of pick {number}", pick.latent
    for kind, states in (("past", edit.past), ("future", edit.future)):
        for number, state in enumerate(states, start=1):
            latents = [state.latents, *(pick.latent for pick in state.picks)]
            for values in latents:
                if values is not None:
                    yield f"a latent of {kind} state {number}", values
