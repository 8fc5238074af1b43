import numpy as np
import pytest

from serve.transfer.colour import identity_colour_map
from serve.transfer.flow import (
    MotionColourFlow,
    estimate_flow,
    estimate_neighbour_flow,
    frames_to_colours,
)
from serve.transfer.separable import gaussian_blur
from serve.transfer.settings import PREVIEW_SETTINGS, TransferSettings
from tests.serve.transfer.planted import planted_path, recoloured


def end_point_error(flow, planted, index=-1):
    return np.hypot(*(flow.flow_target_to_source[index] - planted.motion))[planted.inner]


@pytest.mark.parametrize("seed", range(4))
def test_planted_motion_and_colour_are_recovered(seed):
    planted = planted_path(seed, amplitude_px=1.5, change=0.06)
    flow = estimate_neighbour_flow(planted.frames)
    error = end_point_error(flow, planted)
    assert error.mean() < 0.15
    assert np.quantile(error, 0.95) < 0.25
    found = recoloured(flow.colour_map[0].astype(float), planted.pulled)
    true = recoloured(planted.colour_map, planted.pulled)
    colour_error = np.abs(found - true).max(axis=-1)[planted.inner]
    assert colour_error.mean() < 0.003
    assert np.quantile(colour_error, 0.95) < 0.01


@pytest.mark.parametrize("seed", range(4))
def test_the_map_itself_is_recovered_where_colours_span_the_space(seed):
    planted = planted_path(seed, amplitude_px=1.5, change=0.06)
    flow = estimate_neighbour_flow(planted.frames)
    spanned = planted.inner & (condition_number(planted.pulled) < SPANNING)
    assert spanned.sum() > 0.1 * planted.inner.sum()
    map_error = np.abs(flow.colour_map[0] - planted.colour_map).max(axis=(0, 1))[spanned]
    assert map_error.mean() < 0.03


SPANNING = 20.0
"""The largest condition number of local colours that still span the space."""


def condition_number(colours):
    """Of [W; 1] in the window of the fit, around each pixel of colours (H, W, C)."""
    basis = np.concatenate([colours, np.ones_like(colours[..., :1])], axis=-1)
    products = np.einsum("hwi,hwj->ijhw", basis, basis).astype(np.float32)
    moments = gaussian_blur(products, TransferSettings().colour_window_px)
    return np.sqrt(np.linalg.cond(moments.transpose(2, 3, 0, 1).astype(np.float64)))


def test_one_channel():
    planted = planted_path(5, amplitude_px=1.2, change=0.05, channels=1)
    flow = estimate_neighbour_flow(planted.frames)
    assert flow.colour_map.shape == (1, 1, 2, 64, 64)
    assert end_point_error(flow, planted).mean() < 0.3


def test_equal_frames_give_no_flow():
    frame = planted_path(6).frames[:1]
    flow = estimate_neighbour_flow(np.repeat(frame, 3, axis=0))
    assert len(flow) == 2
    assert np.abs(flow.flow_target_to_source).max() < 1e-5
    assert np.abs(flow.colour_map - identity_colour_map(2, 3, 64, 64)).max() < 1e-4


def test_colour_alone_does_not_move_anything():
    planted = planted_path(7, amplitude_px=0.0, change=0.1)
    flow = estimate_neighbour_flow(planted.frames)
    assert np.hypot(*flow.flow_target_to_source[0]).mean() < 0.06


def test_the_direction_is_target_to_source():
    planted = planted_path(8, amplitude_px=1.5, change=0.06)
    source, target = frames_to_colours(planted.frames)[:, None]
    flow = estimate_flow(source, target)
    explained = np.abs(flow.warp(source) - target)[0].max(axis=0)[planted.inner]
    assert explained.mean() < 0.01
    assert explained.mean() < 0.1 * np.abs(source - target)[0].max(axis=0)[planted.inner].mean()


def test_pairs_do_not_mix():
    planted = planted_path(9, amplitude_px=3.0, steps=3)
    together = estimate_neighbour_flow(planted.frames)
    alone = estimate_neighbour_flow(planted.frames[1:3])
    assert np.allclose(together.flow_target_to_source[1], alone.flow_target_to_source[0], atol=1e-3)


@pytest.mark.parametrize("size", [(64, 64), (48, 80), (33, 47), (128, 128), (20, 20)])
def test_other_sizes(size):
    height, width = size
    planted = planted_path(10, amplitude_px=1.0, change=0.0, size=max(size))
    flow = estimate_neighbour_flow(planted.frames[:, :height, :width])
    assert flow.flow_target_to_source.shape == (1, 2, height, width)
    inner = np.s_[:, 6 : height - 6, 6 : width - 6]
    error = np.hypot(
        *(flow.flow_target_to_source[0][inner] - planted.motion[:, :height, :width][inner])
    )
    assert error.mean() < 0.2


def test_a_preview_is_about_right():
    planted = planted_path(12, amplitude_px=1.5, change=0.06)
    flow = estimate_neighbour_flow(planted.frames, PREVIEW_SETTINGS)
    assert end_point_error(flow, planted).mean() < 0.15


def test_results_are_float32():
    flow = estimate_neighbour_flow(planted_path(11).frames)
    assert flow.flow_target_to_source.dtype == np.float32
    assert flow.colour_map.dtype == np.float32


def test_slices_and_identity():
    flow = MotionColourFlow.identity(4, 3, 8, 9)
    assert len(flow[1:3]) == 2
    colours = np.random.default_rng(0).random((4, 3, 8, 9)).astype(np.float32)
    assert np.allclose(flow.warp(colours), colours, atol=1e-6)


@pytest.mark.parametrize(
    "frames",
    [
        np.zeros((1, 16, 16, 3), np.uint8),
        np.zeros((2, 16, 16, 3), np.float32),
        np.zeros((2, 16, 16, 4), np.uint8),
    ],
)
def test_what_are_no_frames_is_refused(frames):
    with pytest.raises(ValueError, match=r"frames|expected"):
        estimate_neighbour_flow(frames)
