import asyncio

import pytest

from serve.client.wire import FIRST_DELAY_S, LONGEST_DELAY_S, Wire, delay_s
from serve.errors import BadInputError, ServeError


def test_it_comes_back_ever_more_patiently() -> None:
    delays = [delay_s(attempt, 0) for attempt in range(40)]
    assert delays[:3] == [FIRST_DELAY_S, 2 * FIRST_DELAY_S, 4 * FIRST_DELAY_S]
    assert delays == sorted(delays)
    assert delays[-1] == LONGEST_DELAY_S
    assert delay_s(3, 1) == 0.75 * delay_s(3, 0)


async def nothing(*_: object) -> None:
    return None


def test_a_server_that_stays_away_is_told() -> None:
    wire = Wire("http://127.0.0.1:9", "a" * 32, None, 0.1, nothing, nothing)
    with pytest.raises(ServeError, match=r"has not been there for 0\.1 s"):
        asyncio.run(wire.run())


@pytest.mark.parametrize("url", ["localhost:8000", "ws://localhost", "", "ftp://localhost"])
def test_an_address_is_one_of_a_web_server(url: str) -> None:
    with pytest.raises(BadInputError, match="is no address of a server"):
        Wire(url, "a" * 32, None, 1, nothing, nothing)
