"""Every operator, by the kind of what it does; importing a module fills the registry."""

from serve.bundle.interpreter.operators import (
    activations,
    arithmetic,
    convolution,
    indexing,
    matrices,
    normalisation,
    numbers,
    padding,
    pooling,
    reductions,
    resampling,
    shapes,
)

__all__ = [
    "activations",
    "arithmetic",
    "convolution",
    "indexing",
    "matrices",
    "normalisation",
    "numbers",
    "padding",
    "pooling",
    "reductions",
    "resampling",
    "shapes",
]
