from pathlib import Path

import pytest
import torch

from igan.errors import RunError
from igan.models.dcgan import Generator
from igan.run_folder import NetworkSpec, RunFolder, TrainedNetworks

INIT_ARGS = {"image_size": 8, "channels": 1, "latent_dim": 5, "width": 2}


def saved(path: Path, class_path: str = "igan.models.dcgan.Generator") -> Generator:
    generator = Generator(**INIT_ARGS)
    generator(torch.randn(4, 5))
    path.mkdir()
    RunFolder(path).save_networks(
        TrainedNetworks(
            {"generator": generator},
            {"generator": NetworkSpec(class_path, INIT_ARGS)},
            {"latent": {"dim": 5}, "images_seen": 7},
        )
    )
    return generator.eval()


def test_networks_come_back_as_they_were(tmp_path: Path) -> None:
    generator = saved(tmp_path / "run")
    loaded = RunFolder(tmp_path / "run").load_networks()
    latents = torch.randn(3, 5)
    assert loaded.record == {"latent": {"dim": 5}, "images_seen": 7}
    torch.testing.assert_close(
        loaded.networks["generator"](latents), generator(latents), rtol=0, atol=0
    )


def test_a_folder_that_is_no_run_or_has_nothing_yet(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is not a run folder"):
        RunFolder(tmp_path / "nowhere").load_networks()
    with pytest.raises(RunError, match="holds no trained networks yet"):
        RunFolder(tmp_path).load_networks()


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    saved(tmp_path / "run")
    networks = RunFolder(tmp_path / "run").networks
    networks.write_bytes(networks.read_bytes()[:200])
    with pytest.raises(RunError, match="are damaged"):
        RunFolder(tmp_path / "run").load_networks()


@pytest.mark.parametrize("class_path", ["igan.models.dcgan.Nothing", "os.getcwd", "nowhere.Net"])
def test_a_class_that_is_no_network_is_refused(tmp_path: Path, class_path: str) -> None:
    saved(tmp_path / "run", class_path)
    with pytest.raises(RunError):
        RunFolder(tmp_path / "run").load_networks()
