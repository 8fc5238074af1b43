from prometheus_client.parser import text_string_to_metric_families

from serve.app.limits import Limits
from serve.app.metrics import SECONDS, Metrics
from serve.app.photos import PhotoShelf
from serve.app.web.monitoring import Monitoring
from tests.hostile_files import photo_file


def samples(monitoring: Monitoring) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(monitoring.exposition().decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_prometheus_reads_what_the_service_counts() -> None:
    metrics = Metrics()
    shelf = PhotoShelf(Limits())
    monitoring = Monitoring(metrics, shelf)
    shelf.put("a" * 32, photo_file(1))
    metrics.count("frames", 3)
    metrics.change("connections", 2)
    metrics.change("connections", -1)
    for seconds in (SECONDS[0] / 2, SECONDS[1], 10 * SECONDS[-1]):
        metrics.observe("step", seconds)
    monitoring.count_request("GET", "/api/v1/samples/{name}", 404)
    read = samples(monitoring)
    assert read["igan_frames_total", ()] == 3
    assert read["igan_connections", ()] == 1
    assert read["igan_photos", ()] == 1
    assert read["igan_photo_bytes", ()] == 80 * 60 * 3
    assert read["igan_step_seconds_bucket", (("le", str(SECONDS[0])),)] == 1
    assert read["igan_step_seconds_bucket", (("le", str(SECONDS[1])),)] == 2
    assert read["igan_step_seconds_bucket", (("le", str(SECONDS[-1])),)] == 2
    assert read["igan_step_seconds_bucket", (("le", "+Inf"),)] == 3
    assert read["igan_step_seconds_count", ()] == 3
    assert read["igan_step_seconds_sum", ()] == SECONDS[0] / 2 + SECONDS[1] + 10 * SECONDS[-1]
    labels = (("method", "GET"), ("route", "/api/v1/samples/{name}"), ("status", "404"))
    assert read["igan_http_requests_total", labels] == 1
    assert read["process_resident_memory_bytes", ()] > 0
