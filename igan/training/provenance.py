"""What a run was made with: enough to make it again."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("igan", "torch", "lightning", "numpy", "onnx", "onnxruntime-gpu", "onnxruntime")


def describe_environment(command: list[str]) -> dict[str, Any]:
    """The command, the source tree's commit, and the versions of what matters."""
    return {
        "command": command,
        "git_commit": source_commit(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
    }


def source_commit() -> str | None:
    """The commit of the source tree, "-dirty" when changed, or None where there is no git."""
    try:
        return subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
