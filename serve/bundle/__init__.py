"""Reads and verifies an exported bundle, and runs its networks as Torch functions."""

from serve.bundle.bundle import Bundle, load_bundle, read_manifest
from serve.bundle.manifest import Manifest
from serve.bundle.network import OnnxNetwork

__all__ = ["Bundle", "Manifest", "OnnxNetwork", "load_bundle", "read_manifest"]
