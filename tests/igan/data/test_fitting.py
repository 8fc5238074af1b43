import pytest

from igan.data.fitting import fitted_region


@pytest.mark.parametrize(
    ("fit", "anchor", "region"),
    [
        ("crop", "centre", (0, 37.5, 225, 262.5)),
        ("crop", "top", (0, 0, 225, 225)),
        ("pad", "centre", (-37.5, 0, 262.5, 300)),
        ("pad", "top", (-37.5, 0, 262.5, 300)),
        ("squash", "centre", (0, 0, 225, 300)),
    ],
)
def test_the_region_of_an_upright_photo(
    fit: str, anchor: str, region: tuple[float, float, float, float]
) -> None:
    assert fitted_region(225, 300, fit, anchor) == region


def test_the_region_of_a_lying_photo_padded_at_the_bottom_alone() -> None:
    assert fitted_region(300, 225, "pad", "top") == (0, 0, 300, 300)
    assert fitted_region(300, 225, "crop", "top") == (37.5, 0, 262.5, 225)
