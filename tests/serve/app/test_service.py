"""The service as people meet it: threads, a tiny model, real messages."""

import io
import json
import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from serve.app.models import Models
from serve.app.protocol import FrameKind
from serve.app.service import EditingService
from serve.errors import BusyError, CancelledError, EditError, UnknownPhotoError
from serve.latent import edit_from_json
from tests.bundles import tiny_bundle
from tests.serve.app.talking import (
    Talker,
    colour_stroke,
    photo_file,
    pixels_of,
    started,
)


def test_a_stroke_changes_the_photo(talker: Talker) -> None:
    opened = talker.open(photo_file(1))
    assert opened["canvas"] == {"width_px": 80, "height_px": 64}
    assert opened["reconstruction"].keys() == {"loss", "psnr_db", "ssim"}
    before = pixels_of(talker.wait_for_frame(FrameKind.ORIGINAL))
    assert before.shape == (64, 80, 3)
    at = talker.say("draw", constraint=colour_stroke())
    state = talker.wait_for_rest()
    assert state["generation"] == at
    (stroke,) = state["edit"]["constraints"]
    assert stroke["colour"] == [200, 20, 30]
    at = talker.say("path", position=1.0)
    after = pixels_of(talker.wait_for_frame(FrameKind.PHOTO, at))
    assert np.abs(after.astype(int) - before).mean() > 0.5


def test_undo_redo_and_restart(talker: Talker) -> None:
    talker.open(photo_file(1))
    talker.say("draw", constraint=colour_stroke())
    talker.say("redraw", constraint=colour_stroke(50))
    drawn = talker.wait_for_rest()["edit"]
    talker.said.clear()
    talker.say("undo")
    undone = talker.wait_for_rest()["edit"]
    assert undone["constraints"] == []
    assert np.allclose(undone["cache"]["z"], undone["cache"]["z0"])
    talker.said.clear()
    talker.say("redo")
    redone = talker.wait_for_rest()["edit"]
    assert redone["constraints"][0]["points"] == [[50, 30]]
    assert np.allclose(redone["cache"]["z"], drawn["cache"]["z"], atol=1e-6)
    talker.said.clear()
    talker.say("restart")
    assert talker.wait_for_rest()["edit"]["constraints"] == []


def test_an_edit_goes_on_in_another_service(models: Models) -> None:
    first = started(models)
    talker = Talker(first)
    talker.open(photo_file(1))
    for x in (20, 40):
        talker.say("draw", constraint=colour_stroke(x))
    talker.say("fix")
    talker.say("undo")
    kept = talker.wait_for_rest()["edit"]
    first.close()
    second = started(models)
    try:
        other = Talker(second, "b")
        opened = other.open(photo_file(1), edit=kept)
        assert opened["edit"] == kept
        assert kept["history"]["past"]
        assert kept["history"]["future"]
        other.say("redo")
        assert len(other.wait_for_rest()["edit"]["picks"]) == 1
    finally:
        second.close()


def test_a_script_without_a_cache_is_carried_out(talker: Talker) -> None:
    script = {"version": 1, "constraints": [colour_stroke()], "settings": {"method": "network"}}
    opened = talker.open(photo_file(1), edit=script)
    cache = opened["edit"]["cache"]
    assert not np.allclose(cache["z"], cache["z0"])


def test_a_cache_that_is_not_whole_is_refused(talker: Talker) -> None:
    opened = talker.open(photo_file(1))
    for wrong in (
        opened["edit"] | {"picks": [{"after": 0}]},
        opened["edit"] | {"cache": {"z0": [0.0], "z": [0.0]}},
        opened["edit"] | {"cache": {"z0": [9.0] * 16, "z": [9.0] * 16}},
    ):
        talker.say("open", bundle="tiny", edit=wrong)
        assert talker.wait_for("error")["about"] == "open"


def test_candidates_are_shown_and_picked(talker: Talker) -> None:
    talker.open(photo_file(1))
    talker.say("candidates", on=True)
    talker.say("draw", constraint=colour_stroke())
    while not (shown := talker.wait_for("candidates")["ranks"]):
        pass
    assert shown[0]["rank"] == 1
    talker.wait_for_frame(FrameKind.CANDIDATE)
    at = talker.say("pick", rank=1)
    edit = talker.wait_for("state", at)["edit"]
    assert edit["picks"][0]["candidate"] == 1
    for rank in (1, 64):
        talker.say("candidates", on=False)
        talker.say("fix")
        talker.say("pick", rank=rank)
        assert f"no candidate number {rank}" in talker.wait_for("error")["sentence"]


def test_the_average_of_candidates_is_shown(talker: Talker) -> None:
    talker.open(photo_file(1))
    talker.say("average")
    assert "draw something first" in talker.wait_for("error")["sentence"]
    talker.say("draw", constraint=colour_stroke())
    talker.say("candidates", on=True)
    while not talker.wait_for("candidates")["ranks"]:
        pass
    at = talker.say("average")
    talker.wait_for_frame(FrameKind.PHOTO, at)


