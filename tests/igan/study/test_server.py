import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from igan.study.answers import Answer, completion_code, read_submissions
from igan.study.errors import StudyError
from igan.study.key import StudyKey
from igan.study.server import HEADERS, StudyServer
from igan.study.simulation import Population, simulate
from tests.studies import tiny_study


@pytest.fixture
def study(tmp_path: Path) -> tuple[Path, StudyKey]:
    return tmp_path / "study", tiny_study(tmp_path / "study")


@pytest.fixture
def server(study: tuple[Path, StudyKey]) -> Iterator[StudyServer]:
    with StudyServer(study[0]) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _ask(
    server: StudyServer,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def _send(server: StudyServer, body: bytes, **headers: str) -> tuple[int, str]:
    given = {"Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    status, _, answer = _ask(server, "POST", "/answers", body, given)
    return status, answer.decode()


def _documents(key: StudyKey, count: int = 2) -> list[dict[str, object]]:
    return [submission.to_json() for submission in simulate(key, count, Population(), 0)]


def test_the_page_and_its_pictures_are_served(
    server: StudyServer, study: tuple[Path, StudyKey]
) -> None:
    name = next(iter(study[1].pictures))
    for path in ("/index.html", "/study.js", "/study-data.js", f"/pictures/{name}.jpg"):
        status, headers, body = _ask(server, "GET", path)
        assert status == 200
        assert body == (study[0] / "public" / path[1:]).read_bytes()
        assert {headers[key] for key in HEADERS} == set(HEADERS.values())


@pytest.mark.parametrize(
    "path",
    ["/key.json", "/../key.json", "/%2e%2e/key.json", "/pictures/../../key.json", "/pictures"],
)
def test_nothing_else_is_served(server: StudyServer, path: str) -> None:
    assert _ask(server, "GET", path)[0] == 404


def test_sheets_are_handed_out_in_turn_and_answered_ones_last(
    server: StudyServer, study: tuple[Path, StudyKey]
) -> None:
    def handed_out() -> str:
        status, headers, _ = _ask(server, "GET", "/?PROLIFIC_PID=abc")
        assert status == 302
        return str(headers["Location"])

    document = _documents(study[1])[1]
    assert _send(server, json.dumps(document).encode())[0] == 201
    count = len(study[1].sheets)
    given = [handed_out() for _ in range(count - 1)]
    assert given[0] == "/index.html?PROLIFIC_PID=abc&sheet=0&collect=1"
    assert not any("sheet=1&" in link for link in given)
    assert len(set(given)) == count - 1
    assert "sheet=3&" in _ask(server, "GET", "/?sheet=3")[1]["Location"]


def test_answers_are_kept_once_and_stay_after_a_restart(
    server: StudyServer, study: tuple[Path, StudyKey]
) -> None:
    folder, key = study
    document = _documents(key)[0]
    body = json.dumps(document | {"unknown": "dropped"}).encode()
    assert _send(server, body) == (201, "received.")
    status, sentence = _send(server, body)
    assert (status, "received before" in sentence) == (409, True)
    assert [path.name for path in (folder / "answers").iterdir()] == ["simulated-0000.json"]
    assert json.loads((folder / "answers/simulated-0000.json").read_text()) == document
    with StudyServer(folder) as again:
        assert again.shelf.next_sheet() == 1
    assert len(read_submissions([folder / "answers"], key)) == 1


def test_what_is_not_kept(server: StudyServer, study: tuple[Path, StudyKey]) -> None:
    folder, key = study
    document = _documents(key)[0]
    body = json.dumps(document).encode()
    other = json.dumps(document | {"study": "0123456789abcdef"}).encode()
    escaping = json.dumps(document | {"participant": "../../x"}).encode()
    assert _send(server, other)[0] == 400
    assert _send(server, escaping)[0] == 400
    assert _send(server, b"{")[0] == 400
    assert _send(server, b"\xff")[0] == 400
    assert _send(server, body, Content_Type="text/plain")[0] == 415
    assert _send(server, body, Origin="https://elsewhere.example")[0] == 403
    assert _send(server, body, Origin="null")[0] == 403
    assert _send(server, body, Content_Length=str(2**30))[0] == 413
    assert _send(server, body, Content_Length="-1")[0] == 411
    assert _ask(server, "POST", "/index.html", body)[0] == 404
    assert list((folder / "answers").iterdir()) == []
    assert not (folder.parent / "x.json").exists()


def test_half_a_sheet_is_not_kept(server: StudyServer, study: tuple[Path, StudyKey]) -> None:
    key = study[1]
    answers = [Answer(name, True, 5) for name in key.sheets[0][:3]]
    document = _documents(key)[0] | {
        "code": completion_code(key.study, "simulated-0000", 0, answers),
        "answers": [
            {"picture": answer.picture, "real": answer.real, "ms": answer.response_ms}
            for answer in answers
        ],
    }
    status, sentence = _send(server, json.dumps(document).encode())
    assert (status, "whole sheet" in sentence) == (400, True)


def test_a_damaged_shelf_is_refused_at_the_start(study: tuple[Path, StudyKey]) -> None:
    (study[0] / "answers").mkdir()
    (study[0] / "answers/x.json").write_text("{")
    with pytest.raises(StudyError, match=r"x\.json"):
        StudyServer(study[0])
