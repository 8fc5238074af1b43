"""The list of files that were left out of a store, with their reasons, as a table for people."""

import csv

from igan.data.store import Store
from serve.staging import staged_file

REJECTED_FILE = "rejected.csv"


def write_rejected_file(store: Store) -> None:
    """Write STORE/rejected.csv: identity and reason, in the order of the imports and their files.

    Names that are no text in UTF-8 keep their bytes.
    """
    with (
        staged_file(store.path / REJECTED_FILE) as staged,
        staged.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file,
    ):
        table = csv.writer(file)
        table.writerow(("identity", "reason"))
        for _, _, reject in store.rejects():
            table.writerow((reject.identity, reject.reason))
