import numpy as np
import pytest

from igan.study.checks import PAPER_LEVEL, draw_check


@pytest.mark.parametrize("side_px", [128, 256, 512])
def test_a_check_is_written_whole_and_says_which_answer(side_px: int) -> None:
    real, fake = draw_check(True, side_px, 3), draw_check(False, side_px, 3)
    assert real.shape == (side_px, side_px, 3)
    assert (real != fake).any()
    border = np.concatenate([real[0], real[-1], real[:, 0], real[:, -1]])
    assert (border == PAPER_LEVEL).all()
    assert (real < 100).mean() > 0.01
