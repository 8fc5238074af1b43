"""A foreign ONNX file in, a bundle out."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from igan.export.adoption.agreement import Agreement, measure_agreement
from igan.export.adoption.errors import AdoptionError
from igan.export.adoption.generator import AdoptedGenerator
from igan.export.adoption.interface import (
    ImageOutput,
    LatentInput,
    find_image_output,
    find_latent_input,
)
from igan.export.adoption.value_range import SIGNED, Interval, range_of_graph, range_of_images
from igan.export.bundle import export_bundle
from igan.models.features import AlexNetFeatures
from serve.bundle.interpreter import GraphError, InterpretedNetwork, OnnxModel, read_model
from serve.bundle.interpreter.external_data import FilesBeside
from serve.bundle.manifest import LatentSpec
from serve.bundle.prior import Prior, prior_bounds
from serve.staging import refuse_existing

# That of the projection loss (docs/projection-loss.md).
FEATURE_WEIGHT = 0.1
# Images are enlarged for the feature space to about this size, as 64-pixel ones are four times.
FEATURE_IMAGE_PX = 256
LARGEST_FILE_BYTES = 2**32
_TRIED_LATENTS = 16


@dataclass(frozen=True)
class Adoption:
    """What was found out about a foreign generator, and how well it is reproduced."""

    producer: str
    opset: int
    operators: tuple[str, ...]
    latent: LatentInput
    output: ImageOutput
    value_range: Interval
    value_range_from: str
    image_values: Interval
    agreement: Agreement


def adopt_generator(
    file: Path,
    out: Path,
    *,
    name: str | None = None,
    latent_dim: int | None = None,
    prior: Prior = "normal",
    value_range: Interval | None = None,
    fixed: Mapping[str, str] | None = None,
    features: bool = True,
    feature_weight: float = FEATURE_WEIGHT,
    on_step: Callable[[str], None] = lambda step: None,
) -> Adoption:
    """Make a bundle, without a projector, of the generator in an ONNX file.

    Args:
        file: the ONNX file; its weights may lie in files of the same folder.
        out: the bundle's folder, which must not exist.
        name: the model's name, that of the folder `out` by default.
        latent_dim: how long a latent is, where the file leaves it open.
        prior: what latents were drawn from in training; no file says it.
        value_range: of the images, where it is not to be found out.
        fixed: values of further inputs by name, numbers separated by commas.
        features: add AlexNet's features, for the projection loss.
        feature_weight: their weight in it.
        on_step: called with what begins.

    Raises:
        GraphError: the file holds something that the interpreter does not know (named).
        AdoptionError: the file is no generator, or differs from what ONNX Runtime makes of it.
        ExportError: its gradient cannot be exported; the operator is named.
        OutputExistsError: `out` exists.
    """
    refuse_existing(out)
    on_step("read")
    content = _read(file)
    model = read_model(content, FilesBeside(file.parent))
    values = _fixed_values(model, fixed or {})
    latent = find_latent_input(model, values, latent_dim)
    network = InterpretedNetwork(model, free_batch=latent.fixed_batch is not None)
    generator, told_by, image_values = _wrapped(model, network, latent, values, value_range)
    on_step("compare with ONNX Runtime")
    agreement = measure_agreement(file, generator, values)
    adoption = Adoption(
        producer=model.producer,
        opset=model.opset,
        operators=tuple(sorted({node.op_type for node in model.nodes})),
        latent=latent,
        output=generator.output,
        value_range=generator.value_range,
        value_range_from=told_by,
        image_values=image_values,
        agreement=agreement,
    )
    size = generator.output.size
    enlargement = min(4, max(1, FEATURE_IMAGE_PX // size))
    export_bundle(
        out,
        name=name or out.name,
        generator=generator,
        latent=LatentSpec(latent.dim, prior, prior_bounds(prior)),
        features=AlexNetFeatures(upsampling=enlargement) if features else None,
        feature_weight=feature_weight if features else 0.0,
        training={
            "adopted": {
                "file": file.name,
                "sha256": hashlib.sha256(content).hexdigest(),
                **asdict(adoption),
            }
        },
        on_network=lambda role: on_step(f"export the {role}"),
    )
    return adoption


def _read(file: Path) -> bytes:
    if not file.is_file():
        raise AdoptionError(f"{file} is not a file; name an ONNX file.")
    if file.stat().st_size > LARGEST_FILE_BYTES:
        raise AdoptionError(f"{file} is too large for an ONNX file.")
    return file.read_bytes()


def _fixed_values(model: OnnxModel, fixed: Mapping[str, str]) -> dict[str, Tensor]:
    """Tensors for further inputs, with a batch axis of one where the input has a batch axis."""
    declared = {tensor.name: tensor for tensor in model.inputs}
    values = {}
    for name, text in fixed.items():
        if name not in declared:
            raise AdoptionError(
                f"the graph has no input {name!r} to fix; its inputs are {', '.join(declared)}."
            )
        tensor = declared[name]
        try:
            numbers = torch.tensor([float(part) for part in text.split(",")])
        except ValueError:
            raise AdoptionError(
                f"`--fix {name}={text}` needs a number, or numbers separated by commas."
            ) from None
        lengths = list(tensor.shape or ())
        sample = lengths[1:]
        if not all(isinstance(length, int) and length > 0 for length in sample):
            raise AdoptionError(f"the input {name!r} does not say how long it is, and stays open.")
        shape = [1, *(int(length or 0) for length in sample)] if lengths else []
        try:
            value = numbers.expand(shape) if len(numbers) == 1 and shape else numbers.reshape(shape)
        except RuntimeError:
            raise AdoptionError(
                f"the input {name!r} takes {tuple(sample)} numbers for each latent, "
                f"but {len(numbers)} are given."
            ) from None
        values[name] = value.to(getattr(torch, tensor.dtype)).contiguous()
    return values


def _wrapped(
    model: OnnxModel,
    network: InterpretedNetwork,
    latent: LatentInput,
    fixed: Mapping[str, Tensor],
    value_range: Interval | None,
) -> tuple[AdoptedGenerator, str, Interval]:
    """The generator, what its value range is known from, and the values that it drew."""
    name = model.outputs[0].name
    # The layout shows in what is drawn.
    probe = AdoptedGenerator(network, latent, ImageOutput(name, 1, 1, False), SIGNED, fixed)
    random = torch.Generator().manual_seed(0)
    latents = torch.randn(_TRIED_LATENTS, latent.dim, generator=random)
    try:
        with torch.no_grad():
            images = probe.raw_images(latents)
    except (GraphError, RuntimeError) as error:
        raise AdoptionError(
            f"the graph does not run for a batch of {_TRIED_LATENTS}, as a free batch axis needs: "
            f"{str(error).splitlines()[0].rstrip('.')}."
        ) from error
    if images.dtype != torch.float32:
        kind = str(images.dtype).removeprefix("torch.")
        raise AdoptionError(f"the output {name!r} is {kind}, but images must be float32.")
    if not images.isfinite().all():
        raise AdoptionError(f"the output {name!r} holds values that are no finite numbers.")
    if len(images) != _TRIED_LATENTS:
        raise AdoptionError(
            f"the output {name!r} has the shape {tuple(images.shape)} for {_TRIED_LATENTS} "
            "latents; export the generator with a free batch axis."
        )
    output = find_image_output(name, images.shape)
    drawn = (float(images.min()), float(images.max()))
    told_by = "as told"
    if value_range is None:
        value_range, told_by = range_of_graph(model), "from its last operators"
    if value_range is None:
        value_range, told_by = range_of_images(images), "guessed from its images"
    return AdoptedGenerator(network, latent, output, value_range, fixed), told_by, drawn