def test_the_shadow_of_a_sketch_model(sketch_models: Models) -> None:
    service = started(sketch_models)
    try:
        talker = Talker(service)
        talker.open(start="empty")
        talker.say("candidates", on=True)
        talker.say(
            "draw", constraint={"brush": "sketch", "points": [[4, 4], [20, 20]], "width_px": 3}
        )
        talker.say("shadow", on=True, cursor=[10, 10])
        shadow = pixels_of(talker.wait_for_frame(FrameKind.SHADOW))
        assert shadow.shape == (32, 32)
    finally:
        service.close()


def test_places_on_the_path(talker: Talker) -> None:
    talker.open(photo_file(1))
    original = pixels_of(talker.wait_for_frame(FrameKind.ORIGINAL)).astype(int)
    talker.say("draw", constraint=colour_stroke())
    talker.wait_for_rest()
    far = {}
    for position in (1.0, 0.5, 0.0):
        at = talker.say("path", position=position)
        shown = pixels_of(talker.wait_for_frame(FrameKind.PHOTO, at))
        far[position] = np.abs(shown - original).mean()
    assert far[0.0] < far[0.5] < far[1.0]
    assert far[0.0] < 0.5


def test_finishing_shows_the_whole_photo(talker: Talker) -> None:
    talker.open(photo_file(1, (320, 256)), view_px=40)
    live = talker.wait_for_frame(FrameKind.PHOTO)
    assert (live.width_px, live.height_px) == (40, 32)
    talker.say("draw", constraint=colour_stroke(160))
    talker.wait_for_rest()
    at = talker.say("finish", view_px=300)
    frame = talker.wait_for_frame(FrameKind.FINISHED, at)
    assert (frame.width_px, frame.height_px) == (300, 240)
    assert talker.wait_for("done", at)["job"] == "transfer"


@pytest.mark.parametrize(
    ("kind", "fields"), [("undo", {}), ("path", {"position": 0.5}), ("carry", {"amount": 0.5})]
)
def test_what_shows_something_else_cancels_finishing(
    talker: Talker, kind: str, fields: dict[str, Any]
) -> None:
    talker.open(photo_file(1, (900, 900)))
    talker.say("draw", constraint=colour_stroke(300))
    talker.wait_for_rest()
    at = talker.say("finish")
    talker.say(kind, **fields)
    assert talker.wait_for("cancelled", at)["job"] == "transfer"
    assert not [frame for frame in talker.frames if frame.kind == FrameKind.FINISHED]


def test_another_photo_is_led_to(talker: Talker) -> None:
    talker.open(photo_file(1))
    other = talker.service.photos.put("a", photo_file(2)).sha256
    at = talker.say("transform", photo=other)
    talker.say("carry", change="colour", amount=1.0)
    assert talker.wait_for("done", at)["job"] == "transform"
    wanted = talker.service.project("a", "tiny", other, "network").cache
    assert wanted is not None
    deadline = threading.Event()
    for _ in range(100):
        talker.said.clear()
        talker.say("hand", down=False)
        edit = talker.connection.session.edit  # type: ignore[union-attr]
        if edit.picks:
            break
        deadline.wait(0.05)
    assert edit.picks[-1].latent is not None
    assert np.allclose(edit.picks[-1].latent, wanted.z0, atol=1e-5)
    talker.say("transform", photo="0" * 64)
    assert talker.wait_for("needs_photo")["sha256"] == "0" * 64


def test_settings_change_while_it_moves(talker: Talker) -> None:
    talker.open(photo_file(1))
    at = talker.say("settings", settings={"smoothness_weight": 1, "frames": 4})
    settings = talker.wait_for("state", at)["edit"]["settings"]
    assert (settings["smoothness_weight"], settings["frames"]) == (1, 4)
    talker.say("settings", settings={"frames": -1})
    assert "'frames'" in talker.wait_for("error")["sentence"]


def test_a_picture_without_a_photo(talker: Talker) -> None:
    opened = talker.open(start="random", seed=3)
    assert opened["canvas"] == {"width_px": 32, "height_px": 32}
    assert talker.wait_for_frame(FrameKind.MODEL).width_px == 32
    assert len(opened["edit"]["picks"]) == 1
    saved = talker.service.transfer("a", edit_from_json(opened["edit"]))
    assert saved.pixels.shape == (32, 32, 3)
    again = talker.open(start="random", seed=3)
    assert again["edit"] == opened["edit"]
    empty = talker.open(start="empty", seed=3)
    assert "picks" not in empty["edit"]
    talker.say("draw", constraint={"brush": "keep", "points": [[3, 3]], "width_px": 4})
    assert "picture" in talker.wait_for("error")["sentence"]


