"""A run folder in, a bundle out."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from safetensors import SafetensorError, safe_open

from igan.errors import RunError
from igan.export.bundle import export_bundle
from igan.run_folder import HEADER_KEY, RunFolder, TrainedNetworks
from serve.bundle.manifest import LatentSpec
from serve.staging import refuse_existing

TRUSTED_MODULES = ("igan.models",)


def export_run(
    run: Path,
    out: Path,
    *,
    name: str | None = None,
    trusted: Sequence[str] = TRUSTED_MODULES,
    on_network: Callable[[str], None] = lambda role: None,
) -> None:
    """Export the networks of a run folder as a bundle.

    The run of a projector holds its generator and feature space too; the run of a GAN gives a
    bundle without them, which can be edited with, but projects by pixels alone.

    Args:
        run: the run folder.
        out: the bundle's folder, which must not exist.
        name: the model's name, that of the folder `out` by default.
        trusted: modules and packages that classes of networks may come from.
        on_network: called with the role of each network when its export begins.

    Raises:
        RunError: the run is incomplete, or a class is not in a trusted module.
        ExportError: a network cannot be exported.
        OutputExistsError: `out` exists.
    """
    refuse_existing(out)
    trained = load_trusted(run, trusted)
    if "generator" not in trained.networks:
        raise RunError(f"{run} holds no generator; export the run of a GAN or a projector.")
    record = trained.record
    try:
        latent = record["latent"]
        bounds = latent["bounds"]
        spec = LatentSpec(latent["dim"], latent["prior"], None if bounds is None else tuple(bounds))
    except (KeyError, TypeError) as error:
        raise RunError(f"{run} does not say what its latents are: {error}.") from error
    export_bundle(
        out,
        name=name or out.name,
        generator=trained.networks["generator"],
        latent=spec,
        projector=trained.networks.get("projector"),
        features=trained.networks.get("features"),
        feature_weight=record.get("feature_weight", 0.0),
        training=record.get("training"),
        measures=record.get("measures"),
        held_out_losses=record.get("held_out_losses"),
        on_network=on_network,
    )


def load_trusted(run: Path, trusted: Sequence[str]) -> TrainedNetworks:
    """The networks of a run, after a look at which classes that would import.

    Raises:
        RunError: a class lies outside the trusted modules, or the run cannot be read.
    """
    folder = RunFolder(run)
    for role, class_path in _class_paths(folder).items():
        if not any(class_path.startswith(f"{module}.") for module in trusted):
            raise RunError(
                f"the {role} of {run} is a {class_path}, which is outside {', '.join(trusted)}; "
                f"if you trust it, add `--trust {class_path.rpartition('.')[0] or class_path}`."
            )
    return folder.load_networks()


def _class_paths(folder: RunFolder) -> dict[str, str]:
    """Class paths by role; none where there is nothing to read, of which the reader complains."""
    if not folder.networks.is_file():
        return {}
    try:
        with safe_open(folder.networks, "pt") as file:
            specs = json.loads(file.metadata()[HEADER_KEY])["networks"]
        return {role: str(spec["class_path"]) for role, spec in specs.items()}
    except (ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        raise RunError(f"the networks of {folder.path} are damaged: {error}.") from error
