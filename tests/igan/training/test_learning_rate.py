import pytest
import torch

from igan.training.learning_rate import remaining_share, set_learning_rate


@pytest.mark.parametrize(
    ("images_seen", "share"), [(0, 1.0), (600, 1.0), (700, 0.75), (1000, 0.0), (1100, 0.0)]
)
def test_constant_then_linear_to_zero(images_seen: int, share: float) -> None:
    assert remaining_share(images_seen, 600, 1000) == share


def test_no_decay_is_constant() -> None:
    assert remaining_share(999, None, 1000) == 1.0


def test_every_group_gets_the_rate() -> None:
    weights = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    optimizer = torch.optim.SGD([{"params": weight} for weight in weights], lr=1.0)
    set_learning_rate(optimizer, 0.25)
    assert [group["lr"] for group in optimizer.param_groups] == [0.25, 0.25]
