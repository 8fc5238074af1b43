from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lightning.pytorch as pl
import numpy as np
import pytest
import torch

from igan.data.datamodule import PhotoDataModule
from igan.errors import ConfigError, StoreError
from tests.igan.data.conftest import MakeStore, random_pictures

# Lightning asks torch's pytree in a way that torch has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning")


class Recorder(pl.LightningModule):
    """Trains nothing and remembers every training batch, and how often it validated."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.batches: list[torch.Tensor] = []
        self.validated = 0

    def training_step(self, batch: torch.Tensor, batch_idx: int) -> torch.Tensor:
        self.batches.append(batch.clone())
        return self.weight.sum()

    def validation_step(self, batch: torch.Tensor, batch_idx: int) -> None:
        self.validated += len(batch)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.1)


def trainer(folder: Path, max_steps: int, **settings: Any) -> pl.Trainer:
    return pl.Trainer(
        default_root_dir=folder,
        accelerator="cpu",
        max_steps=max_steps,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        **settings,
    )


def trainer_of_rank(rank: int, world_size: int, device: str = "cpu") -> Any:
    strategy = SimpleNamespace(root_device=torch.device(device))
    return SimpleNamespace(
        global_rank=rank, world_size=world_size, strategy=strategy, training=True
    )


@pytest.fixture
def store_path(make_store: MakeStore) -> str:
    return str(make_store(count=10, splits="rrrrrrreee").path)


def test_batches_are_endless_uint8_tensors_of_training_photos(store_path: str) -> None:
    data = PhotoDataModule([store_path], batch_size=4, seed=1)
    batches = list(islice(data.train_dataloader(), 7))
    assert all(b.dtype == torch.uint8 and b.shape == (4, 16, 16, 3) for b in batches)
    pictures = random_pictures(10)
    seen = [
        next(i for i in range(10) if np.array_equal(picture.numpy(), pictures[i]))
        for picture in torch.cat(batches)
    ]
    assert all(sorted(seen[start : start + 7]) == list(range(7)) for start in (0, 7, 14, 21))
    assert seen[:7] != seen[7:14]


def test_held_out_photos_come_in_order_once(store_path: str) -> None:
    data = PhotoDataModule([store_path], batch_size=2)
    batches = list(data.val_dataloader())
    assert len(data.val_dataloader()) == len(batches) == 2
    np.testing.assert_array_equal(torch.cat(batches).numpy(), random_pictures(10)[7:])


def test_without_a_trainer_the_position_is_what_was_yielded(store_path: str) -> None:
    data = PhotoDataModule([store_path], batch_size=4)
    list(islice(data.train_dataloader(), 3))
    resumed = PhotoDataModule([store_path], batch_size=4)
    resumed.load_state_dict(data.state_dict())
    assert data.state_dict() == {"images_consumed": 12}
    expected = list(islice(PhotoDataModule([store_path], batch_size=4).train_dataloader(), 5))[3:]
    going_on = list(islice(resumed.train_dataloader(), 2))
    assert torch.equal(torch.cat(going_on), torch.cat(expected))


@pytest.mark.parametrize("settings", [{}, {"limit_train_batches": 3}])
def test_a_resumed_run_goes_on_with_the_very_next_batch(
    store_path: str, tmp_path: Path, settings: dict[str, Any]
) -> None:
    def fit(max_steps: int, checkpoint: Path | None) -> tuple[Recorder, pl.Trainer]:
        model = Recorder()
        run = trainer(tmp_path, max_steps, limit_val_batches=0, **settings)
        data = PhotoDataModule([store_path], batch_size=4, seed=3)
        run.fit(model, data, ckpt_path=checkpoint, weights_only=True)
        return model, run

    whole, _ = fit(9, None)
    first, run = fit(5, None)
    run.save_checkpoint(tmp_path / "5.ckpt")
    second, _ = fit(9, tmp_path / "5.ckpt")
    assert (len(first.batches), len(second.batches)) == (5, 4)
    assert torch.equal(torch.stack(first.batches + second.batches), torch.stack(whole.batches))


def test_validation_does_not_move_the_position(store_path: str, tmp_path: Path) -> None:
    data = PhotoDataModule([store_path], batch_size=4)
    model = Recorder()
    trainer(tmp_path, 4, val_check_interval=2, check_val_every_n_epoch=None).fit(model, data)
    assert model.validated > 6  # the sanity check, and the held-out three twice
    assert data.images_consumed == 16


def test_ranks_read_their_parts_of_one_stream(store_path: str) -> None:
    alone = PhotoDataModule([store_path], batch_size=6)
    (whole,) = islice(alone.train_dataloader(), 1)
    parts = []
    for rank in range(2):
        data = PhotoDataModule([store_path], batch_size=3)
        data.trainer = trainer_of_rank(rank, world_size=2)
        assert data.images_per_step == 6
        parts += list(islice(data.train_dataloader(), 1))
        assert len(torch.cat(list(data.val_dataloader()))) == 2
    assert torch.equal(torch.stack(parts, dim=1).flatten(0, 1), whole)


def test_ranks_see_all_photos_of_an_epoch_once_in_the_order_of_the_seed(store_path: str) -> None:
    """Seven training photos, seven ranks: each step is one epoch, dealt out among them."""
    orders = []
    for rank in range(7):
        data = PhotoDataModule([store_path], batch_size=1, seed=5)
        data.trainer = trainer_of_rank(rank, world_size=7)
        orders.append(torch.cat(list(islice(data.train_dataloader(), 6))))
    alone = PhotoDataModule([store_path], batch_size=7, seed=5)
    for step, whole in enumerate(islice(alone.train_dataloader(), 6)):
        assert torch.equal(torch.stack([order[step] for order in orders]), whole)
        photos = {photo.numpy().tobytes() for photo in whole}
        assert photos == {picture.tobytes() for picture in random_pictures(10)[:7]}


def test_ranks_resume_in_the_middle_of_an_epoch(store_path: str) -> None:
    for rank in range(2):
        whole, resumed = (PhotoDataModule([store_path], batch_size=2, seed=1) for _ in range(2))
        whole.trainer = resumed.trainer = trainer_of_rank(rank, world_size=2)
        resumed.load_state_dict({"images_consumed": 3 * 4})  # of epochs of seven photos
        expected = list(islice(whole.train_dataloader(), 8))[3:]
        going_on = list(islice(resumed.train_dataloader(), 5))
        assert torch.equal(torch.stack(going_on), torch.stack(expected))


@pytest.mark.parametrize("encoding", ["png", "jpeg"])
def test_threads_decode_what_one_would(make_store: MakeStore, encoding: str) -> None:
    path = str(make_store(count=12, encoding=encoding, splits="r" * 12).path)
    one, four = (
        list(islice(PhotoDataModule(path, 8, decoding_threads=n).train_dataloader(), 4))
        for n in (1, 4)
    )
    assert torch.equal(torch.stack(one), torch.stack(four))


def test_half_of_the_photos_are_mirrored_by_seed_and_position(store_path: str) -> None:
    def batch(position: int, mirror: bool = True, rank: int = 0) -> torch.Tensor:
        data = PhotoDataModule([store_path], batch_size=40, seed=2, mirror=mirror)
        data.trainer = trainer_of_rank(rank, world_size=2)
        data.images_consumed = position
        return data.on_after_batch_transfer(photos.clone(), 0)

    photos = torch.from_numpy(random_pictures(40))
    mirrored = batch(80)
    is_mirrored = (mirrored == photos.flip(2)).flatten(1).all(1)
    assert torch.equal(mirrored[~is_mirrored], photos[~is_mirrored])
    assert 10 < is_mirrored.sum() < 30
    assert torch.equal(mirrored, batch(80))
    assert not torch.equal(mirrored, batch(160))
    assert not torch.equal(mirrored, batch(80, rank=1))
    assert torch.equal(batch(80, mirror=False), photos)


def test_held_out_photos_are_never_mirrored(store_path: str) -> None:
    data = PhotoDataModule([store_path], batch_size=40, mirror=True)
    data.trainer = trainer_of_rank(0, world_size=1)
    data.trainer.training = False
    photos = torch.from_numpy(random_pictures(40))
    assert torch.equal(data.on_after_batch_transfer(photos, 0), photos)


def test_batches_for_a_gpu_lie_in_page_locked_memory(
    store_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they are asked to; that they do takes a GPU."""
    pinned: list[torch.Size] = []

    def pin(tensor: torch.Tensor) -> torch.Tensor:
        pinned.append(tensor.shape)
        return tensor

    monkeypatch.setattr(torch.Tensor, "pin_memory", pin)
    for device, count in (("cpu", 0), ("cuda", 2)):
        data = PhotoDataModule([store_path], batch_size=2)
        data.trainer = trainer_of_rank(0, 1, device)
        pinned.clear()
        assert len(list(data.val_dataloader())) == 2
        assert len(pinned) == count


