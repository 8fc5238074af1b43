"""What watches a run, keeps it and says when it is ill."""

from igan.training.callbacks.checkpoint import RunCheckpoint
from igan.training.callbacks.gradient_norms import GradientNorms
from igan.training.callbacks.health import HealthWatch
from igan.training.callbacks.held_out_figures import HeldOutFigures
from igan.training.callbacks.nearest_photos import NearestPhotos
from igan.training.callbacks.one_batch import OneBatch
from igan.training.callbacks.picture_grid import PictureGrid, latent_walks
from igan.training.callbacks.progress_bar import ImagesProgressBar
from igan.training.callbacks.run_page import RunPage
from igan.training.callbacks.time_share import TimeShare
from igan.training.callbacks.tracked_files import TrackedFiles

__all__ = [
    "GradientNorms",
    "HealthWatch",
    "HeldOutFigures",
    "ImagesProgressBar",
    "NearestPhotos",
    "OneBatch",
    "PictureGrid",
    "RunCheckpoint",
    "RunPage",
    "TimeShare",
    "TrackedFiles",
    "latent_walks",
]
