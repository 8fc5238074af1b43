"""How large the gradients of a run are."""

from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor

from igan.training.images_seen import ImagesSeenModule


class GradientNorms(Callback):
    """Notes the norm of each optimizer's gradients with the losses of a logged batch."""

    def on_before_optimizer_step(
        self, trainer: Trainer, pl_module: LightningModule, optimizer: Any
    ) -> None:
        assert isinstance(pl_module, ImagesSeenModule)
        if not pl_module.logs_this_batch:
            return
        weights = [weight for group in optimizer.param_groups for weight in group["params"]]
        name = _owner(pl_module, weights[0])
        pl_module.note({f"gradients/{name}": norm_of_gradients(weights)})


@torch.no_grad()
def norm_of_gradients(weights: list[Tensor]) -> Tensor:
    """The length of all gradients together; weights without one count nothing."""
    norms = [weight.grad.norm() for weight in weights if weight.grad is not None]
    return torch.stack(norms).norm() if norms else torch.zeros(())


def _owner(module: LightningModule, weight: Tensor) -> str:
    """The name of the network that a weight belongs to."""
    for name, network in module.named_children():
        if any(own is weight for own in network.parameters()):
            return name
    return "others"
