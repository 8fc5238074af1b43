"""Stands before everything else: refuses what may not be asked, and seals every answer."""

import json
from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.app.web.access import Access

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
GUARDED = ("/api/", "/metrics")
"""Where a token is asked for; the page itself holds nothing and must be able to say so."""

Refusal = tuple[int, str]


class Guard:
    """ASGI middleware that applies `Access` to HTTP requests and WebSockets."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if scope["type"] == "websocket":
            if refusal is None:
                await self._app(scope, receive, send)
            else:
                await _refuse(refusal, "websocket.http.response", send)
            return
        if refusal is None:
            await self._app(scope, receive, _sealed(send))
        else:
            await _refuse(refusal, "http.response", _sealed(send))

    def _refusal(self, scope: Scope) -> Refusal | None:
        """Status and sentence for what may not be asked."""
        headers, access = Headers(scope=scope), self._access
        host = headers.get("host")
        if not access.allows_host(host):
            return 421, (
                "this server is not called by that name; open it by its number or as localhost, or "
                "start it with --allow-origin."
            )
        if not access.allows_origin(headers.get("origin"), host):
            return 403, "a page from elsewhere may not use this server; see --allow-origin."
        if scope["path"].startswith(GUARDED) and not self._is_authorized(scope, headers):
            return 401, "this server asks for a token, and this was not it."
        return None

    def _is_authorized(self, scope: Scope, headers: Headers) -> bool:
        if scope["type"] == "websocket":
            offered: Sequence[str] = scope.get("subprotocols", ())
            return self._access.allows_subprotocols(offered)
        return self._access.allows_authorization(headers.get("authorization"))


def _sealed(send: Send) -> Send:
    async def send_sealed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers[name] = value
        await send(message)

    return send_sealed


async def _refuse(refusal: Refusal, kind: str, send: Send) -> None:
    status, sentence = refusal
    body = json.dumps({"error": sentence}).encode()
    headers = [(b"content-type", b"application/json")]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": f"{kind}.start", "status": status, "headers": headers})
    await send({"type": f"{kind}.body", "body": body})
