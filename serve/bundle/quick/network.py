"""Networks of a bundle that take the quick way where it is one."""

import threading
from collections.abc import Callable
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from serve.bundle.graphs import read_graph
from serve.bundle.network import OnnxNetwork
from serve.bundle.quick.chain import quick_network

Function = Callable[[Tensor], Tensor]

_found: WeakKeyDictionary[OnnxNetwork, nn.Module | None] = WeakKeyDictionary()
_lock = threading.Lock()


class QuickNetwork:
    """A network of a bundle: by `quick` for gradients on a CPU of batches of `fewest` or more.

    Maps what the bundle's network maps, to float32's rounding, and differentiably.
    """

    def __init__(self, network: Callable[[Tensor], Tensor], quick: nn.Module, fewest: int) -> None:
        self.network, self.fewest = network, fewest
        self.quick: Function = quick

    def __call__(self, batch: Tensor) -> Tensor:
        wants_gradient = batch.requires_grad and torch.is_grad_enabled()
        if wants_gradient and batch.device.type == "cpu" and len(batch) >= self.fewest:
            return self.quick(batch)
        return self.network(batch)


def quickened(network: Function, fewest: int = 1) -> Function:
    """A bundle's network, the quick way where its graph allows one; any other stays what it is.

    So does one of a bundle that was loaded for one engine in particular.

    The quick network is made on first use (up to a second) and kept as long as the bundle's.

    Args:
        fewest: images of a batch, below which the network's own way is taken.

    Raises:
        BundleError: the bundle's graph is damaged.
    """
    if not isinstance(network, OnnxNetwork) or network._wish != "auto":
        return network
    with _lock:
        if network not in _found:
            graph, folder = network.manifest.forward, network._folder
            model, _ = read_graph(folder, network.manifest, graph, network._files)
            _found[network] = quick_network(model)
    quick = _found[network]
    return network if quick is None else QuickNetwork(network, quick, fewest)
