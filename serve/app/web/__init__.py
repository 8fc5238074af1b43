"""The editor's service over HTTP and WebSockets, and the page."""
