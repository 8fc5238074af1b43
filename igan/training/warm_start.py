"""Starts a run from the networks of another one, such as of another category."""

from pathlib import Path

import torch
from torch import Tensor, nn

from igan.errors import ConfigError
from igan.run_folder import RunFolder

AVERAGES = {"generator": "averaged_generator", "projector": "averaged_projector"}


def warm_start(module: nn.Module, run: Path) -> list[str]:
    """Give the networks that `module` trains the weights that those of their role have in `run`.

    Networks that stand still, such as the generator that a projector learns to invert, stay.
    A generator or projector starts from the averaged weights, as does its own average. Networks of
    grey pictures may start from those of colour: a generator shows the mean of the three channels
    (taken before its last function), the others see the grey picture three times over. Optimizers,
    learning rate and `images_seen` start anew.

    Args:
        module: a training module, its networks as attributes named by role.

    Returns:
        The roles that were taken over.

    Raises:
        RunError: `run` holds no networks.
        ConfigError: a network of another shape, or no role in common.
    """
    networks = RunFolder(run).load_networks().networks
    taken = []
    for role, source in networks.items():
        target = getattr(module, role, None)
        if not isinstance(target, nn.Module) or not _is_trained(target):
            continue
        wanted = target.state_dict()
        state = _to_grey(role, source.state_dict(), wanted)
        _check_fits(role, state, wanted, run)
        target.load_state_dict(state)
        average = getattr(module, AVERAGES.get(role, ""), None)
        if average is not None:
            average.module.load_state_dict(state)
        taken.append(role)
    if not taken:
        raise ConfigError(
            f"{run} holds {', '.join(networks)}, none of which this training has; name another "
            "run with --init-from."
        )
    return taken


def _is_trained(network: nn.Module) -> bool:
    return any(weight.requires_grad for weight in network.parameters())


def _to_grey(role: str, state: dict[str, Tensor], wanted: dict[str, Tensor]) -> dict[str, Tensor]:
    """Merge the three colour channels of those weights that are wanted with a single one."""
    merge = torch.mean if role == "generator" else torch.sum
    merged = dict(state)
    for name, weight in state.items():
        if name in wanted and wanted[name].ndim == weight.ndim:
            pairs = enumerate(zip(weight.shape[:2], wanted[name].shape[:2], strict=True))
            for dim in [dim for dim, sizes in pairs if sizes == (3, 1)]:
                merged[name] = merge(weight, dim=dim, keepdim=True)
    return merged


def _check_fits(role: str, source: dict[str, Tensor], target: dict[str, Tensor], run: Path) -> None:
    for name, weight in target.items():
        if name not in source:
            found = "is not there"
        elif source[name].shape != weight.shape:
            found = f"is {_shape(source[name])} there and {_shape(weight)} here"
        else:
            continue
        raise ConfigError(
            f"the {role} of {run} does not fit this configuration: {name} {found}; give the "
            f"{role} the class, sizes and width that {RunFolder(run).config} names."
        )
    unknown = sorted(source.keys() - target.keys())
    if unknown:
        raise ConfigError(
            f"the {role} of {run} does not fit this configuration: it also has {unknown[0]}; give "
            f"the {role} the class, sizes and width that {RunFolder(run).config} names."
        )


def _shape(weight: Tensor) -> str:
    return "x".join(map(str, weight.shape)) or "one number"