def test_shape_and_digest_are_the_stores(make_store: MakeStore) -> None:
    store = make_store(count=4, splits="rrre")
    data = PhotoDataModule([str(store.path)])
    assert (data.size, data.channels, data.digest) == (16, 3, store.digest)
    data.check_fits(16, 3)
    with pytest.raises(StoreError, match="32x32x3"):
        data.check_fits(32, 3)


def test_an_empty_split_is_refused(make_store: MakeStore) -> None:
    data = PhotoDataModule([str(make_store(count=2, splits="rr").path)])
    data.train_dataloader()
    with pytest.raises(StoreError, match="no held-out photos"):
        data.val_dataloader()


@pytest.mark.parametrize("arguments", [{"batch_size": 0}, {"seed": -1}, {"decoding_threads": 0}])
def test_unusable_settings_are_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="give"):
        PhotoDataModule(["x.lmdb"], **arguments)


def test_a_missing_store_is_refused_when_data_is_asked_for(tmp_path: Path) -> None:
    data = PhotoDataModule([str(tmp_path / "none.lmdb")])
    with pytest.raises(StoreError, match="does not exist"):
        data.setup("fit")


class RankRecorder(Recorder):
    """Writes the training batches of its rank into a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def on_train_end(self) -> None:
        np.save(self.folder / f"rank{self.global_rank}.npy", torch.stack(self.batches).numpy())


@pytest.mark.slow
def test_processes_share_one_stream(store_path: str, tmp_path: Path) -> None:
    data = PhotoDataModule([store_path], batch_size=2)
    data.check_fits(16, 3)  # opens the store before the processes start
    settings = {"strategy": "ddp_spawn", "devices": 2, "num_sanity_val_steps": 1}
    trainer(tmp_path, 4, **settings).fit(RankRecorder(tmp_path), data)
    ranks = [np.load(tmp_path / f"rank{rank}.npy") for rank in range(2)]
    whole = list(islice(PhotoDataModule([store_path], batch_size=4).train_dataloader(), 4))
    np.testing.assert_array_equal(
        np.stack(ranks, axis=2).reshape(4, 4, 16, 16, 3), torch.stack(whole).numpy()
    )
