"""The version of the protocol between page and service, and the names that both sides use."""

SUBPROTOCOL = "igan.v1"
BEARER_SUBPROTOCOL = "bearer."
"""Before a token, which browsers cannot send with a WebSocket in any other way."""

API = "/api/v1"
CLIENT_HEADER = "X-Igan-Client"
FRAME_VERSION = 1
