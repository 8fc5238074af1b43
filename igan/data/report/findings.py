"""What in a store deserves a second look before a network is trained on it, in sentences."""

import numpy as np

from igan.data.report.statistics import FLAT_CONTRAST_LEVELS, PictureStatistics
from igan.data.store import Store

FEW_PICTURES = 1000
MANY_REJECTED_SHARE = 0.02
LONG_ASPECT = 2.5
RARE_LABEL_SHARE = 0.01


def findings(
    store: Store,
    pictures: PictureStatistics,
    near_duplicates: np.ndarray,
    test_records: np.ndarray,
) -> list[str]:
    """Return sentences, the gravest first; none when nothing is to be said.

    Args:
        near_duplicates: as `igan.data.near_duplicates` found them.
        test_records: indices of the held-out records, int64 (M,).
    """
    count = len(store)
    return [
        *_leaks(near_duplicates, test_records),
        *_of_splits(store),
        *_of_originals(store),
        *_of_pictures(pictures, count),
        *_of_near_duplicates(near_duplicates, count),
        *_of_imports(store),
        *_of_labels(store),
    ]


def _leaks(near_duplicates: np.ndarray, test_records: np.ndarray) -> list[str]:
    across = np.isin(near_duplicates["first"], test_records) != np.isin(
        near_duplicates["second"], test_records
    )
    if not across.any():
        return []
    return [
        "Pairs of near-duplicates with one picture to train on and one held out, so that figures "
        f"on held-out pictures flatter: {across.sum():,}."
    ]


def _of_splits(store: Store) -> list[str]:
    sentences = []
    counts = store.meta.split_counts
    if counts["test"] == 0:
        sentences.append("No picture is held out: nothing can be measured on unseen pictures.")
    if counts["train"] < FEW_PICTURES:
        sentences.append(
            f"Few pictures to train on: {counts['train']:,}; use augmentation, and expect the "
            "generator to remember them."
        )
    return sentences


def _of_originals(store: Store) -> list[str]:
    traits = store.traits()
    known = traits[(traits["width_px"] > 0) & (traits["height_px"] > 0)]
    if len(known) == 0:
        return []
    sides = np.stack([known["width_px"], known["height_px"]], axis=1).astype(np.float64)
    shown = sides.max(axis=1) if store.meta.fit == "pad" else sides.min(axis=1)
    sentences = []
    if enlarged := int((shown < store.size).sum()):
        sentences.append(
            f"Photos smaller than {store.size} pixels, enlarged, which a network learns as blur: "
            f"{_share(enlarged, len(known))}; choose a smaller size or leave them out."
        )
    aspect = sides.max(axis=1) / sides.min(axis=1)
    if long := int((aspect > LONG_ASPECT).sum()):
        what = {"crop": "lose most of what they show", "pad": "become mostly border"}.get(
            store.meta.fit, "become much distorted"
        )
        sentences.append(
            f"Photos more than {LONG_ASPECT:g} times as long as wide, or the other way, which "
            f"{what}: {_share(long, len(known))}."
        )
    return sentences


def _of_pictures(pictures: PictureStatistics, count: int) -> list[str]:
    if len(pictures.flat) == 0:
        return []
    return [
        f"Pictures of about one colour (contrast below {FLAT_CONTRAST_LEVELS:g} levels), "
        f"placeholders perhaps: {_share(len(pictures.flat), count)}."
    ]


def _of_near_duplicates(near_duplicates: np.ndarray, count: int) -> list[str]:
    if len(near_duplicates) == 0:
        return []
    involved = len(np.unique(np.stack([near_duplicates["first"], near_duplicates["second"]])))
    return [
        f"Pairs of near-duplicates: {len(near_duplicates):,}; pictures in them: "
        f"{_share(involved, count)}."
    ]


def _of_imports(store: Store) -> list[str]:
    sentences = []
    ledgers = store.imports()
    if any(not ledger.finished for ledger in ledgers):
        sentences.append("An import into this store is unfinished; go on with --resume.")
    done = sum(ledger.done for ledger in ledgers)
    rejected = sum(ledger.rejected for ledger in ledgers)
    if done and rejected / done > MANY_REJECTED_SHARE:
        sentences.append(
            f"Files that could not be read: {_share(rejected, done)}; they are listed below."
        )
    if unlicensed := [source.name for source in store.meta.sources if not source.licence]:
        sentences.append(f"No licence is stated for {', '.join(unlicensed)}.")
    return sentences


def _of_labels(store: Store) -> list[str]:
    labels = store.labels()
    if len(labels) < 2:
        return []
    numbers = store.traits()["label"]
    counts = np.bincount(numbers[numbers >= 0], minlength=len(labels))
    rare = int((counts < RARE_LABEL_SHARE * counts.sum()).sum())
    if not rare:
        return []
    return [
        f"Labels with less than {RARE_LABEL_SHARE:.0%} of the pictures each, of which a network "
        f"that is told the label learns little: {_share(rare, len(labels))}."
    ]


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({part / whole:.1%})"
