"""From a run folder to a bundle, also through the command line."""

import dataclasses

import pytest
import torch
from torch import nn

from igan.cli.main import main
from igan.errors import RunError
from igan.export.run import export_run
from igan.models.dcgan import Discriminator, Generator
from igan.models.projector import Projector
from igan.run_folder import NetworkSpec, RunFolder, TrainedNetworks
from serve.bundle import load_bundle
from serve.errors import OutputExistsError

GENERATOR = {"image_size": 8, "channels": 3, "latent_dim": 4, "width": 4}
PROJECTOR = {"image_size": 8, "channels": 3, "latent_dim": 4, "width": 4}
RECORD = {
    "latent": {"dim": 4, "prior": "uniform", "bounds": [-1.0, 1.0]},
    "feature_weight": 0.3,
    "training": {"gan": {"images_seen": 12, "stores": {"shoes": "abc"}, "config": {"seed": 1}}},
}


class StrangeGenerator(nn.Module):
    """Must never be built by an export that does not trust this module."""

    def __init__(self) -> None:
        raise AssertionError("an untrusted class was built")


@pytest.fixture
def trained() -> TrainedNetworks:
    return TrainedNetworks(
        {"generator": Generator(**GENERATOR), "projector": Projector(**PROJECTOR)},
        {
            "generator": NetworkSpec("igan.models.dcgan.Generator", GENERATOR),
            "projector": NetworkSpec("igan.models.projector.Projector", PROJECTOR),
        },
        RECORD,
    )


@pytest.fixture
def run(tmp_path, trained):
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    folder.save_networks(trained)
    return folder.path


def test_a_run_becomes_a_bundle(tmp_path, run, trained, capsys):
    out = tmp_path / "checkpoints" / "shoes"
    assert main(["export", str(run), "--out", str(out)]) == 0
    assert "generator, projector" in capsys.readouterr().out
    bundle = load_bundle(out)
    assert bundle.manifest.name == "shoes"
    assert bundle.manifest.feature_weight == 0.3
    assert bundle.manifest.training["gan"]["stores"] == {"shoes": "abc"}
    latents = bundle.sample_latents(2, 0)
    expected = trained.networks["generator"].eval()(latents)
    assert torch.allclose(bundle.generator(latents), expected, atol=1e-5)


def test_a_run_that_kept_its_discriminator_gives_it_on_rounded(tmp_path, run, trained, capsys):
    settings = {"image_size": 8, "channels": 3, "width": 4}
    discriminator = Discriminator(**settings)
    RunFolder(run).save_networks(
        TrainedNetworks(
            {**trained.networks, "discriminator": discriminator},
            {
                **trained.specs,
                "discriminator": NetworkSpec("igan.models.dcgan.Discriminator", settings),
            },
            {**RECORD, "score": "logit"},
        )
    )
    out = tmp_path / "bundle"
    terms = ["--storage", "float16", "--licence", "to be used with care"]
    assert main(["export", str(run), "--out", str(out), *terms]) == 0
    assert "storing float16 changes its output by" in capsys.readouterr().out
    assert "to be used with care" in (out / "README.md").read_text()
    bundle = load_bundle(out)
    assert bundle.manifest.networks["discriminator"].meaning == "logit"
    assert bundle.manifest.networks["generator"].storage_dtype == "float16"
    images = bundle.generator(bundle.sample_latents(3, 0))
    expected = discriminator.eval()(images)
    assert torch.allclose(bundle.discriminator(images), expected, atol=1e-3)


def test_a_class_from_elsewhere_is_not_imported(tmp_path, run, trained):
    specs = {**trained.specs, "generator": NetworkSpec(f"{__name__}.StrangeGenerator", {})}
    RunFolder(run).save_networks(dataclasses.replace(trained, specs=specs))
    with pytest.raises(RunError, match=f"--trust {__name__}"):
        export_run(run, tmp_path / "out")
    with pytest.raises(AssertionError, match="untrusted class was built"):
        export_run(run, tmp_path / "out", trusted=["igan.models", __name__])


@pytest.mark.parametrize("record", [{}, {"latent": {"dim": 4}}, {"latent": None}])
def test_a_run_must_say_what_its_latents_are(tmp_path, run, trained, record):
    RunFolder(run).save_networks(dataclasses.replace(trained, record=record))
    with pytest.raises(RunError, match="latents"):
        export_run(run, tmp_path / "out")


def test_a_run_without_generator_is_refused(tmp_path, run, trained):
    specs = {"projector": trained.specs["projector"]}
    networks = {"projector": trained.networks["projector"]}
    RunFolder(run).save_networks(TrainedNetworks(networks, specs, RECORD))
    with pytest.raises(RunError, match="no generator"):
        export_run(run, tmp_path / "out")


def test_bad_input_is_one_sentence(tmp_path, run, capsys):
    out = str(tmp_path / "out")
    assert main(["export", str(tmp_path / "nothing"), "--out", out]) == 2
    assert "is not a run folder" in capsys.readouterr().err
    (run / "networks.safetensors").write_bytes(b"not tensors")
    assert main(["export", str(run), "--out", out]) == 2
    assert "damaged" in capsys.readouterr().err
    (run / "networks.safetensors").unlink()
    assert main(["export", str(run), "--out", out]) == 2
    assert "holds no trained networks" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_taken_place_is_refused_first(tmp_path):
    with pytest.raises(OutputExistsError):
        export_run(tmp_path / "nothing", tmp_path)
