"""A run folder that Weights & Biases knows, offline, and what it was told."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.igan.training.offline_runs import records_of_finished_run

RUN_ID = "abcd1234"


def offline_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a tracked run in `folder`, and let Weights & Biases write nowhere else."""
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.delenv("WANDB_RUN_ID", raising=False)
    for name in ("CACHE", "CONFIG", "DATA", "ARTIFACT"):
        monkeypatch.setenv(f"WANDB_{name}_DIR", str(folder / name.lower()))
    run = folder / "run"
    run.mkdir()
    (run / "tracked-id.txt").write_text(RUN_ID)
    return run


def told(run: Path) -> tuple[dict[str, Any], list[tuple[str, set[str]]]]:
    """The summary of the run, and type and files of each of its artifacts."""
    (file,) = run.glob("wandb/offline-run-*/*.wandb")
    summary, artifacts = {}, []
    for record in records_of_finished_run(file):
        kind = record.WhichOneof("record_type")
        if kind == "run":
            assert record.run.run_id == RUN_ID
        elif kind == "summary":
            for item in record.summary.update:
                summary[item.key or "/".join(item.nested_key)] = json.loads(item.value_json)
        elif kind == "artifact":
            files = {entry.path for entry in record.artifact.manifest.contents}
            artifacts.append((record.artifact.type, files))
    return summary, artifacts
