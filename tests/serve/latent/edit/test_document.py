import dataclasses
import json
import math
from typing import Any

import pytest
import torch

from serve.errors import EditError
from serve.latent.edit import (
    EXAMPLE,
    BundleIdentity,
    LatentCache,
    PhotoIdentity,
    edit_from_json,
    parse_edit,
)
from serve.photo.frame import PhotoFrame
from tests.serve.latent.edit.edits import BUNDLE, FRAME, PHOTO, whole_edit


def test_cached_latents_survive_exactly() -> None:
    z = torch.rand(2, 100, generator=torch.Generator().manual_seed(1)) * 2 - 1
    edit = dataclasses.replace(whole_edit(), cache=LatentCache.of(z[0], z[1]))
    cache = edit_from_json(json.loads(json.dumps(edit.to_json()))).cache
    assert cache is not None
    assert torch.equal(torch.tensor(cache.z0), z[0])
    assert torch.equal(torch.tensor(cache.z), z[1])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"version": 2}, "'version' is 2, but this release reads 1"),
        ({"version": "1"}, "'version' must be a whole number, not '1'"),
        ({"constraint": []}, "unknown key 'constraint'"),
        ({"constraints": {}}, "'constraints' must be a list"),
        ({"seed": 1.5}, "'seed' must be a whole number"),
        ({"seed": -1}, "'seed' must lie between 0"),
        ({"seed": 1e30}, "'seed' must lie between 0"),
        ({"bundle": "shoes"}, "bundle must be a JSON object"),
        ({"bundle": {"name": "shoes"}}, "bundle: the key 'digest' is missing"),
        ({"bundle": {"name": "shoes", "digest": "a", "x": 1}}, "bundle: unknown key 'x'"),
        ({"photo": {"sha256": 1}}, "photo: 'sha256' must be text, not 1"),
        ({"frame": {"region": [0, 0, 1]}}, "'region'"),
        ({"settings": {"lambda": 1}}, "settings: unknown key 'lambda'"),
        ({"settings": {"frames": 0}}, "settings: 'frames' must lie between 1 and 1000, not be 0"),
        ({"settings": {"frames": 8.5}}, "settings: 'frames' must be a whole number"),
        ({"settings": {"smoothness_weight": -1}}, "settings: 'smoothness_weight' must lie between"),
        ({"settings": {"smoothness_weight": math.nan}}, "'smoothness_weight' must be a finite"),
        ({"settings": {"method": "magic"}}, "settings: unknown 'method' 'magic'"),
        ({"cache": {"z0": [1.0]}}, "cache: the key 'z' is missing"),
        ({"cache": {"z0": [1.0], "z": ["a"]}}, "cache: 'z' must be a list of finite numbers"),
    ],
)
def test_a_wrong_key_is_named(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(EditError, match=sentence):
        edit_from_json({"version": 1, "constraints": []} | change)


@pytest.mark.parametrize("key", ["version", "constraints"])
def test_a_missing_key_is_named(key: str) -> None:
    document = {"version": 1, "constraints": []}
    del document[key]
    with pytest.raises(EditError, match=f"the key '{key}' is missing"):
        edit_from_json(document)


def test_a_script_is_filled_from_what_it_is_run_on() -> None:
    edit = parse_edit(EXAMPLE).completed(BUNDLE, PHOTO, FRAME)
    assert (edit.bundle, edit.photo, edit.frame) == (BUNDLE, PHOTO, FRAME)
    assert edit.constraints == parse_edit(EXAMPLE).constraints


def test_the_edits_own_frame_wins() -> None:
    own = PhotoFrame(225, 300, (10.0, 10.0, 110.0, 110.0), 64)
    edit = dataclasses.replace(whole_edit(), frame=own).completed(BUNDLE, PHOTO, FRAME)
    assert edit.frame == own


def test_an_edit_of_something_else_is_refused() -> None:
    edit = whole_edit()
    with pytest.raises(EditError, match=r"with the bundle shoes64 .* not with hats64"):
        edit.completed(BundleIdentity("hats64", "c" * 64), PHOTO, FRAME)
    with pytest.raises(EditError, match="on another photo"):
        edit.completed(BUNDLE, PhotoIdentity("d" * 64, 225, 300), FRAME)
    larger = PhotoIdentity(PHOTO.sha256, 450, 600)
    with pytest.raises(EditError, match="photo of 225 x 300 pixels, but this one has 450 x 600"):
        edit.completed(BUNDLE, larger, FRAME)
    with pytest.raises(EditError, match="network of 64 pixels, but the bundle shoes64 has 128"):
        edit.completed(BUNDLE, PHOTO, dataclasses.replace(FRAME, network_size_px=128))


def test_an_edit_without_a_photo_stays_without() -> None:
    drawn = dataclasses.replace(whole_edit(), photo=None)
    assert drawn.completed(BUNDLE, None, FRAME) == drawn
    with pytest.raises(EditError, match="made on a photo"):
        whole_edit().completed(BUNDLE, None, FRAME)
    with pytest.raises(EditError, match="remove the key 'cache'"):
        drawn.completed(BUNDLE, PHOTO, FRAME)


def test_a_cache_must_say_where_it_comes_from() -> None:
    edits = [
        dataclasses.replace(whole_edit(), bundle=None),
        dataclasses.replace(whole_edit(), photo=None),
        dataclasses.replace(whole_edit(), frame=None),
    ]
    for edit in edits:
        with pytest.raises(EditError, match="remove the key 'cache'"):
            edit.completed(BUNDLE, PHOTO, FRAME)


def test_an_unknown_key_of_the_frame_is_named() -> None:
    document = whole_edit().to_json()
    document["frame"]["zoom"] = 2
    with pytest.raises(EditError, match="photo frame has an unknown key 'zoom'; the known ones"):
        edit_from_json(document)
