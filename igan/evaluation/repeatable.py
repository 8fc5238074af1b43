"""Bundles whose answers are the same whenever they are asked."""

from pathlib import Path

from serve.bundle import Bundle, load_bundle
from serve.bundle.engines import EngineWish

ENGINE: EngineWish = "quick"
"""Not the fastest of several by trial: they differ in rounding, and minimisers carry that far.
Without gradients it is ONNX Runtime."""


def load_repeatably(path: Path) -> Bundle:
    """Load a bundle to be measured; see `serve.bundle.load_bundle`.

    Raises:
        BundleError: there is no such bundle, or it is damaged.
    """
    return load_bundle(path, engine=ENGINE)
