import torch
from torch import nn

from igan.evaluation.batch_statistics import estimate_batch_statistics


def test_statistics_become_those_of_the_inputs() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).eval()
    inputs = torch.randn(64, 3)
    estimate_batch_statistics(network, inputs.split(16))
    features = network[0](inputs)
    torch.testing.assert_close(network[1].running_mean, features.mean(0))
    variances = torch.stack([part.var(0) for part in features.split(16)]).mean(0)
    torch.testing.assert_close(network[1].running_var, variances)
    assert not network[1].training
    assert network[1].momentum == 0.1


def test_the_mode_of_the_network_stays() -> None:
    network = nn.Sequential(nn.BatchNorm1d(3)).train()
    estimate_batch_statistics(network, [torch.randn(8, 3)])
    assert network[0].training


def test_a_network_without_batch_normalisation_is_not_run() -> None:
    network = nn.Sequential(nn.Linear(3, 4))
    estimate_batch_statistics(network, iter([torch.zeros(1, 99)]))
