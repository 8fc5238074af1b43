"""Look into a bundle, check it, or make one file of it.

igan bundle info checkpoints/shoes
igan bundle verify checkpoints/shoes
igan bundle pack checkpoints/shoes --out shoes.igan.zip
igan bundle unpack shoes.igan.zip --out checkpoints/shoes
igan bundle measure checkpoints/shoes data/shoes.lmdb --out checkpoints/shoes-measured
igan bundle measure checkpoints/shoes data/shoes.lmdb --evaluation runs/all --out checkpoints/shown

`verify` checks every file and graph, runs all of them in a process of its own and compares ONNX
Runtime with Torch. A digest from whoever made the bundle tells it from any other: --digest.
`measure` makes a copy that keeps how well held-out photos of a store are projected; by this, `igan
project` says whether a photo is of the kind that the model knows. With --evaluation its model card
also has the figures of `igan evaluate all`.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from serve.errors import BundleError, ServeError

if TYPE_CHECKING:
    from tqdm import tqdm

    from serve.bundle import Manifest
    from serve.bundle.manifest import NetworkManifest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="{info,verify,pack,unpack,measure}"
    )
    info = actions.add_parser("info", help="print what the manifest says")
    verify = actions.add_parser("verify", help="check every file, and run every graph")
    pack = actions.add_parser("pack", help="make one file of a bundle")
    unpack = actions.add_parser("unpack", help="make a bundle of such a file, checked")
    measure = actions.add_parser("measure", help="keep the losses of held-out photos in it")
    for action in (info, verify, pack, measure):
        action.add_argument("path", type=Path, help="the folder of the bundle")
    verify.add_argument(
        "--digest", help="the digest that the bundle must have, or its first 8 digits or more"
    )
    unpack.add_argument("path", type=Path, help="the packed bundle, such as shoes.igan.zip")
    pack.add_argument("--out", type=Path, required=True, help="the new file, NAME.igan.zip")
    unpack.add_argument("--out", type=Path, required=True, help="the new folder of the bundle")
    measure.add_argument(
        "stores", type=Path, nargs="+", metavar="STORE", help="photos of what it was trained on"
    )
    measure.add_argument(
        "--evaluation",
        type=Path,
        metavar="FOLDER",
        help="keep the figures of this evaluation of the bundle, too (`igan evaluate all`)",
    )
    measure.add_argument("--out", type=Path, required=True, help="the new folder of the bundle")


def run(arguments: argparse.Namespace) -> None:
    actions = {
        "info": _info,
        "verify": _verify,
        "pack": _pack,
        "unpack": _unpack,
        "measure": _measure,
    }
    actions[arguments.action](arguments)


def _info(arguments: argparse.Namespace) -> None:
    from serve.bundle import read_manifest

    print(card(read_manifest(arguments.path)))


def _verify(arguments: argparse.Namespace) -> None:
    command = [sys.executable, "-m", "serve.bundle.verification", str(arguments.path)]
    if arguments.digest is not None:
        command += ["--digest", arguments.digest]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode < 0:
        raise BundleError(
            f"{arguments.path}: running its graphs ended with signal {-finished.returncode}; do "
            "not use this bundle."
        )
    if finished.returncode != 0:
        lines = finished.stderr.strip().splitlines() or ["it could not be tried out."]
        kind = BundleError if finished.returncode == BundleError.exit_code else ServeError
        raise kind(lines[-1])
    from serve.bundle import read_manifest

    manifest = read_manifest(arguments.path)
    for role, agreement in json.loads(finished.stdout).items():
        gradient = agreement["gradient"]
        and_gradient = "" if gradient is None else f", gradients by {gradient:.1g}"
        print(
            f"{role:<13} ONNX and Torch differ by at most {agreement['forward']:.1g}{and_gradient}"
        )
    print(f"{arguments.path} is whole: {describe_size(manifest)}.")


def _pack(arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from serve.bundle.packing import pack_bundle

    with tqdm(desc="pack", unit=" files", leave=False) as bar:
        pack_bundle(arguments.path, arguments.out, lambda name: _advance(bar))
    size_mb = arguments.out.stat().st_size / 1e6
    print(f"{arguments.out}: {size_mb:.1f} MB; `igan bundle unpack` makes the bundle of it again.")


def _unpack(arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from serve.bundle.packing import unpack_bundle

    with tqdm(desc="unpack", unit=" files", leave=False) as bar:
        manifest = unpack_bundle(arguments.path, arguments.out, lambda name: _advance(bar))
    print(f"{arguments.out}: {describe_size(manifest)}.")


def _measure(arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from igan.export.measuring import measure_bundle
    from serve.bundle import read_manifest

    with tqdm(desc="measure", unit=" photos", leave=False) as bar:
        found = measure_bundle(
            arguments.path,
            arguments.stores,
            arguments.out,
            bar.update,
            evaluation=arguments.evaluation,
        )
    print(
        f"{arguments.out}: projection losses of {found.count} held-out photos, {found.mean:.4f} on "
        f"the mean, {found.quantiles[50]:.4f} in the middle, {found.quantiles[99]:.4f} below which "
        f"99 in 100 lie; {found.near_duplicates_left_out} copies of training photos left out."
    )
    described = describe_size(read_manifest(arguments.out))
    print(f"It is another bundle than {arguments.path}: {described}.")


def _advance(bar: "tqdm[NoReturn]") -> None:
    bar.update()


def card(manifest: "Manifest") -> str:
    """A bundle in a few lines for a person."""
    image, latent = manifest.image, manifest.latent
    bounds = "unbounded" if latent.bounds is None else "in [{:g}, {:g}]".format(*latent.bounds)
    channels = "one channel" if image.channels == 1 else f"{image.channels} channels"
    lines = [
        f"name      {manifest.name}",
        f"digest    {manifest.digest}",
        f"images    {image.size} x {image.size}, {channels}",
        f"latents   {latent.dim}, {latent.prior}, {bounds}",
        f"loss      pixels + {manifest.feature_weight:g} x features",
    ]
    lines += [f"{role:<13} {_network_line(net)}" for role, net in manifest.networks.items()]
    if manifest.arrays is not None:
        lines.append(f"arrays    {', '.join(manifest.arrays.shapes)}")
        for name, labels in manifest.arrays.labels.items():
            lines += [f"{name:<13} {number}: {label}" for number, label in labels.items()]
    for stage, record in manifest.training.items():
        if isinstance(record, dict) and "images_seen" in record:
            lines.append(f"training  {stage}: {record['images_seen']:,} images seen")
    if manifest.measures:
        lines.append(f"measures  {', '.join(manifest.measures)}: see its README.md")
    if manifest.held_out_losses is not None:
        lines.append(f"held out  losses of {manifest.held_out_losses.get('count')} photos are kept")
    lines.append(f"files     {describe_size(manifest)}")
    lines.append("made by   " + ", ".join(f"{k} {v}" for k, v in manifest.producer.items()))
    return "\n".join(lines)


def describe_size(manifest: "Manifest") -> str:
    """How many files of how many megabytes, and the beginning of the digest."""
    total = sum(record.size_bytes for record in manifest.files.values())
    return f"{len(manifest.files)} files, {total / 1e6:.1f} MB, digest {manifest.digest[:12]}"


def _network_line(network: "NetworkManifest") -> str:
    parity = network.parity
    parts = [f"output off by at most {parity.forward_max:.1g}"]
    if parity.gradient_median is None:
        parts.append("no gradient")
    else:
        parts.append(
            f"gradient by {parity.gradient_median:.1g} (at worst {parity.gradient_max:.1g})"
        )
    if network.storage_error is not None:
        parts.append(
            f"stored in {network.storage_dtype}, which costs {network.storage_error.largest:.1g}"
        )
    return ", ".join(parts)
