import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from serve.app.limits import Limits
from serve.app.protocol import FrameKind
from serve.app.web.access import Access
from serve.client import connect, connect_async
from serve.errors import BadInputError, BusyError, ServeError
from serve.latent import ColourStroke
from serve.photo.photo import decode_photo
from tests.bundles import tiny_bundle
from tests.hostile_files import photo_file
from tests.serve.app.web.running import Running, running_server

PHOTO = photo_file(1)
STROKE = ColourStroke(((30.0, 30.0), (50.0, 30.0)), (200.0, 30.0, 30.0), 12.0)
LONGER = ColourStroke(((30.0, 30.0), (50.0, 40.0)), (200.0, 30.0, 30.0), 12.0)
TOKEN = "correct-horse-battery"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("served") / "tiny")


@pytest.fixture(scope="module")
def server(bundle: Path) -> Iterator[Running]:
    with running_server(bundle) as running:
        yield running


def test_a_script_does_what_the_page_does(server: Running) -> None:
    with connect(server.address) as editor:
        assert [bundle["name"] for bundle in editor.bundles()] == ["tiny"]
        opened = editor.open("tiny", PHOTO)
        assert opened["canvas"] == {"width_px": 80, "height_px": 60}
        before = editor.wait_frame()
        assert (before.width_px, before.height_px) == (80, 60)
        editor.draw(STROKE)
        editor.redraw(LONGER)
        edit = editor.wait_rest()
        assert edit.constraints == (LONGER,)
        assert edit.cache is not None
        assert edit.cache.z != edit.cache.z0
        finished = editor.finish()
        assert (finished.width_px, finished.height_px) == (80, 60)
        saved = editor.save()
        edited, original = decode_photo(saved, "saved"), decode_photo(PHOTO, "photo")
        assert edited.source_format == "JPEG"
        assert np.abs(edited.pixels.astype(int) - original.pixels).mean() > 1
        with Image.open(io.BytesIO(editor.film())) as film:
            assert film.format == "GIF"
        editor.undo()
        assert editor.wait_rest().constraints == ()
        editor.redo()
        assert editor.wait_rest().constraints == (LONGER,)


def test_saving_tells_how_far_it_is(server: Running) -> None:
    with connect(server.address) as editor:
        editor.open("tiny", PHOTO)
        editor.draw(STROKE)
        editor.wait_rest()
        for save in (editor.save, editor.film, editor.page):
            shares: list[float] = []
            save(on_progress=shares.append)
            assert shares == sorted(shares)
            assert 0 <= shares[0] <= shares[-1] <= 1


def test_a_saved_edit_goes_on_elsewhere(server: Running) -> None:
    with connect(server.address) as editor:
        editor.open("tiny", PHOTO)
        editor.draw(STROKE)
        left = editor.wait_rest()
    with connect(server.address) as editor:
        editor.open("tiny", PHOTO, edit=left)
        found = editor.wait_rest()
    assert found.constraints == (STROKE,)
    assert left.cache is not None
    assert found.cache is not None
    assert np.allclose(found.cache.z, left.cache.z, atol=0.05)


def test_what_is_refused_is_raised(server: Running) -> None:
    with connect(server.address) as editor:
        with pytest.raises(BadInputError, match="nothing is open"):
            _ = editor.edit
        with pytest.raises(BadInputError, match="there is no model 'none' here"):
            editor.open("none", start="random")
        with pytest.raises(BadInputError, match="not a photo"):
            editor.open("tiny", b"no photo at all")
        editor.open("tiny", start="random")
        editor.remove(5)
        with pytest.raises(BadInputError):
            editor.wait_rest()
        editor.draw(ColourStroke(((16.0, 16.0),), (200.0, 30.0, 30.0), 6.0))
        assert len(editor.wait_rest().constraints) == 1


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(ServeError, match="cannot be reached"):
        connect("http://127.0.0.1:9")


def test_a_full_server_is_told(bundle: Path) -> None:
    with (
        running_server(bundle, Limits(sessions=1, retry_after_s=0.1)) as running,
        connect(running.address) as first,
        connect(running.address) as second,
    ):
        first.open("tiny", start="random")
        with pytest.raises(BusyError) as busy:
            second.open("tiny", start="random")
        assert busy.value.retry_after_s == 0.1
        first.close()
        second.open("tiny", start="random")


def test_a_token_opens_the_server(bundle: Path) -> None:
    with running_server(bundle, access=Access.of("127.0.0.1", TOKEN)) as running:
        with pytest.raises(BadInputError, match="asks for a token"):
            connect(running.address)
        with connect(running.address, TOKEN) as editor:
            editor.open("tiny", start="random")


def test_an_edit_survives_its_server(bundle: Path) -> None:
    """Killed in the middle of an edit and started again: nothing is lost, and nothing is asked."""
    with running_server(bundle) as running:
        editor = connect(running.address)
        editor.open("tiny", PHOTO)
        editor.draw(STROKE)
        before = editor.wait_rest()
        port = running.port
    editor.draw(LONGER)  # nobody hears it
    with running_server(bundle, port=port), editor:
        after = editor.wait_rest()
        assert after.constraints == (STROKE, LONGER)
        assert before.cache is not None
        assert after.cache is not None
        assert after.cache.z0 == before.cache.z0
        editor.undo()
        assert editor.wait_rest().constraints == (STROKE,)
        assert decode_photo(editor.save(), "saved").pixels.shape == (60, 80, 3)


def test_several_edits_in_one_loop(server: Running) -> None:
    async def edit(seed: int) -> tuple[float, ...]:
        async with await connect_async(server.address) as editor:
            await editor.open("tiny", start="random", seed=seed)
            await editor.candidates(True)
            await editor.draw(ColourStroke(((16.0, 16.0),), (200.0, 30.0, 30.0), 6.0))
            frame = await editor.wait_frame(FrameKind.MODEL)
            assert frame.payload.startswith(b"\xff\xd8")
            cache = (await editor.wait_rest()).cache
            assert cache is not None
            return cache.z0

    async def edit_all() -> list[tuple[float, ...]]:
        return await asyncio.gather(*map(edit, range(3)))

    assert len(set(asyncio.run(edit_all()))) == 3