def test_results_as_files(talker: Talker) -> None:
    opened = talker.open(photo_file(1, (96, 64), "JPEG"))
    talker.say("draw", constraint=colour_stroke())
    edit = edit_from_json(talker.wait_for_rest()["edit"])
    service = talker.service
    shares: list[float] = []
    photo = service.transfer("a", edit, on_progress=shares.append)
    assert photo.pixels.shape == (64, 96, 3)
    assert photo.source_format == "JPEG"
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert service.film("a", edit, "gif").startswith(b"GIF8")
    page = service.page("a", edit).decode()
    assert "igan edit --script" in page
    with pytest.raises(CancelledError):
        service.transfer("a", edit, cancelled=lambda: True)
    with pytest.raises(UnknownPhotoError):
        service.transfer("b", edit)
    with pytest.raises(EditError, match="no 'cache'"):
        service.transfer("a", edit_from_json(opened["edit"] | {"cache": None}))


def test_a_projection_is_an_edit(service: EditingService) -> None:
    sha256 = service.photos.put("a", photo_file(1)).sha256
    edit = service.project("a", "tiny", sha256, "network", "whole")
    assert edit.cache is not None
    assert edit.cache.z == edit.cache.z0
    assert edit.frame is not None
    assert edit.frame.region == (0, -8, 80, 72)
    for wrong in ({"frame": "nowhere"}, {"method": "magic"}):
        with pytest.raises(EditError):
            service.project("a", "tiny", sha256, **wrong)  # type: ignore[arg-type]
    with pytest.raises(EditError, match="there is no model"):
        service.project("a", "other", sha256)


def test_two_people_never_see_each_others_photo(service: EditingService) -> None:
    red = Talker(service, "red")
    blue = Talker(service, "blue")
    for talker, colour in ((red, (250, 10, 10)), (blue, (10, 10, 250))):
        talker.open(_plain(colour))
        talker.say("candidates", on=True)
    for x in (10, 30, 50, 70):
        for talker in (red, blue):
            talker.say("draw", constraint=colour_stroke(x, (128, 128, 128)))
            talker.say("path", position=0.0001 * x)
            talker.wait_for_frame(FrameKind.PHOTO, talker.generation)
    for talker, channel in ((red, 0), (blue, 2)):
        shown = [one for one in talker.frames if one.kind in (FrameKind.PHOTO, FrameKind.ORIGINAL)]
        assert len(shown) > 3
        originals = [pixels_of(one) for one in shown if one.kind == FrameKind.ORIGINAL]
        assert all(one.mean((0, 1)).argmax() == channel for one in originals)
    sha256 = service.photos.put("red", _plain((250, 10, 10))).sha256
    blue.say("open", bundle="tiny", photo=sha256)
    assert blue.wait_for("needs_photo")["sha256"] == sha256


def test_malformed_messages_change_nothing(talker: Talker) -> None:
    talker.open(photo_file(1))
    before = talker.connection.session.edit  # type: ignore[union-attr]
    rng = np.random.default_rng(0)
    for number in range(1000):
        talker.connection.receive(_malformed(number, rng))
        talker.hear()
    errors = [one for one in talker.said if one["kind"] == "error"]
    talker.wait_for_rest()
    assert len(errors) > 900
    assert all(one["sentence"].endswith(".") for one in errors)
    assert talker.connection.session.edit == before  # type: ignore[union-attr]


def test_what_needs_an_open_edit_says_so(talker: Talker) -> None:
    talker.say("undo")
    assert "nothing is open" in talker.wait_for("error")["sentence"]
    talker.say("open", bundle="tiny")
    assert "SHA-256" in talker.wait_for("error")["sentence"]
    talker.say("open", bundle="other", start="random")
    assert "there is no model" in talker.wait_for("error")["sentence"]


def test_nothing_to_undo(talker: Talker) -> None:
    talker.open(photo_file(1))
    for kind, fields in (("undo", {}), ("redo", {}), ("remove", {"index": 0})):
        talker.say(kind, **fields)
        error = talker.wait_for("error")
        assert error["about"] == kind


def test_a_refused_stroke_is_not_redrawn_into_the_one_before(models: Models) -> None:
    service = started(models, strokes=1)
    try:
        talker = Talker(service)
        talker.open(photo_file(1))
        talker.say("draw", constraint=colour_stroke(20))
        talker.say("draw", constraint=colour_stroke(30))
        talker.say("redraw", constraint=colour_stroke(40))
        assert "1 strokes" in talker.wait_for("error")["sentence"]
        assert talker.wait_for_rest()["edit"]["constraints"][0]["points"] == [[20, 30]]
    finally:
        service.close()


