"""What an engineer looks at before spending a GPU day on a store."""

from igan.data.report.store_page import store_page

__all__ = ["store_page"]
