import dataclasses
from typing import Any

import pytest

from serve.bundle.manifest import LatentSpec
from serve.errors import EditError
from serve.latent.edit import Edit, LatentCache
from serve.latent.edit_latents import check_latents
from serve.latent.state import EditState, Pick

LATENT = LatentSpec(dim=2, prior="uniform", bounds=(-1.0, 1.0))
GOOD, LONG, OUTSIDE = (0.5, -1.0), (0.0, 0.0, 0.0), (0.0, 1.5)
EDIT = Edit(
    picks=(Pick(0, None, GOOD), Pick(0, 3)),
    past=(EditState(latents=GOOD),),
    cache=LatentCache(GOOD, GOOD),
)


def test_latents_of_the_bundle_pass() -> None:
    check_latents(EDIT, LATENT)


@pytest.mark.parametrize("bad", [LONG, OUTSIDE, (float("nan"), 0.0)])
@pytest.mark.parametrize(
    ("key", "place", "named"),
    [
        ("cache", lambda bad: LatentCache(bad, GOOD), "the cached 'z0'"),
        ("cache", lambda bad: LatentCache(GOOD, bad), "the cached 'z'"),
        ("picks", lambda bad: (Pick(0, 1), Pick(0, None, bad)), "the latent of pick 2"),
        ("past", lambda bad: (EditState(latents=bad),), "a latent of past state 1"),
        ("future", lambda bad: (EDIT.state, EditState(picks=(Pick(0, 1, bad),))), "future state 2"),
    ],
)
def test_others_are_named(bad: tuple[float, ...], key: str, place: Any, named: str) -> None:
    changes: dict[str, Any] = {key: place(bad)}
    with pytest.raises(EditError, match=f"{named} is no latent of this bundle"):
        check_latents(dataclasses.replace(EDIT, **changes), LATENT)