def test_a_full_service_says_when_to_come_again(models: Models) -> None:
    service = started(models, sessions=2, retry_after_s=3)
    try:
        connections = [service.connect(str(one), lambda: None) for one in range(2)]
        with pytest.raises(BusyError) as refused:
            service.connect("one more", lambda: None)
        assert refused.value.retry_after_s == 3
        connections[0].close()
        service.connect("one more", lambda: None)
    finally:
        service.close()


def test_stopping_says_goodbye(models: Models) -> None:
    service = started(models)
    talker = Talker(service)
    talker.open(photo_file(1))
    service.close()
    service.close()
    assert "stopped" in talker.wait_for("bye")["sentence"]
    assert talker.connection.closed
    with pytest.raises(BusyError):
        service.connect("late", lambda: None)


def test_photos_go_with_the_last_connection(service: EditingService) -> None:
    talkers = [Talker(service), Talker(service)]
    talkers[0].open(photo_file(1))
    talkers[0].connection.close()
    assert service.photos.held[0] == 1
    talkers[1].connection.close()
    assert service.photos.held == (0, 0)


def test_a_client_that_leaves_in_the_middle_of_a_stroke(service: EditingService) -> None:
    stays, leaves = Talker(service, "stays"), Talker(service, "leaves")
    for talker in (stays, leaves):
        talker.open(photo_file(1))
        talker.say("hand", down=True)
        talker.say("draw", constraint=colour_stroke())
    leaves.connection.close()
    leaves.connection.receive(json.dumps({"kind": "undo"}))
    stays.say("hand", down=False)
    assert stays.wait_for_rest()["edit"]["constraints"]


def test_a_step_that_fails_ends_one_session_alone(
    service: EditingService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    well, ill = Talker(service, "well"), Talker(service, "ill")
    for talker in (well, ill):
        talker.open(photo_file(1))
        talker.wait_for_rest()
        talker.said.clear()

    def fail(*_: Any) -> None:
        raise RuntimeError("planted")

    editor = ill.connection.session.editor  # type: ignore[union-attr]
    monkeypatch.setattr(editor, "_look", fail)
    for talker in (well, ill):
        talker.say("draw", constraint=colour_stroke())
    assert "begin anew" in ill.wait_for("bye")["sentence"]
    assert well.wait_for_rest()["edit"]["constraints"]
    assert "planted" in caplog.text


def test_a_bundle_is_not_needed_on_disk_once_it_was_read(tmp_path: Path) -> None:
    folder = tiny_bundle(tmp_path / "gone")
    service = EditingService(Models.load([folder], threads=1))
    shutil.rmtree(folder)
    service.start()
    try:
        talker = Talker(service)
        talker.open(photo_file(1))
        talker.say("draw", constraint=colour_stroke())
        edit = edit_from_json(talker.wait_for_rest()["edit"])
        service.transfer("a", edit)
        sha256 = service.photos.put("a", photo_file(2)).sha256
        assert service.project("a", "tiny", sha256, "optimisation").cache is not None
    finally:
        service.close()


def test_a_reader_who_is_too_slow_is_sent_away(models: Models) -> None:
    service = started(models, unread_messages=5)
    try:
        talker = Talker(service)
        for _ in range(10):
            talker.connection.receive("nonsense")
        assert talker.connection.closed
        assert "too much waits" in talker.wait_for("bye")["sentence"]
    finally:
        service.close()


def _plain(colour: tuple[int, int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(buffer, "PNG")
    return buffer.getvalue()


def _malformed(number: int, rng: np.random.Generator) -> str:
    """Messages of which each is wrong in some way."""
    kinds = ["draw", "redraw", "remove", "pick", "slide", "settings", "path", "carry", "open"]
    wrong: list[Any] = [None, -1, "x", [], {}, 1e308, [[1]], True, "\ud800", {"brush": "colour"}]
    value = wrong[rng.integers(len(wrong))]
    keys = ["constraint", "index", "rank", "directions", "settings", "position", "amount", "edit"]
    key = keys[rng.integers(len(keys))]
    forms = [
        "",
        "[" * (number + 1),
        json.dumps(value),
        json.dumps({"kind": value}),
        json.dumps({"kind": "unknown", key: value}),
        json.dumps({"kind": kinds[rng.integers(len(kinds))], "generation": value, key: value})[:-1],
        json.dumps({"kind": kinds[rng.integers(len(kinds))], key: value, "what": 1}),
        json.dumps({"kind": "draw", "constraint": {"brush": "colour", "points": value}}),
    ]
    return forms[rng.integers(len(forms))]


def test_closing_waits_for_models_that_warm_up(tmp_path: Path) -> None:
    service = EditingService(Models.load([tiny_bundle(tmp_path / "bundle")], threads=1))
    service.start()
    service.close()
    assert not [one for one in threading.enumerate() if one.name == "igan-warm-up"]
