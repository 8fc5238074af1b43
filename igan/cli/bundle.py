"""Look into a bundle, or check that it is whole.

igan bundle info checkpoints/shoes
igan bundle verify checkpoints/shoes
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serve.bundle import Manifest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="{verify,info}")
    verify = actions.add_parser("verify", help="check every file and open every graph")
    info = actions.add_parser("info", help="print what the manifest says")
    for action in (verify, info):
        action.add_argument("path", type=Path, help="the folder of the bundle")


def run(arguments: argparse.Namespace) -> None:
    from serve.bundle import load_bundle, read_manifest

    if arguments.action == "info":
        print(card(read_manifest(arguments.path)))
        return
    bundle = load_bundle(arguments.path)
    for network in bundle.networks.values():
        network.open()
    print(f"{arguments.path} is whole: {describe_size(bundle.manifest)}.")


def card(manifest: "Manifest") -> str:
    """A bundle in a few lines for a person."""
    image, latent = manifest.image, manifest.latent
    bounds = "unbounded" if latent.bounds is None else "in [{:g}, {:g}]".format(*latent.bounds)
    lines = [
        f"name      {manifest.name}",
        f"digest    {manifest.digest}",
        f"images    {image.size} x {image.size}, {image.channels} channels",
        f"latents   {latent.dim}, {latent.prior}, {bounds}",
        f"loss      pixels + {manifest.feature_weight:g} x features",
    ]
    for role, network in manifest.networks.items():
        parity = network.parity
        gradient = (
            "no gradient"
            if parity.gradient_median is None
            else f"gradient by {parity.gradient_median:.1g} (at worst {parity.gradient_max:.1g})"
        )
        lines.append(f"{role:<13} output off by at most {parity.forward_max:.1g}, {gradient}")
    for stage, record in manifest.training.items():
        if isinstance(record, dict) and "images_seen" in record:
            lines.append(f"training  {stage}: {record['images_seen']:,} images seen")
    lines += [f"measure   {name}: {value}" for name, value in manifest.measures.items()]
    lines.append(f"files     {describe_size(manifest)}")
    lines.append("made by   " + ", ".join(f"{k} {v}" for k, v in manifest.producer.items()))
    return "\n".join(lines)


def describe_size(manifest: "Manifest") -> str:
    """How many files of how many megabytes, and the beginning of the digest."""
    total = sum(record.size_bytes for record in manifest.files.values())
    return f"{len(manifest.files)} files, {total / 1e6:.1f} MB, digest {manifest.digest[:12]}"
