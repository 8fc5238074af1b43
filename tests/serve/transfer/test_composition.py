import numpy as np
import pytest

from serve.transfer.composition import (
    anchor,
    anchor_colours,
    compose,
    concatenate,
    flow_at_position,
    invert_motion,
    part_of,
)
from serve.transfer.flow import MotionColourFlow, estimate_neighbour_flow, frames_to_colours
from serve.transfer.settings import TransferSettings
from tests.serve.transfer.planted import (
    grid,
    planted_path,
    recoloured,
    smooth_colour_map,
    smooth_motion,
)

INNER = np.s_[..., 6:-6, 6:-6]


def flow_of(motion, colour_map):
    return MotionColourFlow(motion[None].astype(np.float32), colour_map[None].astype(np.float32))


def composed_by_formula(first_motion, first_map, second_motion, second_map, x, y):
    """The two formulas of the design, evaluated without any grid."""
    step = second_motion(x, y)
    at = (x + step[0], y + step[1])
    after, before = second_map(x, y), first_map(*at)
    composed = np.einsum("ijhw,jkhw->ikhw", after[:, :-1], before)
    composed[:, -1] += after[:, -1]
    return step + first_motion(*at), composed


@pytest.mark.parametrize("channels", [1, 3])
def test_a_planted_chain_of_two_steps_composes(channels):
    x, y = grid()
    first_motion, second_motion = smooth_motion(0, 2.0), smooth_motion(1, 2.0)
    first_map, second_map = (smooth_colour_map(s, 0.2, channels) for s in (2, 3))
    found = compose(
        flow_of(first_motion(x, y), first_map(x, y)),
        flow_of(second_motion(x, y), second_map(x, y)),
    )
    motion, colour_map = composed_by_formula(
        first_motion, first_map, second_motion, second_map, x, y
    )
    assert np.abs(found.flow_target_to_source[0] - motion)[INNER].max() < 1e-4
    assert np.abs(found.colour_map[0] - colour_map)[INNER].max() < 1e-4


def test_affine_fields_compose_exactly():
    x, y = grid()

    def shear(x, y):
        return np.stack([0.03 * (x - 32) - 0.02 * (y - 32), 0.01 * (x - 32)])

    def ramped(x, y):
        identity = np.eye(3, 4)[..., None, None] * np.ones_like(x)
        return identity + 0.002 * (x - 32) - 0.001 * (y - 32)

    found = compose(flow_of(shear(x, y), ramped(x, y)), flow_of(shear(x, y), ramped(x, y)))
    motion, colour_map = composed_by_formula(shear, ramped, shear, ramped, x, y)
    assert np.abs(found.flow_target_to_source[0] - motion)[INNER].max() < 1e-5
    assert np.abs(found.colour_map[0] - colour_map)[INNER].max() < 1e-5


def test_composition_with_the_identity_on_either_side():
    x, y = grid()
    flow = flow_of(smooth_motion(4, 2.0)(x, y), smooth_colour_map(5, 0.2)(x, y))
    identity = MotionColourFlow.identity(1, 3, 64, 64)
    for composed in (compose(identity, flow), compose(flow, identity)):
        assert np.allclose(composed.flow_target_to_source, flow.flow_target_to_source, atol=1e-5)
        assert np.allclose(composed.colour_map, flow.colour_map, atol=1e-5)


def test_warping_twice_is_warping_by_the_composition():
    planted = planted_path(6, amplitude_px=1.0)
    source = frames_to_colours(planted.frames[:1])
    x, y = grid()
    first = flow_of(smooth_motion(7, 1.5)(x, y), smooth_colour_map(8, 0.1)(x, y))
    second = flow_of(smooth_motion(9, 1.5)(x, y), smooth_colour_map(10, 0.1)(x, y))
    twice = second.warp(first.warp(source))
    once = compose(first, second).warp(source)
    assert np.abs(twice - once)[INNER].mean() < 2e-3


def test_concatenation_joins_one_after_another():
    x, y = grid()
    steps = [
        flow_of(smooth_motion(s, 1.0)(x, y), smooth_colour_map(s, 0.1)(x, y)) for s in range(3)
    ]
    neighbours = MotionColourFlow(
        np.concatenate([s.flow_target_to_source for s in steps]),
        np.concatenate([s.colour_map for s in steps]),
    )
    from_first = concatenate(neighbours)
    assert len(from_first) == 3
    expected = compose(compose(steps[0], steps[1]), steps[2])
    assert np.array_equal(from_first.flow_target_to_source[2:], expected.flow_target_to_source)
    assert np.array_equal(from_first.colour_map[2:], expected.colour_map)


