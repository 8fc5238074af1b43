"""The version of the protocol between page and service, and the names that both sides use."""

SUBPROTOCOL = "igan.v1"
BEARER_SUBPROTOCOL = "bearer."
"""Before a token, which browsers cannot send with a WebSocket in any other way."""

API = "/api/v1"
CLIENT_HEADER = "X-Igan-Client"
JOB_HEADER = "X-Igan-Job"
"""By which a client names a request, to be told how far it is."""

FRAME_VERSION = 1
