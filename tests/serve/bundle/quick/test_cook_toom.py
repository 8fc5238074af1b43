import numpy as np
import pytest

from serve.bundle.quick.cook_toom import transforms


@pytest.mark.parametrize(("outputs", "taps"), [(2, 3), (4, 2), (4, 3), (4, 5), (6, 3)])
def test_the_product_of_transforms_is_the_convolution(outputs: int, taps: int) -> None:
    random = np.random.default_rng(0)
    data, weight = random.normal(size=outputs + taps - 1), random.normal(size=taps)
    matrices = transforms(outputs, taps)
    found = matrices.result @ ((matrices.weight @ weight) * (matrices.data @ data))
    np.testing.assert_allclose(found, np.correlate(data, weight), rtol=0, atol=1e-12)


def test_rows_of_the_data_transform_have_magnitude_one() -> None:
    np.testing.assert_allclose(np.abs(transforms(4, 5).data).sum(1), 1)


def test_more_than_the_points_reach_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 7 points"):
        transforms(6, 5)
