"""Photos of products, selected by a query on metadata and downloaded before they are read."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from igan.data.sources.amazon.product import holds_products
from igan.data.sources.amazon.query import Query
from igan.data.sources.amazon.selection import (
    Selected,
    is_selected,
    read_selection,
    select_products,
)
from igan.data.sources.photo_source import PhotoSource, SourceFile, UnreadableFileError
from igan.data.sources.source_options import NO_OPTIONS, SourceOptions
from igan.errors import SourceError

if TYPE_CHECKING:
    from igan.data.downloading import DownloadSettings, Outcome

SELECTION_FILE = "selection.jsonl"
SUFFIXES = (".json", ".jsonl", ".json.gz", ".jsonl.gz")


class AmazonSource(PhotoSource):
    """One photo for each product that the query takes, labelled by its most special category.

    `prepare` selects and downloads; it can be interrupted and taken up again, and addresses that
    failed in passing are tried again by the next call. A product whose photo could not be had is
    an unreadable file with the reason.

    Raises:
        SourceError: there is no query.
        ConfigError: the query makes no sense.
    """

    kind: ClassVar[str] = "amazon"
    licence = (
        "photos of product listings, whose rights are with Amazon and its sellers: for research "
        "of your own, not to be passed on"
    )
    takes: ClassVar[frozenset[str]] = frozenset({"query", "downloads", "allow_private_hosts"})

    def __init__(
        self,
        path: Path,
        options: SourceOptions = NO_OPTIONS,
        settings: "DownloadSettings | None" = None,
    ) -> None:
        if not options.query:
            raise SourceError(
                f"{path} holds products of all kinds; say which with --query, such as "
                "--query 'category:handbag -title:wallet'."
            )
        Query(options.query)
        self.name = path.name
        self._metadata = path
        self._query = options.query
        self._folder = options.downloads or path.with_name(f"{path.name.partition('.')[0]}-photos")
        self._settings = settings
        self._allow_private_hosts = options.allow_private_hosts

    @staticmethod
    def lies_at(path: Path) -> bool:
        return path.name.lower().endswith(SUFFIXES) and path.is_file() and holds_products(path)

    def prepare(self, progress: Callable[[int, int | None], object]) -> None:
        """Select products and download their photos.

        Raises:
            SourceError: the metadata cannot be read, or holds no product that the query takes.
        """
        from igan.data.downloading import download_photos

        self._folder.mkdir(parents=True, exist_ok=True)
        total = select_products(self._metadata, self._query, self._selection)
        if total == 0:
            raise SourceError(
                f"{self._metadata} holds no product with a photo that the query {self._query!r} "
                "takes; widen the query."
            )
        progress(0, total)
        try:
            download_photos(
                (product.url for product in read_selection(self._selection)),
                self._folder,
                self._download_settings(),
                lambda done: progress(done, total),
            )
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"interrupted; the same command goes on with the downloads in {self._folder}."
            ) from None

    def count(self) -> int | None:
        if not self._is_selected():
            return None
        return sum(1 for _ in read_selection(self._selection))

    def files(self) -> Iterator[SourceFile]:
        from igan.data.downloading.download import LEDGER_FILE
        from igan.data.downloading.ledger import read_outcomes

        if not self._is_selected():
            raise SourceError(
                f"the photos of {self._metadata} are not downloaded yet; import it anew."
            )
        outcomes = read_outcomes(self._folder / LEDGER_FILE)
        for product in read_selection(self._selection):
            load = partial(self._load, product, outcomes.get(product.url))
            yield SourceFile(product.asin, load, label=product.label)

    @property
    def _selection(self) -> Path:
        return self._folder / SELECTION_FILE

    def _is_selected(self) -> bool:
        return is_selected(self._metadata, self._query, self._selection)

    def _download_settings(self) -> "DownloadSettings":
        from igan.data.downloading import DownloadSettings
        from igan.data.downloading.fetching import FetchLimits

        limits = FetchLimits(allow_private_hosts=self._allow_private_hosts)
        return self._settings or DownloadSettings(limits=limits)

    def _load(self, product: Selected, outcome: "Outcome | None") -> bytes:
        if outcome is None:
            raise UnreadableFileError("was not downloaded; import again")
        if not outcome.file:
            advice = "; import again later" if outcome.passing else ""
            raise UnreadableFileError(f"{outcome.reason}{advice} ({product.url})")
        try:
            return (self._folder / outcome.file).read_bytes()
        except OSError as error:
            raise UnreadableFileError(f"cannot be read ({error.strerror})") from error
