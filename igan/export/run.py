"""A run folder in, a bundle out."""

from collections.abc import Callable, Sequence
from pathlib import Path

from igan.errors import RunError
from igan.export.bundle import Storage, export_bundle
from igan.run_folder import RunFolder
from serve.bundle.manifest import LatentSpec
from serve.staging import refuse_existing

TRUSTED_MODULES = ("igan.models", "serve.bundle.interpreter.stored")


def export_run(
    run: Path,
    out: Path,
    *,
    name: str | None = None,
    storage: Storage = "float32",
    licence: str | None = None,
    trusted: Sequence[str] = TRUSTED_MODULES,
    on_network: Callable[[str], None] = lambda role: None,
) -> None:
    """Export the networks of a run folder as a bundle.

    The run of a projector holds the GAN's networks and its feature space too; the run of a GAN
    gives a bundle without projector and features, which can be edited with, but projects by
    optimisation on pixels alone. Runs that kept no discriminator give a bundle without one.

    Args:
        run: the run folder.
        out: the bundle's folder, which must not exist.
        name: the model's name, that of the folder `out` by default.
        storage: what large weights are stored as, "float32" or "float16".
        licence: the terms of the weights, for the model card.
        trusted: modules and packages that classes of networks may come from.
        on_network: called with the role of each network when its export begins.

    Raises:
        RunError: the run is incomplete, or a class is not in a trusted module.
        ExportError: a network cannot be exported.
        OutputExistsError: `out` exists.
    """
    refuse_existing(out)
    trained = RunFolder(run).load_networks(trusted)
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
        discriminator=trained.networks.get("discriminator"),
        score=record.get("score", "logit"),
        licence=licence,
        storage=storage,
        feature_weight=record.get("feature_weight", 0.0),
        training=record.get("training"),
        held_out_losses=record.get("held_out_losses"),
        on_network=on_network,
    )
