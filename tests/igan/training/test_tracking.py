"""What a reader of an offline Weights & Biases run finds."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from igan.errors import ConfigError
from igan.run_folder import RunFolder
from igan.training.tracking import log_bundle, loggers_of
from igan.training.train import train
from tests.bundles import tiny_bundle
from tests.igan.training.offline_runs import records_of_finished_run
from tests.igan.training.runs import tiny_config

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning:wandb")]


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunFolder, Path]]:
    folder = tmp_path_factory.mktemp("tracked")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("WANDB_MODE", "offline")
        patched.setenv("WANDB_SILENT", "true")
        patched.delenv("WANDB_RUN_ID", raising=False)
        for name in ("CACHE", "CONFIG", "DATA", "ARTIFACT"):
            patched.setenv(f"WANDB_{name}_DIR", str(folder / name.lower()))
        run = RunFolder(folder / "run")
        config = tiny_config(folder)
        train("gan", run.path, config, False, ["--tracking=wandb", "--model.total_images=24"])
        train("gan", run.path, None, True, ["--model.total_images=48"])
        bundle = tiny_bundle(folder / "shoes")
        log_bundle(run, bundle)
        yield run, folder / "tiny.lmdb"


def records_of(run: RunFolder) -> list[list[Any]]:
    """The records of each start, oldest first."""
    files = run.path.glob("wandb/offline-run-*/*.wandb")
    return [
        records_of_finished_run(file)
        for file in sorted(files, key=lambda file: file.stat().st_mtime)
    ]


def history_of(records: list[Any]) -> dict[str, list[Any]]:
    values: dict[str, list[Any]] = {}
    for record in records:
        if record.WhichOneof("record_type") == "history":
            for item in record.history.item:
                name = item.key or "/".join(item.nested_key)
                values.setdefault(name, []).append(json.loads(item.value_json))
    return values


def artifacts_of(records: list[Any]) -> list[Any]:
    return [r.artifact for r in records if r.WhichOneof("record_type") == "artifact"]


def test_a_resumed_run_keeps_its_id(tracked: tuple[RunFolder, Path]) -> None:
    run, _ = tracked
    ids = [
        record.run.run_id
        for records in records_of(run)
        for record in records
        if record.WhichOneof("record_type") == "run"
    ]
    first, second, export = dict.fromkeys(ids[:1]), ids[1], ids[-1]
    assert list(first) == [second] == [run.tracked_id.read_text()]
    assert export != second


def test_metrics_run_over_images_seen(tracked: tuple[RunFolder, Path]) -> None:
    first, second, _ = records_of(tracked[0])
    seen = {"trainer/global_step", "train/loss_d", "train/loss_g", "gradients/generator"}
    seen |= {"realism/kid_alexnet", "realism/kid_hog_colour", "judged/held_out", "time/minutes"}
    assert seen <= history_of(first).keys()
    assert max(history_of(first)["trainer/global_step"]) == 24
    assert max(history_of(second)["trainer/global_step"]) == 48


def test_grids_walks_and_neighbours_are_there_as_pictures(tracked: tuple[RunFolder, Path]) -> None:
    run, _ = tracked
    history = history_of(records_of(run)[0])
    for title in ("samples", "walks", "nearest photos"):
        assert history[f"{title}/_type"][-1] == "images/separated"
        (file,) = history[f"{title}/filenames"][-1]
        assert list(run.path.glob(f"wandb/offline-run-*/files/{file}"))


def test_the_configuration_is_the_runs_own(tracked: tuple[RunFolder, Path]) -> None:
    run, _ = tracked
    told: dict[str, Any] = {}
    for record in records_of(run)[1]:
        if record.WhichOneof("record_type") == "config":
            for item in record.config.update:
                told[item.key] = json.loads(item.value_json)
    config = yaml.safe_load(run.config.read_text())
    assert told["model"] == config["model"]
    assert told["data"] == config["data"]
    assert told["environment"]["versions"]["torch"]


def test_lineage_leads_from_the_data_set_to_the_checkpoint_to_the_bundle(
    tracked: tuple[RunFolder, Path],
) -> None:
    from igan.data.store import Store

    run, store = tracked
    first, _, export = records_of(run)
    inputs = {a.name: a for a in artifacts_of(first) if a.use_after_commit}
    outputs = {a.name: a for a in artifacts_of(first) if not a.use_after_commit}
    assert inputs["tiny"].type == "dataset"
    assert json.loads(inputs["tiny"].metadata)["digest"] == Store(store).digest
    assert outputs["run-checkpoint"].type == "checkpoint"
    held = [entry.path for entry in outputs["run-checkpoint"].manifest.contents]
    assert {"config.yaml", "networks.safetensors", "last.ckpt"} <= set(held)
    inputs = {a.name: a for a in artifacts_of(export) if a.use_after_commit}
    outputs = {a.name: a for a in artifacts_of(export) if not a.use_after_commit}
    assert inputs["run-checkpoint"].type == "checkpoint"
    assert outputs["shoes"].type == "bundle"
    assert "generator.forward.onnx" in {entry.path for entry in outputs["shoes"].manifest.contents}


def test_tensorboard_is_asked_for_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"igan\[tensorboard\]"):
        loggers_of(RunFolder(tmp_path), "tensorboard")
