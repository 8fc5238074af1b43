"""The server's HTTP interface, with refusals as the exceptions of this package."""

from collections.abc import Mapping
from typing import Any

import httpx

from serve.app.protocol.version import API, CLIENT_HEADER, JOB_HEADER
from serve.errors import BadInputError, BusyError, ServeError, UnknownPhotoError

# The edit of a large photo takes a while; whether the server lives shows in the connecting.
TIMEOUT = httpx.Timeout(300.0, connect=10.0)


class HttpInterface:
    """Requests in the name of one client; photos that the server has forgotten are sent again.

    Args:
        url: of the server.
        client: 32 random hexadecimal digits.
        token: if the server asks for one.
    """

    def __init__(self, url: str, client: str, token: str | None) -> None:
        headers = {CLIENT_HEADER: client}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/") + API, headers=headers, timeout=TIMEOUT
        )
        self._photos: dict[str, bytes] = {}

    async def close(self) -> None:
        await self._http.aclose()

    async def get(self, path: str) -> httpx.Response:
        """Ask for something.

        Raises:
            ServeError: it was refused, or the server cannot be reached.
        """
        return await self._ask("GET", path)

    async def put_photo(self, data: bytes) -> dict[str, Any]:
        """Send a photo, and keep its bytes to send them again.

        Raises:
            ServeError: as for `get`.
        """
        answer: dict[str, Any] = (await self._ask("PUT", "/photos", content=data)).json()
        self._photos[answer["sha256"]] = data
        return answer

    async def send_again(self, sha256: str) -> None:
        """Send a photo that was sent before.

        Raises:
            UnknownPhotoError: it never was.
        """
        if sha256 not in self._photos:
            raise UnknownPhotoError(sha256)
        await self.put_photo(self._photos[sha256])

    async def post(
        self, path: str, body: Mapping[str, Any], job: str | None = None
    ) -> httpx.Response:
        """Have something made.

        Args:
            job: whose progress the sessions of this client are told.

        Raises:
            ServeError: as for `get`.
        """
        headers = {} if job is None else {JOB_HEADER: job}
        try:
            return await self._ask("POST", path, json=body, headers=headers)
        except UnknownPhotoError as error:
            await self.send_again(error.sha256)
            return await self._ask("POST", path, json=body, headers=headers)

    async def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            response = await self._http.request(method, path, **request)
        except httpx.HTTPError as error:
            raise ServeError(
                f"{self._http.base_url} cannot be reached ({type(error).__name__}); is the server "
                "running?"
            ) from error
        if response.is_success:
            return response
        raise _refusal(response)


def _refusal(response: httpx.Response) -> ServeError:
    try:
        answer = response.json()
        sentence = str(answer["error"])
    except (ValueError, KeyError, TypeError):
        return ServeError(f"the server answered {response.status_code}.")
    if "needs_photo" in answer:
        return UnknownPhotoError(str(answer["needs_photo"]))
    if "retry_after_s" in answer:
        return BusyError(sentence, float(answer["retry_after_s"]))
    return BadInputError(sentence) if response.status_code < 500 else ServeError(sentence)
