"""Many photos into one folder, with retries, and with a ledger of what became of each."""

import hashlib
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from igan.data.downloading.fetching import FetchError, FetchLimits, PhotoFetcher, host_of
from igan.data.downloading.hosts import HostRestsError, Hosts, StoppedError
from igan.data.downloading.ledger import Ledger, Outcome
from igan.errors import ConfigError

LEDGER_FILE = "ledger.jsonl"
UNFINISHED_SUFFIX = ".unfinished"


@dataclass(frozen=True)
class DownloadSettings:
    """How hard to try, and how gently.

    Attributes:
        threads: photos fetched at the same time.
        per_host: of these, from one host.
        requests_a_second: the most that one host is asked.
        attempts: how often one address is tried when something passing is the matter.
        first_pause_s: before the second attempt; doubled, with some chance, before each further.
        longest_pause_s: the longest pause; a host that asks for more is let be until the next run.

    Raises:
        ConfigError: a number is below one.
    """

    threads: int = 8
    per_host: int = 4
    requests_a_second: float = 10.0
    attempts: int = 4
    first_pause_s: float = 1.0
    longest_pause_s: float = 120.0
    limits: FetchLimits = field(default_factory=FetchLimits)

    def __post_init__(self) -> None:
        if min(self.threads, self.per_host, self.attempts) < 1 or not self.requests_a_second > 0:
            raise ConfigError("a download needs at least one thread, attempt and request a second.")


def download_photos(
    urls: Iterable[str],
    folder: Path,
    settings: DownloadSettings,
    progress: Callable[[int], object] = lambda done: None,
) -> None:
    """Download photos into `folder`, each whole or not at all, and note outcomes in its ledger.

    What the ledger says was fetched, or can never be, is not asked for again. An interruption ends
    the download within moments; calling again goes on with it.

    Args:
        urls: may be many millions; a few are looked at ahead.
        progress: gets the addresses done so far, in the calling thread.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with Ledger(folder / LEDGER_FILE) as ledger:
        run = _Run(folder, settings, ledger)
        pool = ThreadPoolExecutor(settings.threads, thread_name_prefix="download")
        try:
            for done in _completed(pool, run.download, urls, 4 * settings.threads):
                progress(done)
        finally:
            run.stop()
            pool.shutdown(wait=True, cancel_futures=True)


def file_of(url: str, suffix: str) -> str:
    """Return where the photo of an address is kept, relative to the folder of downloads."""
    name = hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"photos/{name[:2]}/{name}{suffix}"


def _write_whole(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + UNFINISHED_SUFFIX)
    unfinished.write_bytes(data)
    unfinished.replace(path)


def _completed(
    pool: ThreadPoolExecutor, work: Callable[[str], None], urls: Iterable[str], ahead: int
) -> Iterator[int]:
    running: set[Future[None]] = set()
    done = 0
    for url in urls:
        running.add(pool.submit(work, url))
        if len(running) >= ahead:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            done += _count(finished)
            yield done
    while running:
        finished, running = wait(running, return_when=FIRST_COMPLETED)
        done += _count(finished)
        yield done


def _count(finished: set[Future[None]]) -> int:
    for future in finished:
        future.result()
    return len(finished)


class _Run:
    """One download; `download` is called by all its threads."""

    def __init__(self, folder: Path, settings: DownloadSettings, ledger: Ledger) -> None:
        self._folder, self._settings, self._ledger = folder, settings, ledger
        self._fetcher = PhotoFetcher(settings.limits)
        self._hosts = Hosts(settings.per_host, settings.requests_a_second, settings.longest_pause_s)
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()
        self._hosts.stop()
        self._fetcher.close()

    def download(self, url: str) -> None:
        if self._is_settled(url):
            return
        host = host_of(url)
        for attempt in range(1, self._settings.attempts + 1):
            try:
                with self._hosts.turn(host):
                    photo = self._fetcher.fetch(url)
            except StoppedError:
                return
            except HostRestsError as error:
                self._ledger.record(Outcome(url, reason=str(error), passing=True, attempts=attempt))
                return
            except FetchError as error:
                if self._stopped.is_set():
                    return
                if error.passing and attempt < self._settings.attempts:
                    self._pause(host, attempt, error.wait_s)
                    continue
                self._note(host, error)
                may_come = error.passing or error.refused
                self._ledger.record(
                    Outcome(url, reason=str(error), passing=may_come, attempts=attempt)
                )
                return
            self._hosts.answered(host)
            file = file_of(url, photo.suffix)
            _write_whole(self._folder / file, photo.data)
            self._ledger.record(Outcome(url, file, len(photo.data), attempts=attempt))
            return

    def _note(self, host: str, error: FetchError) -> None:
        if error.of_host:
            self._hosts.let_be(host, str(error))
        elif error.passing:
            self._hosts.failed(host)
        else:
            self._hosts.answered(host)

    def _is_settled(self, url: str) -> bool:
        known = self._ledger.outcome(url)
        if known is None or known.passing:
            return False
        if not known.file:
            return True
        path = self._folder / known.file
        return path.is_file() and path.stat().st_size == known.bytes

    def _pause(self, host: str, attempt: int, wait_s: float | None) -> None:
        if wait_s is not None:
            self._hosts.pause(host, wait_s)
            return
        longest_s = min(
            self._settings.longest_pause_s, self._settings.first_pause_s * 2 ** (attempt - 1)
        )
        self._stopped.wait(random.uniform(0.5, 1.0) * longest_s)
