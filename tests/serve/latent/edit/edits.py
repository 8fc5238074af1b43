"""An edit with a value in every key."""

import torch

from serve.latent.constraints import ColourStroke, PointDrag
from serve.latent.edit import BundleIdentity, Edit, EditSettings, LatentCache, PhotoIdentity
from serve.latent.state import DirectionAmount, EditState
from serve.photo.frame import PhotoFrame

FRAME = PhotoFrame(225, 300, (0.0, 37.5, 225.0, 262.5), 64)
BUNDLE = BundleIdentity("shoes64", "a" * 64)
PHOTO = PhotoIdentity("b" * 64, 225, 300)
STROKE = ColourStroke(((1.0, 2.0),), (3.0, 4.0, 5.0), 6.0, 0.5)
DRAG = PointDrag((1.0, 2.0), (3.0, 4.0), 5.0)


def whole_edit() -> Edit:
    z = torch.rand(2, 5, generator=torch.Generator().manual_seed(0))
    cache = LatentCache.of(z[0], z[1])
    drawn = EditState((STROKE,), latents=cache.z0)
    picked = drawn.picked(cache.z, candidate=3)
    return Edit(
        constraints=picked.constraints,
        picks=picked.picks,
        directions=(DirectionAmount(2, -1.5), DirectionAmount("heel", 0.5)),
        bundle=BUNDLE,
        photo=PHOTO,
        frame=FRAME,
        seed=7,
        settings=EditSettings(method="network", smoothness_weight=2.5, frames=4),
        past=(EditState(), drawn),
        future=(picked.drawn(DRAG), picked.drawn(DRAG).drawn(STROKE)),
        cache=cache,
    )
