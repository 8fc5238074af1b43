"""How far the interpreted graph is from ONNX Runtime's reading of the same file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import Tensor

from igan.export.adoption.errors import AdoptionError
from igan.export.adoption.generator import AdoptedGenerator
from serve.bundle.interpreter import GraphError

SEEDS = (0, 1, 2)
BATCH_SIZES = (1, 2, 7)
LARGEST_ERROR = 1e-4
_ERROR_SEVERITY = 3


@dataclass(frozen=True)
class Agreement:
    """Differences of the images, in units of half the value range."""

    largest: float
    mean: float
    seeds: tuple[int, ...]
    batch_sizes: tuple[int, ...]


class ForeignSession:
    """The foreign file in ONNX Runtime, on the CPU."""

    def __init__(self, file: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ERROR_SEVERITY
        options.intra_op_num_threads = torch.get_num_threads()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(
                str(file), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime's exceptions have no common class.
            raise AdoptionError(f"ONNX Runtime cannot run {file}: {_first_line(error)}.") from error

    def images(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """What the graph gives for these inputs."""
        feed = {name: value.contiguous().numpy() for name, value in inputs.items()}
        try:
            (images,) = self._session.run(None, feed)
        except Exception as error:
            raise AdoptionError(f"ONNX Runtime failed on it: {_first_line(error)}.") from error
        return torch.from_numpy(np.asarray(images))


def measure_agreement(
    file: Path, generator: AdoptedGenerator, fixed: Mapping[str, Tensor]
) -> Agreement:
    """Run the same latents through both, for several seeds and batch sizes.

    Raises:
        AdoptionError: they differ by more than `LARGEST_ERROR`, or one cannot run them.
    """
    session = ForeignSession(file)
    low, high = generator.value_range
    errors = []
    for seed in SEEDS:
        random = torch.Generator().manual_seed(seed)
        for count in BATCH_SIZES:
            latents = torch.randn(count, generator.latent_dim, generator=random)
            expected = _foreign_images(session, generator, latents, fixed)
            try:
                with torch.no_grad():
                    found = generator.raw_images(latents)
            except (GraphError, RuntimeError) as error:
                raise AdoptionError(
                    f"the graph does not run for a batch of {count}: {_first_line(error)}."
                ) from error
            if found.shape != expected.shape:
                raise AdoptionError(
                    f"ONNX Runtime gives {tuple(expected.shape)} for a batch of {count}, but the "
                    f"interpreter {tuple(found.shape)}; export the generator with a free batch."
                )
            errors.append(((found - expected).abs() / ((high - low) / 2)).flatten())
    all_errors = torch.cat(errors).nan_to_num(nan=torch.inf)
    agreement = Agreement(float(all_errors.max()), float(all_errors.mean()), SEEDS, BATCH_SIZES)
    if agreement.largest > LARGEST_ERROR:
        raise AdoptionError(
            f"the interpreted graph does not agree with ONNX Runtime: its images are off by "
            f"{agreement.largest:.2g}, more than {LARGEST_ERROR:g}; nothing was written."
        )
    return agreement


def _foreign_images(
    session: ForeignSession,
    generator: AdoptedGenerator,
    latents: Tensor,
    fixed: Mapping[str, Tensor],
) -> Tensor:
    """ONNX Runtime's images; one by one if the batch of the graph is fixed."""
    at_once = generator.latent.fixed_batch or len(latents)
    parts = []
    for part in latents.split(at_once):
        inputs = {generator.latent.name: part.reshape(-1, *generator.latent.sample_shape)}
        for name, value in fixed.items():
            inputs[name] = value.expand(len(part), *value.shape[1:]) if value.ndim else value
        parts.append(session.images(inputs))
    return torch.cat(parts)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
