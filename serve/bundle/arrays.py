"""The named arrays of a bundle: one safetensors file, with the shapes that the manifest says."""

from collections.abc import Mapping
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from serve.bundle.manifest import ArraysSpec
from serve.errors import BundleError


def read_arrays(
    folder: Path, spec: ArraysSpec, files: Mapping[str, memoryview]
) -> dict[str, Tensor]:
    """The arrays, `float32`, by name; `folder` names the bundle in messages.

    Raises:
        BundleError: the file is damaged, or holds other arrays than the manifest says.
    """
    place = folder / spec.file
    try:
        arrays = safetensors.torch.load(bytes(files[spec.file]))
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError) as error:
        raise BundleError(
            f"{place} is not a file of arrays ({error}); take an intact copy of the bundle."
        ) from None
    for name in sorted(arrays.keys() | spec.shapes.keys()):
        found = arrays.get(name)
        fits = (
            found is not None
            and found.dtype == torch.float32
            and tuple(found.shape) == spec.shapes.get(name)
        )
        if not fits:
            raise BundleError(
                f"{place} and its manifest do not agree on the array {name!r}; take an intact copy "
                "of the bundle."
            )
    return arrays
