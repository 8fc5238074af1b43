"""Trained networks in, bundle out."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from igan import __version__
from igan.errors import ExportError
from igan.export.description import describe_network
from igan.export.directions import DIRECTIONS, principal_directions, write_directions
from igan.export.model_card import CARD_FILE, SAMPLES_FILE, model_card
from igan.export.network import export_network
from igan.export.parity import Tolerance
from igan.export.preparation import frozen_copy
from igan.export.samples import write_samples
from serve.bundle.bundle import draw_latents
from serve.bundle.files import file_record
from serve.bundle.manifest import (
    MANIFEST_FILE,
    ImageSpec,
    LatentSpec,
    manifest_document,
    parse_manifest,
)
from serve.bundle.network import OnnxNetwork
from serve.bundle.runtime import Runtime
from serve.staging import staged_folder

Storage = Literal["float32", "float16"]
Score = Literal["logit", "critic"]
STORAGE_DTYPES = {"float32": torch.float32, "float16": torch.float16}
VALUE_RANGE = (-1.0, 1.0)
# What rounding the generator's weights may change of any pixel, in the value range.
IMAGE_STORAGE_ERROR = 0.005
# Share of noise in the images that networks are compared on. A generated background is perfectly
# flat, and which of equal neighbours a max-pooling takes would be left to rounding.
NOISE = 0.1


def export_bundle(
    out: Path,
    *,
    name: str,
    generator: nn.Module,
    latent: LatentSpec,
    projector: nn.Module | None = None,
    features: nn.Module | None = None,
    feature_weight: float = 0.0,
    discriminator: nn.Module | None = None,
    feature_settings: Mapping[str, Any] | None = None,
    training: Mapping[str, Any] | None = None,
    measures: Mapping[str, Any] | None = None,
    held_out_losses: Mapping[str, Any] | None = None,
    score: Score = "logit",
    licence: str | None = None,
    storage: Storage = "float32",
    directions: int = DIRECTIONS,
    tolerance: Tolerance = Tolerance(),  # noqa: B008 - frozen
    on_network: Callable[[str], None] = lambda role: None,
) -> None:
    """Write the networks as a bundle into the new folder `out`, all of it or nothing.

    Args:
        out: where the bundle goes; must not exist.
        name: what people call the model.
        generator: latents `float32 (N, latent.dim)` to images `(N, C, S, S)` in [-1, 1].
        latent: size, prior and bounds of the latents.
        projector: images to latents.
        features: images to `(N, F, h, w)`; the feature space of the projection loss.
        feature_weight: its weight in that loss.
        discriminator: images to scores `(N,)`.
        feature_settings: what a reader should know of `features` besides what the module tells
            itself (class, layer, before or after ReLU, enlargement, normalisation).
        training: how the networks were made: configurations, data set digests, images seen.
        measures: figures measured on them.
        held_out_losses: distribution of the projection loss on held-out photos.
        score: what the discriminator answers with: the "logit" of the probability that an image
            is real, or the unbounded score of a "critic".
        licence: the terms of the weights, for the model card.
        storage: what large weights are stored as; arithmetic is float32 in any case.
        directions: how many principal directions to find at most, see `principal_directions`.
        tolerance: largest differences allowed between the exported networks and these.
        on_network: called with the role of each network when its export begins, and with
            "directions" when these are sought.

    Raises:
        OutputExistsError: `out` exists.
        ExportError: a network cannot be exported or does not agree with its exported form.
    """
    with staged_folder(out) as folder:
        artist = frozen_copy(generator)
        size, channels = _image_shape(artist, latent)
        image_shape = (channels, size, size)

        def draw_codes(count: int, random: torch.Generator) -> Tensor:
            return draw_latents(latent, count, random)

        @torch.no_grad()
        def draw_images(count: int, random: torch.Generator) -> Tensor:
            images = artist(draw_codes(count, random))
            noise = torch.rand(images.shape, generator=random) * 2 - 1
            return torch.lerp(images, noise, NOISE)

        on_network("generator")
        networks = {
            "generator": export_network(
                folder,
                "generator",
                generator,
                input_name="latents",
                output_name="images",
                sample_shape=(latent.dim,),
                draw=draw_codes,
                differentiable=True,
                meaning="images in the value range",
                settings=describe_network(generator),
                tolerance=replace(tolerance, storage=min(tolerance.storage, IMAGE_STORAGE_ERROR)),
                storage_dtype=STORAGE_DTYPES[storage],
            )
        }
        for role, network, output_name, differentiable, meaning in (
            ("projector", projector, "latents", False, "latents of the images"),
            ("features", features, "features", True, "feature space of the projection loss"),
            ("discriminator", discriminator, "scores", True, score),
        ):
            if network is not None:
                on_network(role)
                networks[role] = export_network(
                    folder,
                    role,
                    network,
                    input_name="images",
                    output_name=output_name,
                    sample_shape=image_shape,
                    draw=draw_images,
                    differentiable=differentiable,
                    meaning=meaning,
                    settings=describe_network(network)
                    | (dict(feature_settings or {}) if role == "features" else {}),
                    tolerance=tolerance,
                    storage_dtype=STORAGE_DTYPES[storage],
                )
        facts: dict[str, Any] = {
            "name": name,
            "image": ImageSpec(size=size, channels=channels, value_range=VALUE_RANGE),
            "latent": latent,
            "feature_weight": feature_weight,
            "networks": networks,
            "producer": _producer(),
            "training": training or {},
            "measures": measures or {},
            "held_out_losses": held_out_losses,
        }
        exported = OnnxNetwork(folder, networks["generator"], Runtime.default())
        write_samples(folder / SAMPLES_FILE, exported, latent)
        on_network("directions")
        arrays = write_directions(folder, principal_directions(exported, latent, directions))
        card = model_card(**facts, licence=licence)
        (folder / CARD_FILE).write_text(card, encoding="utf-8")
        files = {file.name: file_record(file) for file in sorted(folder.iterdir())}
        document = manifest_document(**facts, files=files, arrays=arrays)
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        parse_manifest(text)
        (folder / MANIFEST_FILE).write_text(text, encoding="utf-8")


def _image_shape(generator: nn.Module, latent: LatentSpec) -> tuple[int, int]:
    """Size and channels of the images that `generator` makes."""
    try:
        with torch.no_grad():
            shape = tuple(generator(torch.zeros(2, latent.dim)).shape)
    except RuntimeError as error:
        raise ExportError(
            f"the generator does not take latents of {latent.dim} numbers."
        ) from error
    if len(shape) != 4 or shape[2] != shape[3]:
        raise ExportError(
            f"a generator must answer with square images (N, C, S, S), but its answer is {shape}."
        )
    return shape[2], shape[1]


def _producer() -> dict[str, str]:
    return {
        "igan": __version__,
        "torch": torch.__version__,
        "onnx": onnx.__version__,
        "onnxruntime": onnxruntime.__version__,
    }
