"""A projection network trained against the generator of a bundle."""

from pathlib import Path

import pytest
import torch

from igan.cli.main import main
from igan.errors import ConfigError
from igan.export import export_bundle
from igan.export.run import export_run
from igan.run_folder import RunFolder
from igan.training.bundled_generator import load_bundled_generator, options_for_bundle
from igan.training.projector_module import ProjectorModule
from serve.bundle import load_bundle
from serve.bundle.manifest import LatentSpec
from serve.errors import BundleError
from tests.bundles import tiny_generator
from tests.stores import tiny_store

CONFIG = """
trainer: {accelerator: cpu, log_every_n_steps: 1}
model:
  generator_run: runs/another
  total_images: 24
  warmup_images: 16
  projector:
    class_path: igan.models.projector.Projector
    init_args: {image_size: 64, latent_dim: 100, width: 4}
data: {batch_size: 8}
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundles") / "foreign"
    export_bundle(
        path,
        name="foreign",
        generator=tiny_generator(16, 3, 5, 4),
        latent=LatentSpec(5, "normal", None),
    )
    return path


def test_it_comes_with_what_a_run_would_say_of_it(bundle: Path) -> None:
    inverted = load_bundled_generator(bundle)
    assert inverted.record["latent"] == {"dim": 5, "prior": "normal", "bounds": None}
    latents = torch.randn(2, 5)
    torch.testing.assert_close(
        inverted.networks["generator"](latents), load_bundle(bundle).generator(latents)
    )


def test_a_projector_is_fitted_to_the_bundle(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    options = options_for_bundle(str(tmp_path / "config.yaml"), bundle)
    assert "--model.generator_run=null" in options
    assert "--model.projector.init_args.image_size=16" in options
    assert "--model.projector.init_args.latent_dim=5" in options
    assert "--model.projector.init_args.bounded=false" in options


def test_train_and_export_give_a_whole_bundle(bundle: Path, tmp_path: Path, capsys) -> None:
    """And the run folder needs the bundle no longer."""
    (tmp_path / "config.yaml").write_text(CONFIG)
    store = tiny_store(tmp_path / "tiny.lmdb")
    copied = tmp_path / "gone"
    bundle_copy = bundle.rename(copied)
    run = tmp_path / "run"
    arguments = ["--config", str(tmp_path / "config.yaml"), "--generator", str(bundle_copy)]
    stores = ["--data.stores", str(store)]
    try:
        assert main(["train", "projector", *arguments, "--run", str(run), *stores]) == 0
    finally:
        copied.rename(bundle)
    trained = RunFolder(run).load_networks(["igan.models", "serve.bundle.interpreter"])
    assert set(trained.networks) == {"generator", "projector"}
    export_run(run, tmp_path / "whole")
    whole = load_bundle(tmp_path / "whole")
    assert whole.projector is not None
    latents = torch.randn(2, 5)
    torch.testing.assert_close(
        whole.generator(latents), load_bundle(bundle).generator(latents), rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("given", [{}, {"generator_run": "a", "generator_bundle": "b"}])
def test_one_generator_must_be_named(given: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="not both"):
        ProjectorModule(**{"generator_run": None, **given}, projector=torch.nn.Identity())


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        load_bundled_generator(tmp_path)


@pytest.mark.parametrize("arguments", [["gan", "--config", "small64"], ["projector", "--resume"]])
def test_a_generator_out_of_place_is_refused(arguments: list[str], tmp_path: Path, capsys) -> None:
    run = ["--run", str(tmp_path / "run"), "--generator", str(tmp_path)]
    assert main(["train", *arguments, *run]) == 2
    assert "`--generator` starts a projector's run" in capsys.readouterr().err
