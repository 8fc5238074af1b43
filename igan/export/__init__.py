"""Turns trained networks into a bundle: ONNX graphs, forward and backward, with a manifest."""

from igan.export.bundle import export_bundle
from igan.export.parity import Tolerance

__all__ = ["Tolerance", "export_bundle"]
