import torch
from torch import nn

from igan.training.averaging import averaged_copy


def test_the_average_of_a_moving_weight_follows_the_ramped_decay() -> None:
    network = nn.Linear(1, 1, bias=False)
    averaged = averaged_copy(network, decay=0.5)
    expected = 0.0
    for number in range(30):
        network.weight.data.fill_(float(number))
        averaged.update_parameters(network)
        decay = min(0.5, (1 + number) / (10 + number)) if number else 0.0
        expected = decay * expected + (1 - decay) * number
    torch.testing.assert_close(averaged.module.weight.item(), expected)


def test_random_weights_of_the_start_are_forgotten() -> None:
    network = nn.Linear(1, 1, bias=False)
    network.weight.data.fill_(1.0)
    averaged = averaged_copy(network, decay=0.998)
    averaged.update_parameters(network)
    network.weight.data.zero_()
    for _ in range(250):
        averaged.update_parameters(network)
    assert averaged.module.weight.item() < 1e-6


def test_batch_statistics_are_averaged_and_counters_copied() -> None:
    network = nn.BatchNorm1d(1)
    averaged = averaged_copy(network, decay=0.998)
    averaged.update_parameters(network)
    network.train()(torch.full((4, 1), 10.0))
    averaged.update_parameters(network)
    assert 0 < averaged.module.running_mean.item() < network.running_mean.item()
    assert averaged.module.num_batches_tracked.item() == 1


def test_it_is_frozen() -> None:
    averaged = averaged_copy(nn.Linear(2, 2), decay=0.9)
    assert not any(parameter.requires_grad for parameter in averaged.parameters())
