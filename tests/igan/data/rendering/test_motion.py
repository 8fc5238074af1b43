from dataclasses import replace

import cv2
import numpy as np
import pytest

from igan.data.rendering import (
    ShoeParameters,
    blend,
    render,
    sample_parameters,
    true_motion_and_colour,
)

PAIRS = [(sample_parameters(1, 2 * i), sample_parameters(1, 2 * i + 1)) for i in range(5)]


def mean_errors(
    source: ShoeParameters, target: ShoeParameters, size: int, *flow_scales: float
) -> list[float]:
    """Warp the source's picture by the true flow, times some factors, recolour it with the true
    colour change, and return the mean distances from the target's picture, sRGB in [0, 1]."""
    flow, valid, colour_change = true_motion_and_colour(source, target, size)
    x, y = np.meshgrid(*[np.arange(size, dtype=np.float32)] * 2)
    before, after = render(source, size) / np.float32(255), render(target, size) / 255.0
    errors = []
    for scale in flow_scales:
        warped = cv2.remap(before, x + scale * flow[0], y + scale * flow[1], cv2.INTER_LINEAR)
        with_one = np.concatenate([warped, np.ones_like(warped[..., :1])], axis=2)
        recoloured = np.einsum("ckhw,hwk->hwc", colour_change, with_one).clip(0, 1)
        errors.append(float(np.abs(recoloured - after)[valid].mean()))
    return errors


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_the_warped_and_recoloured_source_is_the_target(
    source: ShoeParameters, target: ShoeParameters
) -> None:
    with_flow, without_flow, with_its_opposite = mean_errors(source, target, 256, 1.0, 0.0, -1.0)
    assert with_flow < 0.015
    assert min(without_flow, with_its_opposite) > 5 * with_flow


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_it_holds_at_the_networks_size_too(source: ShoeParameters, target: ShoeParameters) -> None:
    (with_flow,) = mean_errors(source, target, 64, 1.0)
    assert with_flow < 0.05


def test_a_shoe_and_itself_differ_by_nothing() -> None:
    shoe = sample_parameters(0, 0)
    flow, valid, colour_change = true_motion_and_colour(shoe, shoe, 64)
    assert valid.mean() > 0.1
    np.testing.assert_allclose(flow, 0, atol=1e-4)
    identity = np.eye(3, 4)[:, :, None, None]
    np.testing.assert_allclose(colour_change, np.broadcast_to(identity, (3, 4, 64, 64)), atol=1e-5)


def test_a_longer_shoe_moves_outwards() -> None:
    source = replace(sample_parameters(0, 1), length=0.2)
    target = replace(source, length=0.8)
    flow, valid, _ = true_motion_and_colour(source, target, 64)
    columns = np.broadcast_to(np.arange(64) + 0.5, (64, 64))[valid]
    shrink = (0.72 + 0.18 * 0.2) / (0.72 + 0.18 * 0.8)
    np.testing.assert_allclose(flow[0][valid], (columns - 32) * (shrink - 1), atol=0.35)


def test_recolouring_alone_moves_nothing() -> None:
    source = replace(sample_parameters(0, 1), toe_cap=0.0, stripes=0.0, laces=0.0)
    target = replace(source, upper=tuple(0.5 * c for c in source.upper))
    flow, valid, colour_change = true_motion_and_colour(source, target, 64)
    np.testing.assert_allclose(flow, 0, atol=1e-4)
    gain = colour_change[0, 0][valid]
    assert np.median(gain) == pytest.approx(0.5, abs=0.02)


def test_shapes_and_what_is_not_valid() -> None:
    flow, valid, colour_change = true_motion_and_colour(*PAIRS[0], 48)
    assert (flow.shape, flow.dtype) == ((2, 48, 48), np.float32)
    assert (valid.shape, valid.dtype) == ((48, 48), bool)
    assert (colour_change.shape, colour_change.dtype) == ((3, 4, 48, 48), np.float32)
    assert not flow[:, ~valid].any()
    assert not valid[0].any()


def test_motion_composes_along_a_path() -> None:
    start, end = PAIRS[0]
    middle = blend(start, end, 0.5)
    size = 128
    last, valid_last, _ = true_motion_and_colour(middle, end, size)
    first, valid_first, _ = true_motion_and_colour(start, middle, size)
    whole, valid, _ = true_motion_and_colour(start, end, size)
    x, y = np.meshgrid(np.arange(size), np.arange(size))
    at = [(x + last[0]).astype(np.float32), (y + last[1]).astype(np.float32)]
    first_there = np.stack([cv2.remap(part, *at, cv2.INTER_LINEAR) for part in first])
    seen = cv2.remap(valid_first.astype(np.float32), *at, cv2.INTER_LINEAR) > 0.999
    everywhere = valid & valid_last & seen
    assert everywhere.mean() > 0.05
    error_px = np.abs(last + first_there - whole)[:, everywhere]
    assert error_px.max() < 0.3
