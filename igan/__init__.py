"""igan: train generative models of natural images, and export them for editing photos."""

__version__ = "0.1.0"
