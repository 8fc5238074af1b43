import time
from pathlib import Path

import pytest

from igan.data.downloading import DownloadSettings, download_photos
from igan.data.downloading.download import LEDGER_FILE, UNFINISHED_SUFFIX
from igan.data.downloading.fetching import FetchLimits
from igan.data.downloading.ledger import read_outcomes
from igan.errors import ConfigError
from tests.igan.data.downloading.misbehaving_server import MisbehavingServer, jpeg

QUICK = DownloadSettings(
    requests_a_second=1000,
    attempts=3,
    first_pause_s=0.02,
    longest_pause_s=5,
    limits=FetchLimits(
        largest_bytes=200_000, idle_timeout_s=5, deadline_s=10, allow_private_hosts=True
    ),
)


def photos_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("photos/*/*")}


def test_photos_arrive_and_failures_are_noted(server: MisbehavingServer, tmp_path: Path) -> None:
    paths = [f"/photo/{seed}.jpg" for seed in range(30)]
    bad = ["/missing/a.jpg", "/always-500/a.jpg", "/page/a.jpg", "/truncated/a.jpg"]
    slow = ["/first-500/a.jpg", "/first-429/a.jpg", "/redirect/a.jpg"]
    seen: list[int] = []
    urls = [server.url(path) for path in paths + bad + slow]
    download_photos(urls, tmp_path, QUICK, seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == len(urls)
    outcomes = read_outcomes(tmp_path / LEDGER_FILE)
    assert set(outcomes) == set(urls)
    for path in paths + slow:
        outcome = outcomes[server.url(path)]
        assert (tmp_path / outcome.file).stat().st_size == outcome.bytes > 0
    for seed, path in enumerate(paths):
        assert (tmp_path / outcomes[server.url(path)].file).read_bytes() == jpeg(seed)
    reasons = {path: outcomes[server.url(path)] for path in bad}
    assert reasons["/missing/a.jpg"].reason == "was answered with 404 Not Found"
    assert not reasons["/missing/a.jpg"].passing
    assert (reasons["/always-500/a.jpg"].passing, reasons["/always-500/a.jpg"].attempts) == (
        True,
        3,
    )
    assert server.requests["/missing/a.jpg"] == 1
    assert server.requests["/always-500/a.jpg"] == 3
    assert not any(reasons[path].file for path in bad)


def test_retry_after_pauses_the_whole_host(server: MisbehavingServer, tmp_path: Path) -> None:
    settings = DownloadSettings(threads=1, requests_a_second=1000, limits=QUICK.limits)
    urls = [server.url("/first-429/a.jpg"), server.url("/photo/1.jpg")]
    download_photos(urls, tmp_path, settings)
    assert server.times[1] - server.times[0] >= 0.99
    assert len(photos_in(tmp_path)) == 2


def test_a_host_that_asks_for_an_hour_is_let_be(server: MisbehavingServer, tmp_path: Path) -> None:
    settings = DownloadSettings(threads=1, requests_a_second=1000, limits=QUICK.limits)
    urls = [server.url("/asks-for-an-hour/a.jpg"), *map(server.url, map("/photo/{}".format, "123"))]
    started = time.monotonic()
    download_photos(urls, tmp_path, settings)
    assert time.monotonic() - started < 10
    assert sum(server.requests.values()) == 1
    outcomes = read_outcomes(tmp_path / LEDGER_FILE)
    assert all(outcome.passing for outcome in outcomes.values())
    assert "asks to wait 3600 s" in outcomes[urls[3]].reason


def test_a_second_call_asks_only_for_what_may_still_come(
    server: MisbehavingServer, tmp_path: Path
) -> None:
    paths = ["/photo/1.jpg", "/photo/2.jpg", "/missing/a.jpg", "/always-500/a.jpg"]
    urls = [server.url(path) for path in paths]
    download_photos(urls, tmp_path, QUICK)
    lost = read_outcomes(tmp_path / LEDGER_FILE)[urls[1]].file
    (tmp_path / lost).write_bytes(b"cut")
    server.requests.clear()
    download_photos(urls, tmp_path, QUICK)
    assert dict(server.requests) == {"/photo/2.jpg": 1, "/always-500/a.jpg": 3}
    assert (tmp_path / lost).read_bytes() == jpeg(2)


def test_an_interruption_leaves_nothing_half_and_can_be_taken_up(
    server: MisbehavingServer, tmp_path: Path
) -> None:
    server.answer_after_s = 0.02
    urls = [server.url(f"/photo/{seed}.jpg") for seed in range(40)]

    def interrupt(done: int) -> None:
        if done >= 8:
            raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        download_photos(urls, tmp_path, QUICK, interrupt)
    assert time.monotonic() - started < 10
    arrived = photos_in(tmp_path)
    assert 8 <= len(arrived) < 40
    assert set(arrived.values()) <= {jpeg(seed) for seed in range(40)}
    assert not any(name.endswith(UNFINISHED_SUFFIX) for name in arrived)
    download_photos(urls, tmp_path, QUICK)
    assert set(photos_in(tmp_path).values()) == {jpeg(seed) for seed in range(40)}
    assert sum(server.requests.values()) <= 40 + QUICK.threads


def test_a_private_host_is_refused_at_once_and_asked_when_it_is_allowed(
    server: MisbehavingServer, tmp_path: Path
) -> None:
    urls = [server.url(f"/photo/{seed}.jpg") for seed in range(60)]
    started = time.monotonic()
    download_photos(urls, tmp_path, DownloadSettings(requests_a_second=4))
    assert time.monotonic() - started < 10
    assert not server.requests
    outcomes = read_outcomes(tmp_path / LEDGER_FILE)
    assert len(outcomes) == 60
    assert {outcome.reason for outcome in outcomes.values()} == {
        "lies on 127.0.0.1, an address of a private network"
    }
    download_photos(urls, tmp_path, QUICK)
    assert len(photos_in(tmp_path)) == 60


def test_no_host_gets_more_requests_at_once_than_agreed(
    server: MisbehavingServer, tmp_path: Path
) -> None:
    server.answer_after_s = 0.03
    settings = DownloadSettings(threads=8, per_host=2, requests_a_second=1000, limits=QUICK.limits)
    download_photos([server.url(f"/photo/{seed}.jpg") for seed in range(12)], tmp_path, settings)
    assert server.most_at_once == 2


def test_settings_below_one_are_refused() -> None:
    with pytest.raises(ConfigError, match="at least one"):
        DownloadSettings(per_host=0)
