"""Latent space: projection, constraints, the objective, the editor, paths and the Edit document."""

from serve.latent.bounds import Bounds
from serve.latent.carrying_out import EditResult, carry_out
from serve.latent.constraints import ColourStroke, Constraint, constraints_from_json
from serve.latent.edit import (
    BundleIdentity,
    Edit,
    EditSettings,
    LatentCache,
    PhotoIdentity,
    edit_from_json,
    parse_edit,
    read_edit,
    write_edit,
)
from serve.latent.editor import EditorProgress, LatentEditor
from serve.latent.lbfgs import Limits, Solution, SolverProgress, Stop, minimise
from serve.latent.loss import ProjectionLoss, ProjectionTerms, projection_loss_terms
from serve.latent.objective import EditTerms, ObjectiveWeights
from serve.latent.path import latent_path
from serve.latent.projection import METHODS, Method, Projection, project
from serve.latent.psnr import psnr_db
from serve.latent.raster import ColourMap, GridConstraints, rasterise

__all__ = [
    "METHODS",
    "Bounds",
    "BundleIdentity",
    "ColourMap",
    "ColourStroke",
    "Constraint",
    "Edit",
    "EditResult",
    "EditSettings",
    "EditTerms",
    "EditorProgress",
    "GridConstraints",
    "LatentCache",
    "LatentEditor",
    "Limits",
    "Method",
    "ObjectiveWeights",
    "PhotoIdentity",
    "Projection",
    "ProjectionLoss",
    "ProjectionTerms",
    "Solution",
    "SolverProgress",
    "Stop",
    "carry_out",
    "constraints_from_json",
    "edit_from_json",
    "latent_path",
    "minimise",
    "parse_edit",
    "project",
    "projection_loss_terms",
    "psnr_db",
    "rasterise",
    "read_edit",
    "write_edit",
]
