"""What the service counts, in the format that Prometheus reads."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from serve.app.metrics import SECONDS, Histogram, Metrics
from serve.app.photos import PhotoShelf

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ENDS = (*(str(end) for end in SECONDS), "+Inf")


class Monitoring:
    """The service's own counts, its photos, those of HTTP requests and those of the process."""

    def __init__(self, metrics: Metrics, photos: PhotoShelf) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_ServiceCollector(metrics, photos))
        self._requests = Counter(
            "igan_http_requests",
            "Answered HTTP requests.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)

    def count_request(self, method: str, route: str, status: int) -> None:
        self._requests.labels(method, route, str(status)).inc()

    def exposition(self) -> bytes:
        """All of it as text."""
        return generate_latest(self._registry)


class _ServiceCollector(Collector):
    def __init__(self, metrics: Metrics, photos: PhotoShelf) -> None:
        self._metrics, self._photos = metrics, photos

    def collect(self) -> Iterator[Metric]:
        count, size = self._photos.held
        yield GaugeMetricFamily("igan_photos", "Photos in memory.", value=count)
        yield GaugeMetricFamily("igan_photo_bytes", "Bytes of their pixels.", value=size)
        snapshot = self._metrics.snapshot()
        for name, count in snapshot.counters.items():
            yield CounterMetricFamily(f"igan_{name}", _meaning(name), value=count)
        for name, value in snapshot.gauges.items():
            yield GaugeMetricFamily(f"igan_{name}", _meaning(name), value=value)
        for name, histogram in snapshot.histograms.items():
            yield HistogramMetricFamily(
                f"igan_{name}_seconds",
                _meaning(name),
                buckets=_cumulated(histogram),
                sum_value=histogram.total_s,
            )


def _meaning(name: str) -> str:
    return name.replace("_", " ").capitalize() + "."


def _cumulated(histogram: Histogram) -> list[tuple[str, float]]:
    counted, buckets = 0, []
    for end, count in zip(_ENDS, histogram.counts, strict=True):
        counted += count
        buckets.append((end, float(counted)))
    return buckets
