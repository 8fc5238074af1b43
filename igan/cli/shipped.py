"""Where a checkout keeps what ships with it: bundles, and sample pictures to try them on."""

from pathlib import Path

CHECKPOINTS = Path("checkpoints")
SAMPLES = Path("data/samples")


def bundles_in(folder: Path) -> list[Path]:
    """The folders in this one that hold a bundle, by name."""
    return sorted(file.parent for file in folder.glob("*/manifest.json"))
