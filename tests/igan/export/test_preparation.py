"""The copy that is exported computes what the network computes."""

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from igan.export.preparation import frozen_copy

NORMALISED = {
    "spectral": lambda layer: parametrizations.spectral_norm(layer),
    "weight": lambda layer: parametrizations.weight_norm(layer),
    "spectral, old style": lambda layer: nn.utils.spectral_norm(layer),
}


@pytest.mark.parametrize("name", NORMALISED)
def test_a_normalised_weight_becomes_a_plain_one(name):
    torch.manual_seed(0)
    network = nn.Sequential(NORMALISED[name](nn.Conv2d(3, 4, 3)), nn.Dropout()).train()
    images = torch.randn(2, 3, 5, 5)
    copy = frozen_copy(network)
    assert [key for key, _ in copy.named_parameters()] in (
        ["0.bias", "0.weight"],
        ["0.weight", "0.bias"],
    )
    assert network.training
    assert not any(weight.requires_grad for weight in copy.parameters())
    torch.testing.assert_close(copy(images), network.eval()(images))
