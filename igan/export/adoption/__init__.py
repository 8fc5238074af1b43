"""Makes a bundle from a generator that somebody else exported to ONNX."""

from igan.export.adoption.adopting import Adoption, adopt_generator
from igan.export.adoption.errors import AdoptionError

__all__ = ["Adoption", "AdoptionError", "adopt_generator"]
