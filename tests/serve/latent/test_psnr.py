import math

import numpy as np
import pytest

from serve.latent.psnr import psnr_db


def test_known_values() -> None:
    reference = np.zeros((3, 4, 4, 3), dtype=np.uint8)
    pictures = reference.copy()
    pictures[1] = 255
    pictures[2] = 1
    values = psnr_db(pictures, reference)
    assert math.isinf(values[0])
    assert values[1] == pytest.approx(0.0)
    assert values[2] == pytest.approx(48.1308, abs=1e-4)
