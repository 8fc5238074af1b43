"""The report on a store, as one page."""

import re
from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import Literal

import numpy as np

from igan.data.near_duplicates import near_duplicates
from igan.data.report.findings import findings
from igan.data.report.statistics import PictureStatistics, picture_statistics
from igan.data.store import Store
from igan.errors import StoreError
from serve.report.chart import Bars, Histogram
from serve.report.page import Page
from serve.report.sheet import contact_sheet

SHEET_PICTURES, SHEET_COLUMNS, SHEET_PICTURE_PX = 96, 12, 80
EXTREME_PICTURES = 12
SHOWN_PAIRS, PAIR_PICTURE_PX, PAIR_NAME_CHARACTERS = 24, 128, 18
SHOWN_LABELS = 30
SHOWN_REJECTS = 40
SHOWN_REASONS = 20
SHOWN_NAME_CHARACTERS = 60

Stage = Literal["pictures", "near-duplicates"]
ShowStage = Callable[[Stage, int, int], object]


def store_page(store: Store, progress: ShowStage = lambda stage, done, total: None) -> Page:
    """Look at every picture of a store and return the report.

    Args:
        progress: gets what is being done, and how much of how much is.

    Raises:
        StoreError: the store is empty or cannot be read.
    """
    if len(store) == 0:
        raise StoreError(f"{store.path} holds no pictures; import some first.")
    count = len(store)
    pictures = picture_statistics(store, lambda done: progress("pictures", done, 2 * count))
    pairs = near_duplicates(store, lambda done: progress("near-duplicates", done, count))
    test_records = store.indices_of("test")
    page = Page(f"The store {store.path.name}")
    page.points(findings(store, pictures, pairs, test_records) or ["Nothing stands out."])
    _describe(page, store)
    _show_pictures(page, store, pictures)
    _show_distributions(page, store, pictures)
    _show_labels(page, store)
    _show_near_duplicates(page, store, pairs, test_records)
    _show_rejects(page, store)
    return page


def _describe(page: Page, store: Store) -> None:
    meta = store.meta
    page.heading("What it holds")
    fit = meta.fit + (" at the top" if meta.anchor == "top" else "")
    page.table(
        ("", ""),
        [
            ("pictures", f"{meta.count:,} of {meta.size} x {meta.size}, {meta.channels} channels"),
            ("to train on", f"{meta.split_counts['train']:,}"),
            ("held out", f"{meta.split_counts['test']:,}"),
            ("labels", f"{len(store.labels()):,}"),
            ("records", meta.encoding),
            ("fit", fit + (", borders trimmed" if meta.trim else "")),
            ("digest", meta.digest),
        ],
    )
    page.table(
        ("source", "kind", "licence"),
        [(source.name, source.kind, source.licence or "not stated") for source in meta.sources],
    )
    if ledgers := store.imports():
        page.table(
            ("import", "files", "imported", "not readable", "exact duplicates", "state"),
            [
                (
                    ledger.number + 1,
                    ledger.done,
                    ledger.imported,
                    ledger.rejected,
                    ledger.duplicates,
                    "finished" if ledger.finished else "unfinished",
                )
                for ledger in ledgers
            ],
        )


def _show_pictures(page: Page, store: Store, pictures: PictureStatistics) -> None:
    page.heading("Pictures")
    shown = min(SHEET_PICTURES, len(store))
    spread = np.linspace(0, len(store) - 1, shown).round().astype(int)
    page.picture(
        _sheet(store, spread),
        f"{shown} of {len(store):,} pictures, evenly spread over the store",
        encoding="jpeg",
    )
    mean = np.rint(np.clip(pictures.mean, 0, 255)).astype(np.uint8)
    widest = max(float(pictures.deviation.max()), 1.0)
    deviation = np.rint(pictures.deviation * (255 / widest)).astype(np.uint8)
    page.pictures(
        [
            (mean, "the average picture: what all have in common"),
            (deviation, f"where they differ: standard deviation, white is {widest:.0f} levels"),
        ],
        width_px=256,
    )
    extremes = [
        ("the darkest", np.argsort(pictures.brightness)),
        ("the brightest", np.argsort(-pictures.brightness)),
        ("with the least contrast", np.argsort(pictures.contrast)),
        (
            "the least like the average: what does not belong here is likely among them",
            np.argsort(-pictures.strangeness),
        ),
    ]
    page.heading("Extremes", level=3)
    for caption, order in extremes:
        page.picture(_sheet(store, order[:EXTREME_PICTURES]), caption, encoding="jpeg")


