from types import SimpleNamespace
from typing import Any

import pytest
import torch

from serve.errors import EditError
from serve.latent.bounds import Bounds
from serve.latent.directions import Directions, direction_frames
from serve.latent.state import DirectionAmount

ARRAYS = {
    "directions": torch.eye(3)[:2],
    "direction_scales": torch.tensor([0.5, 0.25]),
    "direction_shares": torch.tensor([0.4, 0.1]),
}


def bundle(arrays: dict[str, torch.Tensor], **names: str) -> Any:
    labels = {"directions": {int(number[1:]): name for number, name in names.items()}}
    manifest = SimpleNamespace(name="hats", arrays=SimpleNamespace(labels=labels))
    return SimpleNamespace(manifest=manifest, arrays=arrays)


def test_sliders_move_by_standard_deviations_and_stay_in_bounds() -> None:
    sliders = [DirectionAmount(1, 1.0), DirectionAmount("brim", -2.0)]
    z = torch.tensor([[0.0, 0.0, 0.3], [0.9, 0.0, 0.3]])
    moved = Directions.of(bundle(ARRAYS, _2="brim")).moved(z, sliders, Bounds(-1, 1))
    torch.testing.assert_close(moved, torch.tensor([[0.5, -0.5, 0.3], [1.0, -0.5, 0.3]]))


def test_frames_of_one_direction() -> None:
    frames = direction_frames(
        Directions.of(bundle(ARRAYS)), torch.zeros(3), 2, (-2.0, 0.0, 2.0), Bounds()
    )
    assert frames[:, 1].tolist() == [-0.5, 0.0, 0.5]
    assert not frames[:, [0, 2]].any()


def test_what_is_not_there_is_named() -> None:
    assert not Directions.are_in(bundle({}))
    with pytest.raises(EditError, match="the bundle hats has no directions; export"):
        Directions.of(bundle({}))
    directions = Directions.of(bundle(ARRAYS, _2="brim"))
    with pytest.raises(EditError, match="no direction 3; this bundle has 1 to 2, and the names br"):
        directions.number(3)
    with pytest.raises(EditError, match="no direction 'crown'"):
        directions.number("crown")
