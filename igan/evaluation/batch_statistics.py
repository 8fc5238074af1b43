"""Statistics of batch normalisation that belong to averaged weights."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

Normalisation = (nn.BatchNorm1d, nn.BatchNorm2d)


@torch.no_grad()
def estimate_batch_statistics(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Set the running statistics of `network` to those of these inputs, all batches alike.

    Averages of weights have activations that no network on the way had, so that averaging the
    statistics too is only an approximation. A network without batch normalisation stays as it is.
    The network's mode is kept.
    """
    layers = [layer for layer in network.modules() if isinstance(layer, Normalisation)]
    if not layers:
        return
    was_training = network.training
    momenta = [layer.momentum for layer in layers]
    network.eval()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None
        layer.train()
    for batch in batches:
        network(batch)
    for layer, momentum in zip(layers, momenta, strict=True):
        layer.momentum = momentum
    network.train(was_training)
