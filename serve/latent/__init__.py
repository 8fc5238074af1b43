"""Latent space: projection, constraints, the objective, the editor, paths and the Edit document."""

from serve.latent.averaging import average_latent, average_picture, candidate_weights
from serve.latent.bounds import Bounds
from serve.latent.candidates import Average, Candidate, LatentCandidates, perturbed_starts
from serve.latent.carrying_out import CandidateResult, EditResult, carry_out
from serve.latent.constraints import ColourStroke, Constraint, constraints_from_json
from serve.latent.directions import Directions
from serve.latent.edit import (
    BundleIdentity,
    Edit,
    EditSettings,
    LatentCache,
    PhotoIdentity,
    edit_from_json,
    edit_schema,
    parse_edit,
    read_edit,
    write_edit,
)
from serve.latent.edit_latents import check_latents
from serve.latent.edit_model import EditModel
from serve.latent.editor import EditorProgress, LatentEditor, step_editors
from serve.latent.history import History
from serve.latent.lbfgs import Limits, Solution, SolverProgress, Stop, minimise
from serve.latent.loss import ProjectionLoss, ProjectionTerms, projection_loss_terms
from serve.latent.objective import EditTerms, ObjectiveWeights
from serve.latent.path import PathKind, latent_path, latents_at
from serve.latent.projection import METHODS, Method, Projection, project
from serve.latent.psnr import psnr_db
from serve.latent.raster import ColourMap, GridConstraints, rasterise
from serve.latent.satisfaction import Satisfaction
from serve.latent.session import EditSession, SessionSettings
from serve.latent.shadow import shadow_picture
from serve.latent.state import DirectionAmount, EditState, Pick

__all__ = [
    "METHODS",
    "Average",
    "Bounds",
    "BundleIdentity",
    "Candidate",
    "CandidateResult",
    "ColourMap",
    "ColourStroke",
    "Constraint",
    "DirectionAmount",
    "Directions",
    "Edit",
    "EditModel",
    "EditResult",
    "EditSession",
    "EditSettings",
    "EditState",
    "EditTerms",
    "EditorProgress",
    "GridConstraints",
    "History",
    "LatentCache",
    "LatentCandidates",
    "LatentEditor",
    "Limits",
    "Method",
    "ObjectiveWeights",
    "PathKind",
    "PhotoIdentity",
    "Pick",
    "Projection",
    "ProjectionLoss",
    "ProjectionTerms",
    "Satisfaction",
    "SessionSettings",
    "Solution",
    "SolverProgress",
    "Stop",
    "average_latent",
    "average_picture",
    "candidate_weights",
    "carry_out",
    "check_latents",
    "constraints_from_json",
    "edit_from_json",
    "edit_schema",
    "latent_path",
    "latents_at",
    "minimise",
    "parse_edit",
    "perturbed_starts",
    "project",
    "projection_loss_terms",
    "psnr_db",
    "rasterise",
    "read_edit",
    "shadow_picture",
    "step_editors",
    "write_edit",
]
