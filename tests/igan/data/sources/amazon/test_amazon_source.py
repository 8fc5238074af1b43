from collections.abc import Iterator
from pathlib import Path

import pytest

from igan.data.downloading import DownloadSettings
from igan.data.downloading.fetching import FetchLimits
from igan.data.sources.amazon import AmazonSource
from igan.data.sources.photo_source import UnreadableFileError
from igan.data.sources.source_options import SourceOptions
from igan.errors import ConfigError, SourceError
from tests.igan.data.downloading.misbehaving_server import MisbehavingServer, jpeg
from tests.igan.data.sources.amazon.metadata_files import (
    product_2014,
    product_2018,
    product_2023,
    write_metadata,
)


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with MisbehavingServer() as running:
        yield running


@pytest.fixture
def metadata(server: MisbehavingServer, tmp_path: Path) -> Path:
    """Bags and shoes of every layout; the bags' photos are numbered 0, 1 and 2."""
    bags = ["Clothing", "Handbags"]
    lines = [
        product_2014("B0", "Leather bag", server.url("/photo/0.jpg"), [bags]),
        product_2014("S0", "A boot", server.url("/photo/90.jpg"), [["Clothing", "Shoes"]]),
        product_2018("B1", "Bag", server.url("/photo/1.jpg"), bags),
        product_2018("B1", "Bag, again", server.url("/photo/91.jpg"), bags),
        product_2018("B9", "Bag, same photo", server.url("/photo/1.jpg"), bags),
        product_2018("B8", "Bag without photo", "", bags),
        "no product",
        product_2023("B2", "Bag", server.url("/photo/2.jpg"), bags),
        product_2023("B3", "Bag that is gone", server.url("/missing/3.jpg"), bags),
        product_2023("B4", "Bag of another day", server.url("/always-500/4.jpg"), bags),
    ]
    return write_metadata(tmp_path / "meta_Clothing.json.gz", lines)


def source(metadata: Path, query: str = "category:handbag") -> AmazonSource:
    limits = FetchLimits(allow_private_hosts=True)
    settings = DownloadSettings(requests_a_second=1000, first_pause_s=0.01, limits=limits)
    return AmazonSource(metadata, SourceOptions(query=query), settings)


def test_the_photos_of_a_query(metadata: Path, server: MisbehavingServer) -> None:
    bags = source(metadata)
    assert bags.count() is None
    seen: list[tuple[int, int | None]] = []
    bags.prepare(lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, 5)
    assert seen[-1] == (5, 5)
    assert bags.count() == 5
    files = list(bags.files())
    assert [file.identity for file in files] == ["B0", "B1", "B2", "B3", "B4"]
    assert {file.label for file in files[:1] + files[2:]} == {"Handbags"}
    assert [file.load() for file in files[:3]] == [jpeg(0), jpeg(1), jpeg(2)]
    with pytest.raises(UnreadableFileError, match="was answered with 404"):
        files[3].load()
    with pytest.raises(UnreadableFileError, match=r"500.*import again later"):
        files[4].load()
    assert "/photo/90.jpg" not in server.requests
    assert (metadata.parent / "meta_Clothing-photos" / "ledger.jsonl").is_file()


def test_preparing_again_downloads_only_what_failed_in_passing(
    metadata: Path, server: MisbehavingServer
) -> None:
    source(metadata).prepare(lambda done, total: None)
    server.requests.clear()
    source(metadata).prepare(lambda done, total: None)
    assert set(server.requests) == {"/always-500/4.jpg"}


def test_an_interruption_says_how_to_go_on(metadata: Path) -> None:
    def interrupt(done: int, total: int | None) -> None:
        if done >= 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="the same command goes on"):
        source(metadata).prepare(interrupt)
    bags = source(metadata)
    bags.prepare(lambda done, total: None)
    assert [file.load() for file in list(bags.files())[:3]] == [jpeg(0), jpeg(1), jpeg(2)]


def test_another_query_selects_anew(metadata: Path) -> None:
    source(metadata).prepare(lambda done, total: None)
    boots = source(metadata, "boot")
    boots.prepare(lambda done, total: None)
    assert [file.identity for file in boots.files()] == ["S0"]


def test_private_hosts_need_to_be_allowed(metadata: Path, server: MisbehavingServer) -> None:
    strict = AmazonSource(metadata, SourceOptions(query="boot"))
    strict.prepare(lambda done, total: None)
    with pytest.raises(UnreadableFileError, match="private network"):
        next(strict.files()).load()
    assert not server.requests


def test_downloads_go_where_they_are_told(metadata: Path, tmp_path: Path) -> None:
    options = SourceOptions(query="boot", downloads=tmp_path / "there", allow_private_hosts=True)
    boots = AmazonSource(metadata, options)
    boots.prepare(lambda done, total: None)
    assert next(boots.files()).load() == jpeg(90)
    assert len(list((tmp_path / "there").glob("photos/*/*.jpg"))) == 1


def test_what_is_missing_is_said_in_a_sentence(metadata: Path) -> None:
    with pytest.raises(SourceError, match="say which with --query"):
        AmazonSource(metadata)
    with pytest.raises(ConfigError, match="not closed"):
        AmazonSource(metadata, SourceOptions(query="(bag"))
    with pytest.raises(SourceError, match="holds no product"):
        source(metadata, "submarine").prepare(lambda done, total: None)
    with pytest.raises(SourceError, match="not downloaded yet"):
        next(source(metadata, "boot -boot").files())


def test_where_metadata_lie(metadata: Path, tmp_path: Path) -> None:
    assert AmazonSource.lies_at(metadata)
    other = tmp_path / "settings.json"
    other.write_text("{}")
    assert not AmazonSource.lies_at(other)
    assert not AmazonSource.lies_at(tmp_path)
