"""What the interpreter raises."""

from serve.errors import BundleError


class GraphError(BundleError):
    """An ONNX graph is damaged, or holds something that cannot be run; the message names it."""
