"""A client of the editor's server that does what the page does, for scripts and tests."""

from serve.client.asynchronous import AsyncEditorClient, connect_async
from serve.client.synchronous import EditorClient, connect

__all__ = ["AsyncEditorClient", "EditorClient", "connect", "connect_async"]
