import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from igan.data import store_writer
from igan.data.import_ledger import ImportLedger, Shard
from igan.data.importing import append_photos, import_photos, unfinished_path
from igan.data.merging import merge_shards
from igan.data.rejected_file import REJECTED_FILE
from igan.data.store import Store
from igan.errors import StoreError
from serve.errors import OutputExistsError
from tests.igan.data.conftest import write_photo_file


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Thirty files: duplicates that lie in one shard of three, and in several, and broken ones."""
    folder = tmp_path / "photos"
    for number in range(30):
        label = "boots" if number % 4 else "hats"
        write_photo_file(folder / f"{number // 10}" / label / f"{number:02}.png", seed=number % 22)
    for number in (4, 5, 17):
        (path,) = folder.rglob(f"{number:02}.png")
        path.write_text("no photo")
    return folder


def import_shards(photos: Path, folder: Path, of: int, **settings: object) -> list[Path]:
    return [
        import_photos(
            photos,
            folder / f"{number}of{of}.lmdb",
            16,
            shard=Shard(number, of),
            **settings,  # type: ignore[arg-type]
        ).store
        for number in range(1, of + 1)
    ]


@pytest.mark.parametrize("of", [1, 3, 40])
@pytest.mark.parametrize("encoding", ["raw", "jpeg"])
def test_the_merged_store_is_that_of_the_undivided_import(
    photos: Path, tmp_path: Path, of: int, encoding: str
) -> None:
    whole = import_photos(photos, tmp_path / "whole.lmdb", 16, encoding=encoding)  # type: ignore[arg-type]
    assert (whole.duplicates, whole.rejected) == (6, 3)
    shards = import_shards(photos, tmp_path, of, encoding=encoding)
    seen: list[tuple[int, int]] = []
    out = tmp_path / "merged.lmdb"
    ledger = merge_shards(shards[::-1], out, lambda done, total: seen.append((done, total)))
    assert (ledger.imported, ledger.duplicates, ledger.rejected) == (whole.imported, 6, 3)
    assert seen == [(done, 30) for done in range(1, 31)]
    merged, expected = Store(out), Store(whole.store)
    assert merged.digest == expected.digest
    assert merged.meta == expected.meta
    assert merged.imports() == expected.imports()
    assert merged.labels() == expected.labels()
    np.testing.assert_array_equal(merged.traits(), expected.traits())
    assert (out / REJECTED_FILE).read_bytes() == whole.rejected_file.read_bytes()
    merged.verify()


def test_a_merged_store_is_added_to(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "merged.lmdb"
    count = merge_shards(import_shards(photos, tmp_path, 2), out).imported
    write_photo_file(tmp_path / "more" / "1.png", seed=99)
    assert append_photos(tmp_path / "more", out).count == count + 1


def test_all_shards_must_be_there_once(photos: Path, tmp_path: Path) -> None:
    one, two, three = import_shards(photos, tmp_path, 3)
    with pytest.raises(StoreError, match="shard 2/3 is missing"):
        merge_shards([one, three], tmp_path / "out.lmdb")
    shutil.copytree(one, tmp_path / "copy.lmdb")
    with pytest.raises(StoreError, match="both shard 1/3"):
        merge_shards([one, two, three, tmp_path / "copy.lmdb"], tmp_path / "out.lmdb")
    with pytest.raises(StoreError, match="no shard is named"):
        merge_shards([], tmp_path / "out.lmdb")
    with pytest.raises(OutputExistsError):
        merge_shards([one, two, three], one)
    assert not (tmp_path / "out.lmdb").exists()


def test_shards_must_be_cut_and_made_alike(photos: Path, tmp_path: Path) -> None:
    one, _ = import_shards(photos, tmp_path, 2)
    third = import_photos(photos, tmp_path / "third.lmdb", 16, shard=Shard(2, 3)).store
    with pytest.raises(StoreError, match="is shard 2/3"):
        merge_shards([one, third], tmp_path / "out.lmdb")
    padded = import_photos(photos, tmp_path / "pad.lmdb", 16, fit="pad", shard=Shard(2, 2)).store
    with pytest.raises(StoreError, match="with fit pad"):
        merge_shards([one, padded], tmp_path / "out.lmdb")


def test_shards_must_be_of_one_state_of_the_source(photos: Path, tmp_path: Path) -> None:
    one, _ = import_shards(photos, tmp_path, 2)
    write_photo_file(photos / "0" / "new.png", seed=50)
    grown = import_photos(photos, tmp_path / "grown.lmdb", 16, shard=Shard(2, 2)).store
    with pytest.raises(StoreError, match="not shards of one source"):
        merge_shards([one, grown], tmp_path / "out.lmdb")


def test_an_unfinished_shard_is_refused(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = import_shards(photos, tmp_path, 2)
    monkeypatch.setattr(store_writer, "COMMIT_RECORDS", 1)
    two.rename(unfinished_path(two))
    with pytest.raises(StoreError, match="is unfinished; go on with"):
        merge_shards([one, two], tmp_path / "out.lmdb")


def test_a_store_with_several_imports_is_no_shard(photos: Path, tmp_path: Path) -> None:
    store = import_photos(photos, tmp_path / "out.lmdb", 16).store
    write_photo_file(tmp_path / "more" / "1.png", seed=99)
    append_photos(tmp_path / "more", store)
    with pytest.raises(StoreError, match="not one shard"):
        merge_shards([store], tmp_path / "merged.lmdb")


def test_a_damaged_shard_is_refused(photos: Path, tmp_path: Path) -> None:
    one, two = import_shards(photos, tmp_path, 2)
    record = Store(two).read([3])[0].tobytes()
    data = bytearray((two / "data.mdb").read_bytes())
    data[data.index(record) + 10] ^= 1
    (two / "data.mdb").write_bytes(data)
    with pytest.raises(StoreError, match="does not match its digest"):
        merge_shards([one, two], tmp_path / "out.lmdb")
    assert not (tmp_path / "out.lmdb").exists()


def test_a_ledger_is_plain_json(photos: Path, tmp_path: Path) -> None:
    (ledger,) = Store(import_shards(photos, tmp_path, 1)[0]).imports()
    document = json.loads(ledger.to_json())
    assert document["source_path"] == str(photos)
    assert ImportLedger.from_json(json.dumps(document).encode()) == ledger