@pytest.mark.parametrize("seed", [11, 12])
def test_a_long_path_does_not_drift(seed):
    planted = planted_path(seed, amplitude_px=6.0, change=0.08, steps=8)
    chained = concatenate(estimate_neighbour_flow(planted.frames))
    error = np.hypot(*(chained.flow_target_to_source[-1] - planted.motion))[planted.inner]
    assert error.mean() < 0.2
    assert np.quantile(error, 0.95) < 0.4
    anchored = anchor_colours(chained, frames_to_colours(planted.frames), TransferSettings())
    true = recoloured(planted.colour_map, planted.pulled)
    found = recoloured(anchored.colour_map[-1].astype(float), planted.pulled)
    assert np.abs(found - true).max(axis=-1)[planted.inner].mean() < 0.015


@pytest.mark.parametrize("steps", [8, pytest.param(24, marks=pytest.mark.slow)])
def test_anchored_motion_drifts_less_however_many_steps(steps):
    errors = {"chained": [], "anchored": []}
    for seed in (11, 13):
        planted = planted_path(seed, amplitude_px=6.0, change=0.08, steps=steps)
        chained = concatenate(estimate_neighbour_flow(planted.frames))
        anchored = anchor(chained, frames_to_colours(planted.frames), TransferSettings())
        for name, flow in (("chained", chained), ("anchored", anchored)):
            error = np.hypot(*(flow.flow_target_to_source[-1] - planted.motion))[planted.inner]
            errors[name].append(error.mean())
    assert np.mean(errors["anchored"]) < np.mean(errors["chained"])
    assert np.mean(errors["anchored"]) < 0.15


def test_positions_pass_smoothly_through_anchored_flows():
    planted = planted_path(14, amplitude_px=6.0, change=0.08, steps=4)
    neighbours = estimate_neighbour_flow(planted.frames)
    anchored = anchor(
        concatenate(neighbours), frames_to_colours(planted.frames), TransferSettings()
    )
    for index in range(1, 4):
        at_frame = anchored.flow_target_to_source[index]
        almost = flow_at_position(neighbours, anchored, (index + 1) / 4 - 1e-3)
        assert np.abs(almost.flow_target_to_source[0] - at_frame)[INNER].max() < 0.02


def test_positions_meet_the_frames_and_pass_smoothly_between():
    planted = planted_path(13, amplitude_px=3.0, change=0.08, steps=4)
    neighbours = estimate_neighbour_flow(planted.frames)
    from_first = concatenate(neighbours)
    nothing = flow_at_position(neighbours, from_first, 0.0)
    assert np.abs(nothing.flow_target_to_source).max() == 0
    for index in range(4):
        flow = flow_at_position(neighbours, from_first, (index + 1) / 4)
        assert np.array_equal(
            flow.flow_target_to_source[0], from_first.flow_target_to_source[index]
        )
    positions = np.linspace(0, 1, 41)
    flows = [flow_at_position(neighbours, from_first, p) for p in positions]
    for fields in (
        np.concatenate([f.flow_target_to_source for f in flows]),
        np.concatenate([f.colour_map for f in flows]),
    ):
        steps = np.abs(np.diff(fields, axis=0))[INNER].reshape(40, -1).mean(axis=1)
        assert steps.max() < 2 * steps.mean()


def test_parts_go_from_nothing_to_all():
    x, y = grid()
    flow = flow_of(smooth_motion(14, 2.0)(x, y), smooth_colour_map(15, 0.2)(x, y))
    identity = MotionColourFlow.identity(1, 3, 64, 64)
    assert np.array_equal(part_of(flow, 0).colour_map, identity.colour_map)
    assert np.allclose(part_of(flow, 1).colour_map, flow.colour_map, atol=1e-6)
    assert np.allclose(part_of(flow, 0.25).flow_target_to_source, flow.flow_target_to_source / 4)


def test_inverse_motion_leads_back():
    x, y = grid()
    motion = smooth_motion(16, 3.0)(x, y)[None].astype(np.float32)
    inverse = invert_motion(motion)
    there = smooth_motion(16, 3.0)(x + inverse[0, 0], y + inverse[0, 1])
    assert np.abs(inverse[0] + there)[INNER].max() < 1e-3
