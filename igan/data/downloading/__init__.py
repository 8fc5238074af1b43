"""Downloading many photos politely, safely and so that it can be taken up again."""

from igan.data.downloading.download import DownloadSettings, download_photos
from igan.data.downloading.ledger import Ledger, Outcome

__all__ = ["DownloadSettings", "Ledger", "Outcome", "download_photos"]
