"""The photos of a study: those that a collection holds out, where it says which."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from igan.data.sources.folder import photo_paths
from igan.data.sources.photo_store import PhotoStoreSource
from igan.data.split import split_named_in
from igan.data.store import Store
from igan.errors import SourceError
from igan.evaluation.held_out import held_out_photos
from serve.photo.photo import Photo, read_photo


@dataclass(frozen=True)
class StudyPhoto:
    """A photo that is read when it is needed.

    Attributes:
        identity: its path or name in the collection.
    """

    identity: str
    read: Callable[[], Photo]


def study_photos(path: Path) -> list[StudyPhoto]:
    """List the photos of a store or a folder, in a fixed order.

    Of a store its held-out photos that no training photo shows too; of a folder with folders named
    `test` in it what these hold, of another all.

    Raises:
        StoreError: the store cannot be read, or holds out none.
        SourceError: there is no store and no folder.
    """
    if PhotoStoreSource.lies_at(path):
        store = Store(path)
        indices = held_out_photos(store).indices
        return [
            StudyPhoto(entry.identity, partial(_photo_of, store, int(index)))
            for index, entry in zip(indices, store.entries(indices), strict=True)
        ]
    if not path.is_dir():
        raise SourceError(f"{path} is neither a store nor a folder of photos; name one.")
    identities = list(photo_paths(path))
    held_out = [identity for identity in identities if split_named_in(identity) == "test"]
    return [
        StudyPhoto(identity, partial(read_photo, path / identity))
        for identity in held_out or identities
    ]


def _photo_of(store: Store, index: int) -> Photo:
    return Photo(store.read([index])[0])