def _show_distributions(page: Page, store: Store, pictures: PictureStatistics) -> None:
    page.heading("Distributions")
    levels = np.linspace(0, 256, 33)
    brightness = [(float(np.median(pictures.brightness)), "median")]
    contrast = [(float(np.median(pictures.contrast)), "median")]
    page.charts(
        [
            Histogram.of(pictures.brightness, "brightness, mean level", levels, marks=brightness),
            Histogram.of(
                pictures.contrast,
                "contrast, standard deviation of levels",
                np.linspace(0, 128, 33),
                marks=contrast,
            ),
        ]
    )
    traits = store.traits()
    known = traits[(traits["width_px"] > 0) & (traits["height_px"] > 0)]
    if len(known) == 0:
        page.paragraph("The sizes of the original photos are not known.")
        return
    width_px, height_px = (known[side].astype(np.float64) for side in ("width_px", "height_px"))
    shorter_px = np.minimum(width_px, height_px)
    largest = 2 ** np.ceil(np.log2(max(float(np.percentile(shorter_px, 99)), 2 * store.size)))
    page.charts(
        [
            Histogram.of(
                np.log2(width_px / height_px),
                "aspect of the photos: log2 of width / height",
                np.linspace(-2, 2, 33),
                marks=[(float(np.median(np.log2(width_px / height_px))), "median")],
            ),
            Histogram.of(
                shorter_px,
                "shorter side of the photos",
                np.linspace(0, largest, 33),
                unit=" px",
                marks=[(float(store.size), "stored")],
            ),
        ],
        "left of 0 upright, right of 0 lying; outer bars hold all that is beyond",
    )
    sizes = Counter(zip(known["width_px"].tolist(), known["height_px"].tolist(), strict=True))
    page.table(
        ("width", "height", "photos"),
        [(width, height, photos) for (width, height), photos in sizes.most_common(5)],
        f"the commonest of {len(sizes):,} sizes",
    )


def _show_labels(page: Page, store: Store) -> None:
    labels = store.labels()
    if not labels:
        return
    page.heading("Labels")
    numbers = store.traits()["label"]
    counts = np.bincount(numbers[numbers >= 0], minlength=len(labels))
    order = np.argsort(-counts, kind="stable")[:SHOWN_LABELS]
    names = [_printable(labels[number]) for number in order]
    page.charts([Bars(names, [int(counts[number]) for number in order], "pictures a label")])
    if len(labels) > SHOWN_LABELS:
        page.paragraph(f"The {SHOWN_LABELS} commonest of {len(labels):,} labels.")
    if unlabelled := int((numbers < 0).sum()):
        page.paragraph(f"{unlabelled:,} pictures have no label.")


def _show_near_duplicates(
    page: Page, store: Store, pairs: np.ndarray, test_records: np.ndarray
) -> None:
    page.heading("Near-duplicates")
    if len(pairs) == 0:
        page.paragraph("There are none: no two pictures look the same, small changes aside.")
        return
    across = np.isin(pairs["first"], test_records) != np.isin(pairs["second"], test_records)
    order = np.argsort(~across, kind="stable")[:SHOWN_PAIRS]
    page.paragraph(
        f"{len(pairs):,} pairs, {int(across.sum()):,} of them with one picture to train on and one "
        f"held out. Here are {len(order)}: these first, then the closest, with the correlation of "
        "the two."
    )
    page.pictures([_pair(store, pairs[number]) for number in order], encoding="jpeg")


def _pair(store: Store, pair: np.void) -> tuple[np.ndarray, str]:
    records = [int(pair["first"]), int(pair["second"])]
    names = " and ".join(_tail(_printable(entry.identity)) for entry in store.entries(records))
    sheet = contact_sheet([list(store.read(records))], margin_px=2, enlarge_to_px=PAIR_PICTURE_PX)
    return sheet, f"{names}: {pair['correlation']:.3f}"


def _tail(name: str) -> str:
    return name if len(name) <= PAIR_NAME_CHARACTERS else f"…{name[1 - PAIR_NAME_CHARACTERS :]}"


def _show_rejects(page: Page, store: Store) -> None:
    page.heading("Files that were left out")
    reasons = Counter(_kind_of(reject.reason) for _, _, reject in store.rejects())
    if not reasons:
        page.paragraph("None.")
        return
    page.table(("reason", "files"), reasons.most_common(SHOWN_REASONS))
    page.table(
        ("file", "reason"),
        [
            (_printable(reject.identity), _printable(reject.reason))
            for _, _, reject in islice(store.rejects(), SHOWN_REJECTS)
        ],
        "the first of them; rejected.csv in the store lists all",
    )


def _kind_of(reason: str) -> str:
    """Return a reason without what is particular to one file."""
    general = re.sub(r" of .*$", "", reason) if "duplicate" in reason else reason
    general = re.sub(r"\(https?://\S+\)", "", general)
    return _printable(re.sub(r"\d[\d,.]*", "N", general)).strip()


def _printable(text: str) -> str:
    """Return text that can stand in a page, whatever bytes a file's name was made of."""
    shown = "".join(c if c.isprintable() else "�" for c in text)
    if len(shown) > SHOWN_NAME_CHARACTERS * 2:
        return f"{shown[:SHOWN_NAME_CHARACTERS]}…{shown[-SHOWN_NAME_CHARACTERS:]}"
    return shown


def _sheet(store: Store, records: np.ndarray) -> np.ndarray:
    found = store.read(records)
    rows = [found[i : i + SHEET_COLUMNS] for i in range(0, len(found), SHEET_COLUMNS)]
    return contact_sheet([list(row) for row in rows], margin_px=2, enlarge_to_px=SHEET_PICTURE_PX)
