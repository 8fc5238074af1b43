from types import SimpleNamespace

import pytest
import torch

from serve.errors import BundleError, EditError
from serve.latent.bounds import Bounds
from serve.latent.edit_model import EditModel
from serve.latent.objective import ObjectiveWeights
from serve.latent.state import DirectionAmount
from tests.serve.latent.tiny_model import LATENT_DIM, tiny_generator, tiny_model


def test_what_a_bundle_has_is_taken_from_it() -> None:
    bundle = tiny_model()
    bare = EditModel.of(bundle)
    assert bare.directions is None
    assert bare.score is None
    assert bare.bounds == Bounds(-1.0, 1.0)
    assert torch.equal(bare.draws(3, 1), bundle.sample_latents(3, 1))
    bundle.arrays = {
        "directions": torch.eye(LATENT_DIM)[:1],
        "direction_scales": torch.tensor([0.5]),
        "direction_shares": torch.tensor([0.5]),
    }
    bundle.manifest.arrays = SimpleNamespace(labels={"directions": {1: "height"}})
    moved = EditModel.of(bundle).moved(
        torch.zeros(2, LATENT_DIM), [DirectionAmount("height", -1.0)]
    )
    assert moved[:, 0].tolist() == [-0.5, -0.5]
    assert not moved[:, 1:].any()


def test_what_it_lacks_is_refused_only_when_it_is_asked_for() -> None:
    model = EditModel(tiny_generator(), 3, Bounds(-1, 1))
    z = torch.zeros(LATENT_DIM)
    assert model.moved(z, []) is z
    with pytest.raises(EditError, match="no directions to slide along"):
        model.moved(z, [DirectionAmount(1, 1.0)])
    model.check_weights(ObjectiveWeights())
    with pytest.raises(BundleError, match=r"no discriminator .* export a run that keeps one"):
        model.check_weights(ObjectiveWeights(realism=0.1))
    with pytest.raises(ValueError, match="nothing draws"):
        model.draws(1, 0)
