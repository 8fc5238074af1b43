"""A bundle and held-out photos in, the same bundle out that keeps how good it is on them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from igan.data.combined import check_shape, open_alike
from igan.errors import BadInputError, StoreError
from igan.evaluation.held_out import held_out_photos
from igan.evaluation.suite.folder import read_outcome
from igan.export.model_card import CARD_FILE, with_measures
from igan.export.resealing import write_resealed
from serve.bundle.bundle import load_bundle
from serve.bundle.files import read_files
from serve.bundle.manifest import MANIFEST_FILE, parse_manifest
from serve.errors import BundleError
from serve.latent.category import FEWEST_PHOTOS, METHOD, HeldOutLosses
from serve.latent.projection import IMAGES_AT_ONCE, project
from serve.staging import refuse_existing, staged_folder

KEPT_PARTS = ("reconstruction", "realism", "neighbours", "transfer")
"""Of an evaluation, what says in a few lines how good a model is, on whichever machine."""


def measure_bundle(
    bundle_path: Path,
    store_paths: Sequence[Path],
    out: Path,
    on_photos: Callable[[int], object] = lambda photos: None,
    *,
    evaluation: Path | None = None,
) -> HeldOutLosses:
    """Write a copy of a bundle whose manifest keeps the losses of held-out photos.

    The loss is that of the projection network's answer; held-out photos that a photo to train on
    shows too are left out. The copy has another digest, since a manifest is part of what it seals.

    Args:
        store_paths: photo stores of what the model was trained on.
        out: the new folder.
        on_photos: gets the number of photos of each batch that is done.
        evaluation: the folder of an evaluation of this bundle, whose figures are kept, too.

    Raises:
        BadInputError: no such evaluation, or that of another bundle.
        BundleError: the bundle is damaged or has no projection network.
        StoreError: a store cannot be read, or holds too few held-out photos or others in shape.
        OutputExistsError: `out` exists.
    """
    refuse_existing(out)
    bundle = load_bundle(bundle_path)
    manifest = bundle.manifest
    if bundle.projector is None:
        raise BundleError(
            f"the bundle {manifest.name} has no projection network, by whose answers photos are "
            "told from others; train one with `igan train projector` and export again."
        )
    measures = manifest.measures if evaluation is None else _measures(evaluation, manifest.digest)
    stores = open_alike([str(path) for path in store_paths])
    losses, left_out = [], 0
    for store in stores:
        check_shape(store, manifest.image.size, manifest.image.channels)
        held_out = held_out_photos(store)
        left_out += held_out.near_duplicates
        for start in range(0, len(held_out.indices), IMAGES_AT_ONCE):
            photos = store.read(held_out.indices[start : start + IMAGES_AT_ONCE])
            losses.append(project(bundle, photos, METHOD).terms.total.double().numpy())
            on_photos(len(photos))
    joined = np.concatenate(losses)
    if len(joined) < FEWEST_PHOTOS:
        raise StoreError(
            f"{stores[0].path} has {len(joined)} held-out photos of its own, but a distribution "
            f"needs {FEWEST_PHOTOS}; import more photos."
        )
    digests = {store.path.name: store.digest for store in stores}
    measured = HeldOutLosses.measured(joined, left_out, digests)
    with staged_folder(out) as folder:
        _write_copy(bundle_path, folder, measured, measures)
    return measured


def _measures(evaluation: Path, digest: str) -> dict[str, Any]:
    outcome = read_outcome(evaluation)
    if outcome.bundle["digest"] != digest:
        raise BadInputError(
            f"{evaluation} is of another bundle, {outcome.bundle['name']} of digest "
            f"{outcome.bundle['digest'][:12]}; run `igan evaluate all` on this one."
        )
    return {
        part.name: {"command": part.command, "figures": [asdict(one) for one in part.figures]}
        for part in outcome.in_state("done")
        if part.name in KEPT_PARTS
    }


def _write_copy(
    bundle_path: Path, folder: Path, measured: HeldOutLosses, measures: Mapping[str, Any]
) -> None:
    text = (bundle_path / MANIFEST_FILE).read_bytes()
    manifest = parse_manifest(text, str(bundle_path / MANIFEST_FILE))
    document = json.loads(text)
    document["held_out_losses"] = measured.to_json()
    document["measures"] = json.loads(json.dumps(measures))
    files: dict[str, bytes | memoryview] = {**read_files(bundle_path, manifest.files)}
    if CARD_FILE in files:
        card = with_measures(
            str(files[CARD_FILE], "utf-8"),
            document["measures"],
            document["held_out_losses"],
            manifest.feature_weight,
        )
        files[CARD_FILE] = card.encode()
    write_resealed(folder, files, document)
