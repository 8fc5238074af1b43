import pytest

from serve.app.live_size import LATEST_S, LEAST_SHARE, LiveSize, fitting_side_px


@pytest.mark.parametrize(
    ("side_px", "late_by", "expected_px"),
    [
        (640, 1.5, 480),
        (640, 0.7, 640),
        (640, 0.1, 640),
        (480, 0.1, 640),
        (360, 0.1, 480),
        (360, 0.7, 360),
        (260, 9.0, 256),
        (256, 9.0, 256),
    ],
)
def test_sizes_fit_the_time(side_px: int, late_by: float, expected_px: int) -> None:
    assert fitting_side_px(side_px, late_by * LATEST_S, 640) == expected_px


@pytest.mark.parametrize("fixed_s", [0.0, 0.2 * LATEST_S])
@pytest.mark.parametrize("whole_s", [0.1 * LATEST_S, LATEST_S, 1.7 * LATEST_S, 20 * LATEST_S])
def test_it_settles_whatever_the_machine(fixed_s: float, whole_s: float) -> None:
    """Drawing takes a fixed time and one that goes with the area."""
    size = LiveSize(640)
    sides = []
    for _ in range(100):
        size.came_after(fixed_s + whole_s * (size.side_px / 640) ** 2)
        sides.append(size.side_px)
    assert len(set(sides[50:])) == 1
    took_s = fixed_s + whole_s * (sides[-1] / 640) ** 2
    assert took_s <= LATEST_S or sides[-1] == round(LEAST_SHARE * 640)


def test_one_late_picture_is_forgiven() -> None:
    size = LiveSize(640)
    for seconds in (0.5 * LATEST_S, 0.5 * LATEST_S, 2 * LATEST_S, 0.5 * LATEST_S):
        size.came_after(seconds)
    assert size.side_px == 640
