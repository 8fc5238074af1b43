import threading

import pytest

from serve.app.metrics import SECONDS, Metrics


def test_counting_and_measuring() -> None:
    metrics = Metrics()
    metrics.count("steps")
    metrics.count("steps", 4)
    metrics.change("connections", 1)
    metrics.change("connections", -1)
    metrics.observe("tick", 0.015)
    metrics.observe("tick", 1000)
    snapshot = metrics.snapshot()
    assert snapshot.counters == {"steps": 5}
    assert snapshot.gauges == {"connections": 0}
    counts = snapshot.histograms["tick"].counts
    assert counts[SECONDS.index(0.02)] == 1
    assert counts[-1] == 1
    assert sum(counts) == 2
    assert snapshot.histograms["tick"].total_s == pytest.approx(1000.015)


def test_a_block_is_timed_even_if_it_fails() -> None:
    metrics = Metrics()
    with pytest.raises(ValueError, match="planted"), metrics.timed("job"):
        raise ValueError("planted")
    assert sum(metrics.snapshot().histograms["job"].counts) == 1


def test_threads_lose_no_count() -> None:
    metrics = Metrics()

    def count() -> None:
        for _ in range(1000):
            metrics.count("n")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert metrics.snapshot().counters["n"] == 4000
