import csv
import json
from pathlib import Path

import pytest
import torch
import yaml

from igan.errors import ConfigError, RunError, StoreError
from igan.run_folder import RunFolder
from igan.training.config_files import configs_folder
from igan.training.train import describe_options, train
from tests.stores import tiny_store

GAN_CONFIG = {
    "seed_everything": 3,
    "trainer": {"accelerator": "cpu", "log_every_n_steps": 1},
    "model": {
        "total_images": 48,
        "decay_from_image": 24,
        "r1_weight": 1.0,
        "r1_every": 2,
        "generator": {
            "class_path": "igan.models.dcgan.Generator",
            "init_args": {"image_size": 16, "latent_dim": 5, "width": 4},
        },
        "discriminator": {
            "class_path": "igan.models.dcgan.Discriminator",
            "init_args": {"image_size": 16, "width": 4, "batch_norm": False},
        },
        "augmentation": {"class_path": "igan.training.augmentation.DifferentiableAugmentation"},
    },
    "data": {"batch_size": 8},
}
PROJECTOR_CONFIG = {
    "trainer": {"accelerator": "cpu", "log_every_n_steps": 1},
    "model": {
        "total_images": 24,
        "warmup_images": 16,
        "projector": {
            "class_path": "igan.models.projector.Projector",
            "init_args": {"image_size": 16, "latent_dim": 5, "width": 4},
        },
        "features": {
            "class_path": "igan.models.features.AlexNetFeatures",
            "init_args": {"layer": "conv1"},
        },
    },
    "data": {"batch_size": 8},
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_store(tmp_path_factory.mktemp("data") / "tiny.lmdb")


@pytest.fixture(scope="module")
def gan_config(store: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_config(GAN_CONFIG, store, tmp_path_factory.mktemp("config") / "gan.yaml")


@pytest.fixture(scope="module")
def finished_gan(gan_config: str, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    run = tmp_path_factory.mktemp("runs") / "gan"
    train("gan", run, gan_config, False, [])
    return RunFolder(run)


def write_config(config: dict, store: Path, path: Path) -> str:
    data = {**config["data"], "stores": [str(store)]}
    path.write_text(yaml.safe_dump({**config, "data": data}))
    return str(path)


def weights(run: RunFolder) -> dict[str, torch.Tensor]:
    return run.load_networks().networks["generator"].state_dict()


def curves(run: RunFolder) -> list[dict[str, str]]:
    rows = []
    for file in sorted(run.path.glob("metrics/version_*/metrics.csv")):
        with file.open() as stream:
            rows += list(csv.DictReader(stream))
    return rows


def training_steps(rows: list[dict[str, str]], metric: str = "train/loss_d") -> list[int]:
    return [int(row["step"]) for row in rows if row.get(metric)]


def test_a_run_folder_holds_what_repeats_the_run(finished_gan: RunFolder, store: Path) -> None:
    config = yaml.safe_load(finished_gan.config.read_text())
    (provenance,) = json.loads(finished_gan.provenance.read_text())["starts"]
    assert config["seed_everything"] == 3
    assert config["model"]["learning_rate"] == 2e-4
    assert set(provenance) == {"command", "git_commit", "platform", "python", "stores", "versions"}
    assert list(provenance["stores"]) == [store.name]
    assert sorted(path.name for path in finished_gan.samples.iterdir())[-1] == "000000048.png"


def test_curves_run_over_images_seen(finished_gan: RunFolder) -> None:
    rows = curves(finished_gan)
    assert training_steps(rows) == [8, 16, 24, 32, 40, 48]
    assert training_steps(rows, "train/r1") == [8, 24, 40]
    assert training_steps(rows, "gradients/generator") == training_steps(rows)
    assert training_steps(rows, "gradients/discriminator") == training_steps(rows)
    minutes = [float(row["time/minutes"]) for row in rows]
    assert minutes == sorted(minutes)
    assert minutes[0] > 0


def test_the_same_configuration_gives_the_same_networks(
    finished_gan: RunFolder, tmp_path: Path
) -> None:
    train("gan", tmp_path / "again", str(finished_gan.config), False, [])
    torch.testing.assert_close(
        weights(RunFolder(tmp_path / "again")), weights(finished_gan), rtol=0, atol=0
    )


def test_an_interrupted_run_is_saved_and_goes_on_as_if_nothing_had_happened(
    finished_gan: RunFolder, gan_config: str, tmp_path: Path
) -> None:
    interrupt = {
        "class_path": "tests.igan.training.interrupting.InterruptAt",
        "init_args": {"images_seen": 16},
    }
    run = RunFolder(tmp_path / "gan")
    with pytest.raises(KeyboardInterrupt, match="is saved and can be resumed"):
        train(
            "gan", run.path, gan_config, False, [f"--trainer.callbacks=[{json.dumps(interrupt)}]"]
        )
    assert run.load_networks().record["training"]["gan"]["images_seen"] == 24
    train("gan", run.path, None, True, ["--trainer.callbacks=null"])
    assert run.load_networks().record["training"]["gan"]["images_seen"] == 48
    assert training_steps(curves(run)) == [8, 16, 24, 32, 40, 48]
    torch.testing.assert_close(weights(run), weights(finished_gan), rtol=0, atol=0)


def test_checkpoints_hold_no_code(finished_gan: RunFolder) -> None:
    checkpoint = torch.load(finished_gan.checkpoint, weights_only=True)
    assert checkpoint["images_seen"] == 48


def test_a_projector_is_trained_against_the_run_and_keeps_its_generator(
    finished_gan: RunFolder, store: Path, tmp_path: Path
) -> None:
    config = write_config(PROJECTOR_CONFIG, store, tmp_path / "projector.yaml")
    run = RunFolder(tmp_path / "projector")
    train("projector", run.path, config, False, [f"--model.generator_run={finished_gan.path}"])
    trained = run.load_networks()
    assert set(trained.networks) == {"generator", "discriminator", "projector", "features"}
    assert trained.record["score"] == "logit"
    assert trained.record["training"]["gan"]["sources"].keys() == {store.name}
    torch.testing.assert_close(weights(run), weights(finished_gan), rtol=0, atol=0)
    rows = curves(run)
    assert [int(row["step"]) for row in rows if row.get("train/latent_error")] == [8, 16]
    heldout = [row for row in rows if row["heldout/loss"]]
    assert float(heldout[-1]["heldout/loss"]) == pytest.approx(
        float(heldout[-1]["heldout/pixel"])
        + trained.record["feature_weight"] * float(heldout[-1]["heldout/feature"]),
        rel=1e-4,
    )


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (file.parent.name, file.stem)
        for file in sorted(configs_folder().glob("*/*.yaml"))
        if file.parent.name in ("gan", "projector")
    ],
)
def test_every_shipped_configuration_is_accepted(
    kind: str, path: str, store: Path, tmp_path: Path, finished_gan: RunFolder
) -> None:
    """It is parsed and all it names is built; the store of another size stops it there."""
    overrides = [f"--data.stores=[{store}]"]
    if kind == "projector":
        overrides += [
            f"--model.generator_run={finished_gan.path}",
            "--model.projector.init_args.image_size=16",
            "--model.projector.init_args.channels=3",
            "--model.projector.init_args.latent_dim=5",
            "--model.total_images=8",
            "--model.warmup_images=8",
            "--data.batch_size=8",
        ]
        train(kind, tmp_path / "run", path, False, overrides)
        assert RunFolder(tmp_path / "run").networks.exists()
    else:
        with pytest.raises(StoreError, match="16"):
            train(kind, tmp_path / "run", path, False, overrides)


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("--model.learning_speed=1", "learning_speed"),
        ("--model.generator.init_args.widht=3", "'widht' is not accepted"),
        ("--model.learning_rate=fast", "learning_rate"),
        ("--model.generator.init_args.image_size=48", "power of two"),
        ("--data.nothing=1", "nothing"),
    ],
)
def test_bad_configurations_are_one_sentence(
    gan_config: str, tmp_path: Path, override: str, sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence) as caught:
        train("gan", tmp_path / "run", gan_config, False, [override])
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_folders_that_cannot_be_used(gan_config: str, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="exists already; add --resume"):
        train("gan", tmp_path, gan_config, False, [])
    with pytest.raises(RunError, match="holds no checkpoint to resume"):
        train("gan", tmp_path / "none", None, True, [])
    with pytest.raises(ConfigError, match="name a configuration"):
        train("gan", tmp_path / "none", None, False, [])


def test_options_are_described() -> None:
    assert "--model.averaging_decay" in describe_options("gan")
    assert "--model.warmup_images" in describe_options("projector")
