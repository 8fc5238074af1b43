"""The engine that runs a batch is the one that a trial found faster."""

import threading

import pytest
import torch
from torch.testing import assert_close

from serve.bundle import load_bundle
from serve.bundle.engines import LEAST_BATCH_TRIED, FastestEngine, size_class


class SimulatedClock:
    """Time passes only by work: so many seconds for each image."""

    def __init__(self) -> None:
        self.now = 0.0
        self.log: list[tuple[str, int]] = []

    def __call__(self) -> float:
        return self.now

    def work(self, engine: str, seconds_per_image: float):
        def trial(batch: torch.Tensor) -> None:
            self.log.append((engine, len(batch)))
            self.now += seconds_per_image * len(batch)

        return trial


def gradient(network, latents: torch.Tensor) -> torch.Tensor:
    leaf = latents.clone().requires_grad_()
    network(leaf).square().mean().backward()
    return leaf.grad


@pytest.mark.parametrize(
    ("batch", "exponent"), [(1, 0), (2, 1), (3, 2), (4, 2), (8, 3), (9, 4), (64, 6), (65, 7)]
)
def test_classes_end_with_powers_of_two(batch, exponent):
    assert size_class(batch) == exponent


@pytest.mark.parametrize(("torch_seconds", "winner"), [(0.2, "onnx"), (0.05, "torch")])
def test_the_faster_one_wins_at_once_when_its_lead_is_clear(torch_seconds, winner):
    clock = SimulatedClock()
    fastest = FastestEngine(clock)
    trials = {"onnx": clock.work("onnx", 0.1), "torch": clock.work("torch", torch_seconds)}
    assert fastest.choose(("cpu", 6), trials, torch.zeros(64, 8)) == winner
    assert clock.log == [("onnx", 1), ("torch", 1), ("onnx", 64), ("torch", 64)]


def test_a_close_race_is_run_twice_and_remembered():
    clock = SimulatedClock()
    fastest = FastestEngine(clock)
    trials = {"onnx": clock.work("onnx", 0.11), "torch": clock.work("torch", 0.1)}
    assert fastest.choose(("cpu", 3), trials, torch.zeros(8, 8)) == "torch"
    assert clock.log[2:] == [("onnx", 8), ("torch", 8)] * 2
    assert fastest.choose(("cpu", 3), trials, torch.zeros(8, 8)) == "torch"
    assert len(clock.log) == 6
    assert fastest.found == {("cpu", 3): "torch"}


def test_threads_share_one_trial():
    clock = SimulatedClock()
    fastest = FastestEngine(clock)
    trials = {"onnx": clock.work("onnx", 0.1), "torch": clock.work("torch", 0.3)}
    found: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(fastest.choose(("cpu", 1), trials, torch.zeros(2, 8)))
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["onnx"] * 8
    assert len(clock.log) == 4


def test_only_large_batches_are_tried_and_gradients_with_a_quick_form_never(whole):
    bundle = load_bundle(whole)
    bundle.generator(bundle.sample_latents(LEAST_BATCH_TRIED - 1, 0))
    gradient(bundle.generator, bundle.sample_latents(64, 0))
    assert bundle.generator.engines_found == {}
    bundle.generator(bundle.sample_latents(LEAST_BATCH_TRIED, 0))
    bundle.generator(bundle.sample_latents(64, 0))
    assert set(bundle.generator.engines_found) == {("cpu", "forward", 3), ("cpu", "forward", 6)}


@pytest.mark.parametrize("batch", [1, 2, 7, 64])
def test_the_engines_agree(whole, batch):
    by_onnx = load_bundle(whole, engine="onnx")
    latents = by_onnx.sample_latents(batch, 1)
    images = by_onnx.generator(latents)
    expected = gradient(by_onnx.generator, latents)
    for engine in ("torch", "quick"):
        other = load_bundle(whole, engine=engine)
        assert_close(other.generator(latents), images, atol=1e-4, rtol=0)
        error = (gradient(other.generator, latents) - expected).norm() / expected.norm()
        assert error < 1e-3
        assert_close(other.projector(images), by_onnx.projector(images), atol=1e-4, rtol=0)
        assert by_onnx.generator.engines_found == other.generator.engines_found == {}


def test_torch_gives_no_gradient_where_the_bundle_has_none(whole):
    bundle = load_bundle(whole, engine="torch")
    images = bundle.generator(bundle.sample_latents(2, 0)).requires_grad_()
    assert not bundle.projector(images).requires_grad
    assert not bundle.generator(bundle.sample_latents(2, 0)).requires_grad


def test_bfloat16_is_for_gradients_alone_and_stays_close(whole, monkeypatch):
    monkeypatch.setattr("serve.bundle.network.computes_bfloat16", lambda device: True)
    tried: list[tuple[str, int]] = []

    class Bfloat16Wins(FastestEngine):
        def choose(self, work, trials, batch):
            tried.append((work[1], len(trials)))
            return list(trials)[-1]

    monkeypatch.setattr("serve.bundle.network.FastestEngine", Bfloat16Wins)
    bundle, exact = load_bundle(whole), load_bundle(whole, engine="onnx")
    latents = bundle.sample_latents(16, 2)
    leaf = latents.clone().requires_grad_()
    images = bundle.generator(leaf)
    assert images.dtype == torch.float32
    expected = exact.generator(latents)
    assert 0 < (images - expected).abs().max() < 0.05
    images.square().mean().backward()
    cosine = torch.cosine_similarity(
        leaf.grad.flatten(), gradient(exact.generator, latents).flatten(), dim=0
    )
    assert cosine > 0.995
    assert_close(bundle.generator(latents), expected, atol=1e-4, rtol=0)
    assert tried == [("gradient", 4), ("forward", 2)]
