"""The generator of a bundle, adopted or exported, to train a projection network against."""

import base64
from pathlib import Path
from typing import Any

import yaml

from igan.run_folder import NetworkSpec, TrainedNetworks
from igan.training.config_files import find_config
from serve.bundle import load_bundle, read_manifest
from serve.bundle.interpreter.external_data import FilesBeside
from serve.bundle.interpreter.stored import StoredGenerator

_OWN_PROJECTOR = "igan.models.projector.Projector"


def load_bundled_generator(path: Path) -> TrainedNetworks:
    """The generator of the bundle at `path`, and what its manifest says of it, as of a run.

    Its graph is part of how it is built, so that a run folder that keeps it needs no bundle.

    Raises:
        BundleError: there is no such bundle, or it is damaged.
    """
    bundle = load_bundle(path)
    manifest = bundle.manifest
    graph = (path / manifest.networks["generator"].forward).read_bytes()
    weights_bytes = {
        name: record.size_bytes
        for name, record in manifest.files.items()
        if name.startswith("generator.") and not name.endswith(".onnx")
    }
    arguments: dict[str, Any] = {
        "graph": base64.b64encode(graph).decode("ascii"),
        "weights_bytes": weights_bytes,
        "image_size": manifest.image.size,
        "channels": manifest.image.channels,
        "latent_dim": manifest.latent.dim,
    }
    generator = StoredGenerator(**arguments, weights=FilesBeside(path))
    kind = f"{StoredGenerator.__module__}.{StoredGenerator.__qualname__}"
    latent = manifest.latent
    record = {
        "latent": {"dim": latent.dim, "prior": latent.prior, "bounds": latent.bounds},
        "training": dict(manifest.training),
    }
    return TrainedNetworks(
        {"generator": generator.eval()}, {"generator": NetworkSpec(kind, arguments)}, record
    )


def options_for_bundle(config: str, path: Path) -> list[str]:
    """Options that train a projector against the bundle at `path`.

    The projector of `config`, if it is ours, takes its sizes from the bundle, and is bounded where
    the bundle's latents are.

    Raises:
        BundleError, ConfigError: there is no such bundle or configuration.
    """
    manifest = read_manifest(path)
    options = ["--model.generator_run=null", f"--model.generator_bundle={path}"]
    content = yaml.safe_load(find_config("projector", config).read_text(encoding="utf-8"))
    projector = content.get("model", {}).get("projector", {})
    if projector.get("class_path") == _OWN_PROJECTOR:
        fitting = {
            "image_size": manifest.image.size,
            "channels": manifest.image.channels,
            "latent_dim": manifest.latent.dim,
            "bounded": str(manifest.latent.bounds == (-1.0, 1.0)).lower(),
        }
        options += [f"--model.projector.init_args.{key}={value}" for key, value in fitting.items()]
    return options
