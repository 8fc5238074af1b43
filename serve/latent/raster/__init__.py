"""Constraints from photo coordinates onto the network's grid, antialiased."""

from serve.latent.raster.coverage import polygon_coverage, stroke_coverage
from serve.latent.raster.maps import (
    ColourMap,
    GridConstraints,
    HandleDrags,
    HogMap,
    WarpTarget,
)
from serve.latent.raster.rasterise import rasterise

__all__ = [
    "ColourMap",
    "GridConstraints",
    "HandleDrags",
    "HogMap",
    "WarpTarget",
    "polygon_coverage",
    "rasterise",
    "stroke_coverage",
]
