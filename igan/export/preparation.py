"""What is exported of a network: a frozen copy in evaluation mode."""

import copy

from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm


def frozen_copy(network: nn.Module) -> nn.Module:
    """A copy on the CPU, float32, in evaluation mode, without gradients for its weights.

    Weights that are computed from others (spectral or weight normalisation and other
    parametrisations) are computed once; `network` is not changed.
    """
    # A weight that an old-style hook computed is no leaf, and cannot be copied as it is.
    computed = {
        id(value): value.detach().clone()
        for module in network.modules()
        for value in vars(module).values()
        if isinstance(value, Tensor) and not value.is_leaf
    }
    duplicate = copy.deepcopy(network, computed).cpu().float().eval()
    for module in duplicate.modules():
        _remove_normalisation_hooks(module)
        if parametrize.is_parametrized(module):
            _make_weights_plain(module)
    return duplicate.requires_grad_(False)


def _make_weights_plain(module: nn.Module) -> None:
    """Torch's `remove_parametrizations` would reach into the class, which copies share."""
    names = list(module.parametrizations)  # type: ignore[arg-type]
    weights = {name: getattr(module, name).detach() for name in names}
    del module.parametrizations
    module.__class__ = type(module).__bases__[0]
    for name, weight in weights.items():
        module.register_parameter(name, nn.Parameter(weight))


def _remove_normalisation_hooks(module: nn.Module) -> None:
    for key, hook in list(module._forward_pre_hooks.items()):
        if isinstance(hook, SpectralNorm | WeightNorm):
            hook.remove(module)
            del module._forward_pre_hooks[key]
