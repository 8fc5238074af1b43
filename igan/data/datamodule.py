"""Photo stores as a Lightning DataModule: endless training batches, and a held-out pass."""

from collections.abc import Iterator
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch

from igan.data.combined import SplitReader, check_shape, combined_digest, open_alike
from igan.data.prefetch import prefetched
from igan.data.sampling import batch_orders, held_out_batches
from igan.data.store import Store
from igan.errors import ConfigError

PREFETCHED_BATCHES = 4


class PhotoDataModule(pl.LightningDataModule):
    """Batches of uint8 (N, H, W, C) tensors from one photo store or several of one shape.

    Training batches never end: seeded permutations one after another. Give the trainer
    `max_steps`, or `limit_train_batches` as the length of an epoch; the next epoch goes on where
    the last one stopped, and so does a run that is resumed from a checkpoint.

    Args:
        stores: paths of stores, or the path of one; all of one picture size and channel count.
        batch_size: images in a batch of one rank.
        seed: of the order of training images.
        mirror: show each training photo mirrored half of the time, at random; not for things that
            all face one way.
        decoding_threads: that decode a batch, in stores of encoded records; raw ones need none.
    """

    def __init__(
        self,
        stores: list[str] | str,
        batch_size: int = 64,
        seed: int = 0,
        mirror: bool = False,
        decoding_threads: int = 2,
    ) -> None:
        super().__init__()
        if batch_size < 1:
            raise ConfigError(f"batch_size is {batch_size}; give at least 1.")
        if seed < 0:
            raise ConfigError(f"the data seed is {seed}; give 0 or more.")
        if decoding_threads < 1:
            raise ConfigError(f"decoding_threads is {decoding_threads}; give at least 1.")
        self.store_paths = [stores] if isinstance(stores, str) else [str(path) for path in stores]
        self.batch_size = batch_size
        self.seed = seed
        self.mirror = mirror
        self.decoding_threads = decoding_threads
        self.images_consumed = 0
        self._stores: list[Store] | None = None

    @property
    def stores(self) -> list[Store]:
        """The stores, opened at first use.

        Raises:
            StoreError: one cannot be read, or they differ in shape.
        """
        if self._stores is None:
            self._stores = open_alike(self.store_paths, self.decoding_threads)
        return self._stores

    @property
    def size(self) -> int:
        """Height and width of the pictures, in pixels."""
        return self.stores[0].size

    @property
    def channels(self) -> int:
        return self.stores[0].channels

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the data: the store's digest, or one over the digests of several."""
        return combined_digest(self.stores)

    def check_fits(self, size: int, channels: int) -> None:
        """Refuse data of another shape than a model works on.

        Raises:
            StoreError: the stores hold pictures of another size or channel count.
        """
        for store in self.stores:
            check_shape(store, size, channels)

    def setup(self, stage: str) -> None:
        """Open the stores, so that what is wrong with them is said before anything is trained.

        Raises:
            StoreError: one cannot be read, or they differ in shape.
        """
        _ = self.stores

    def train_dataloader(self) -> "TrainBatches":
        """Return the endless training batches, from where training stands.

        Raises:
            StoreError: a store cannot be read, or has no training photos.
        """
        return TrainBatches(self, SplitReader(self.stores, "train"))

    def val_dataloader(self) -> "HeldOutBatches":
        """Return one ordered pass over the held-out photos.

        Raises:
            StoreError: a store cannot be read, or has no held-out photos.
        """
        return HeldOutBatches(self, SplitReader(self.stores, "test"))

    def test_dataloader(self) -> "HeldOutBatches":
        """Return what `val_dataloader` returns."""
        return self.val_dataloader()

    def on_before_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:
        """Count what the trainer takes: it fetches ahead, so what was yielded would be too much."""
        if self.trainer is not None and self.trainer.training:
            self.images_consumed += self.images_per_step
        return batch

    def on_after_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:
        """Mirror some photos of a training batch, where it is by now: on the device."""
        if not self.mirror or self.trainer is None or not self.trainer.training:
            return batch
        draw = np.random.Generator(np.random.Philox(key=[self.seed, self.images_consumed]))
        mirrored = draw.random(self.images_per_step)[self.rank :: self.world_size] < 0.5
        chosen = torch.from_numpy(mirrored).to(batch.device, non_blocking=True)
        return torch.where(chosen[:, None, None, None], batch.flip(2), batch)

    @property
    def images_per_step(self) -> int:
        """Images that all ranks together take in one training step."""
        return self.batch_size * self.world_size

    @property
    def rank(self) -> int:
        return 0 if self.trainer is None else self.trainer.global_rank

    @property
    def world_size(self) -> int:
        return 1 if self.trainer is None else self.trainer.world_size

    def tensor_of(self, pictures: np.ndarray) -> torch.Tensor:
        """Return a batch as uint8 (N, H, W, C), in page-locked memory where training is on a GPU.

        From there Lightning copies it to the GPU while the GPU works; it becomes float32 there.
        """
        tensor = torch.from_numpy(pictures)
        return tensor.pin_memory() if self._feeds_gpu else tensor

    @property
    def _feeds_gpu(self) -> bool:
        return self.trainer is not None and self.trainer.strategy.root_device.type == "cuda"

    def state_dict(self) -> dict[str, int]:
        """Return the position in the stream of training images that were consumed."""
        return {"images_consumed": self.images_consumed}

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """Go on at a position: the next training batch is the one that would have come next."""
        self.images_consumed = int(state_dict["images_consumed"])


class TrainBatches:
    """The endless training batches of one rank; each iteration starts where training stands."""

    def __init__(self, data: PhotoDataModule, reader: SplitReader) -> None:
        self._data = data
        self._reader = reader

    def __iter__(self) -> Iterator[torch.Tensor]:
        data = self._data
        orders = batch_orders(
            len(self._reader),
            data.seed,
            data.images_consumed,
            data.batch_size,
            data.rank,
            data.world_size,
        )
        batches = (data.tensor_of(self._reader.read(order)) for order in orders)
        for batch in prefetched(batches, PREFETCHED_BATCHES):
            if data.trainer is None:
                data.images_consumed += data.images_per_step
            yield batch

    def state_dict(self) -> dict[str, int]:
        """Return the data module's position, which Lightning asks every loader for."""
        return self._data.state_dict()

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """Take the data module to a position."""
        self._data.load_state_dict(state_dict)


class HeldOutBatches:
    """One ordered pass of one rank over the held-out photos."""

    def __init__(self, data: PhotoDataModule, reader: SplitReader) -> None:
        self._data = data
        self._reader = reader
        self._orders: list[np.ndarray] = held_out_batches(
            len(reader), data.batch_size, data.rank, data.world_size
        )

    def __len__(self) -> int:
        return len(self._orders)

    def __iter__(self) -> Iterator[torch.Tensor]:
        batches = (self._data.tensor_of(self._reader.read(order)) for order in self._orders)
        yield from prefetched(batches, PREFETCHED_BATCHES)
