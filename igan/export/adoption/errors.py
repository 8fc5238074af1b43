"""What adopting raises on its own account; the interpreter raises `GraphError`."""

from igan.errors import BadInputError


class AdoptionError(BadInputError):
    """An ONNX file is not a generator that can be adopted, or not with what was told about it."""
