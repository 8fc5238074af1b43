"""What goes into a foreign generator and what comes out: read from its graph, or told."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from igan.export.adoption.errors import AdoptionError
from serve.bundle.interpreter.model import GraphTensor, OnnxModel

CHANNELS = (1, 3)


@dataclass(frozen=True)
class LatentInput:
    """The input for latents `(N, *sample_shape)`; `fixed_batch` is N where it is not free."""

    name: str
    sample_shape: tuple[int, ...]
    fixed_batch: int | None

    @property
    def dim(self) -> int:
        return math.prod(self.sample_shape)


@dataclass(frozen=True)
class ImageOutput:
    """Images `(N, channels, size, size)`, or with the channels last."""

    name: str
    size: int
    channels: int
    channels_last: bool


def find_latent_input(
    model: OnnxModel, fixed: Mapping[str, Tensor], latent_dim: int | None
) -> LatentInput:
    """The one input that is left when those in `fixed` have their values.

    Raises:
        AdoptionError: there are more or none, it is no float32, or its shape is not known.
    """
    names = [tensor.name for tensor in model.inputs]
    for name in fixed:
        if name not in names:
            raise AdoptionError(
                f"the graph has no input {name!r} to fix; its inputs are {', '.join(names)}."
            )
    free = [tensor for tensor in model.inputs if tensor.name not in fixed]
    if len(free) != 1:
        listed = "; ".join(f"{tensor.name} {describe_shape(tensor)}" for tensor in free) or "none"
        raise AdoptionError(
            f"a generator takes latents alone, but this graph has {len(free)} inputs ({listed}); "
            "give all but the latents a value with `--fix NAME=VALUE`."
        )
    (latent,) = free
    if latent.dtype != "float32":
        raise AdoptionError(
            f"the input {latent.name!r} is {latent.dtype}, but latents must be float32; "
            "export the generator in float32."
        )
    return _latent_input(latent, latent_dim)


def _latent_input(latent: GraphTensor, latent_dim: int | None) -> LatentInput:
    if latent.shape is None or len(latent.shape) < 2:
        raise AdoptionError(
            f"the input {latent.name!r} has the shape {describe_shape(latent)}, but latents are "
            "a batch of at least one axis, such as (batch, 100)."
        )
    batch, *lengths = latent.shape
    unknown = [place for place, length in enumerate(lengths) if not _is_known(length)]
    if unknown and (latent_dim is None or len(unknown) > 1):
        raise AdoptionError(
            f"the input {latent.name!r} has the shape {describe_shape(latent)}, which does not "
            "say how long a latent is; add `--latent-dim N`."
        )
    known = [length for length in lengths if isinstance(length, int) and _is_known(length)]
    if unknown:
        lengths[unknown[0]] = (latent_dim or 0) // math.prod(known)
    shape = tuple(int(length or 0) for length in lengths)
    if latent_dim is not None and math.prod(shape) != latent_dim:
        raise AdoptionError(
            f"the input {latent.name!r} takes latents of {math.prod(shape)} numbers, "
            f"not {latent_dim}."
        )
    fixed_batch = batch if _is_known(batch) and isinstance(batch, int) else None
    if fixed_batch not in (None, 1):
        raise AdoptionError(
            f"the batch size of the graph is fixed at {fixed_batch}; export the generator with a "
            "free batch axis, or with a batch of one."
        )
    return LatentInput(latent.name, shape, fixed_batch)


def find_image_output(name: str, shape: Sequence[int]) -> ImageOutput:
    """What images of `shape` (N, ...) are.

    Raises:
        AdoptionError: they are no square images of one or three channels.
    """
    if len(shape) == 4:
        _, *rest = shape
        for channels_last, (channels, height, width) in (
            (False, (rest[0], rest[1], rest[2])),
            (True, (rest[2], rest[0], rest[1])),
        ):
            if channels in CHANNELS and height == width:
                return ImageOutput(name, height, channels, channels_last)
    raise AdoptionError(
        f"the output {name!r} has the shape {tuple(shape)}, but must be square images of one or "
        "three channels, (N, C, S, S) or (N, S, S, C)."
    )


def describe_shape(tensor: GraphTensor) -> str:
    """A shape as a person reads it."""
    if tensor.shape is None:
        return "of unknown shape"
    return f"({', '.join(str('?' if length is None else length) for length in tensor.shape)})"


def _is_known(length: object) -> bool:
    return isinstance(length, int) and length > 0
