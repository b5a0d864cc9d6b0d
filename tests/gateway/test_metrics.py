"""What the gateway counts, as Prometheus reads it."""

from __future__ import annotations

import sys
import threading

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from remote_meeting.gateway.metrics import LATENCY_BOUNDS, Meters
from remote_meeting_backends import MissingExtra

PREFIX = "remote_meeting_gateway"


def read(meters: Meters) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Each sample by its name (without the common beginning) and its labels, read by Prometheus's own parser."""
    body, content_type = meters.render()
    assert content_type.startswith("text/plain; version=")
    return {
        (sample.name.removeprefix(f"{PREFIX}_"), frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def value(meters: Meters, name: str, **labels: str) -> float:
    """One sample."""
    return read(meters)[name, frozenset(labels.items())]


def test_everything_is_counted() -> None:
    """Each by its own name, with its labels."""
    meters = Meters(meetings=lambda: {"Uploading": 2, "Failed": 1}, spool=lambda: (10, 100))
    for _ in range(3):
        meters.connected()
    meters.disconnected()
    meters.frame(25_600)
    meters.frame(100)
    meters.phrase()
    for code in (1013, 1013, 4000):
        meters.closed(code)
    meters.refused("unauthorized")
    meters.upstream_error("realtime", "throttled")
    assert value(meters, "connections") == 2
    assert (value(meters, "frames_total"), value(meters, "received_bytes_total")) == (2, 25_700)
    assert value(meters, "phrases_total") == 1
    assert (value(meters, "closes_total", code="1013"), value(meters, "closes_total", code="4000")) == (2, 1)
    assert value(meters, "refusals_total", reason="unauthorized") == 1
    assert value(meters, "upstream_errors_total", backend="realtime", code="throttled") == 1
    assert (value(meters, "meetings", state="Uploading"), value(meters, "meetings", state="Failed")) == (2, 1)
    assert (value(meters, "spool_used_bytes"), value(meters, "spool_limit_bytes")) == (10, 100)


def test_latency_is_a_histogram() -> None:
    """Each time falls below its bound, and below every greater one."""
    meters = Meters()
    for seconds in (0.0, 0.0005, 0.04, 0.05, 0.0501, 60.0):
        meters.handed(seconds)
    found = {
        float(dict(labels)["le"]): count
        for (name, labels), count in read(meters).items()
        if name == "added_latency_seconds_bucket"
    }
    assert sorted(found) == [*LATENCY_BOUNDS, float("inf")]
    assert [found[bound] for bound in (0.0005, 0.035, 0.05, 0.075, 10.0, float("inf"))] == [2, 2, 4, 5, 5, 6]
    assert value(meters, "added_latency_seconds_count") == 6
    assert value(meters, "added_latency_seconds_sum") == pytest.approx(60.1406)


def test_nothing_counted_is_nothing_and_not_missing() -> None:
    """A fresh gateway shows zeros; what nobody can tell of is left out."""
    meters = Meters()
    assert value(meters, "frames_total") == value(meters, "connections") == 0
    assert not any(name.startswith(("meetings", "spool")) for name, _ in read(meters))
    meters.spool = lambda: (0, 5)
    assert value(meters, "spool_limit_bytes") == 5


def test_each_gateway_counts_for_itself() -> None:
    """Not in the process's common registry, where an app may have its own."""
    one, two = Meters(), Meters()
    one.frame(1)
    assert (value(one, "frames_total"), value(two, "frames_total")) == (1, 0)
    assert not any(family.name.startswith(PREFIX) for family in REGISTRY.collect())


def test_it_says_how_the_process_does() -> None:
    """Memory and CPU of the gateway itself."""
    body, _ = Meters().render()
    assert b"\nprocess_cpu_seconds_total " in body
    assert b"\nprocess_resident_memory_bytes " in body


def test_it_is_read_on_another_thread_while_it_counts() -> None:
    """New labels in the middle of it break nothing."""
    meters = Meters()
    is_over = threading.Event()
    broken: list[BaseException] = []

    def scrape() -> None:
        try:
            while not is_over.is_set():
                meters.render()
        except BaseException as error:
            broken.append(error)

    thread = threading.Thread(target=scrape)
    thread.start()
    for number in range(3_000):
        meters.closed(number)
        meters.handed(0.001)
    is_over.set()
    thread.join()
    assert broken == []
    assert value(meters, "closes_total", code="2999") == 1


def test_a_label_cannot_break_a_line() -> None:
    """Whatever a service calls its error."""
    meters = Meters()
    meters.upstream_error("realtime", 'a"b\nc\\d')
    assert value(meters, "upstream_errors_total", backend="realtime", code='a"b\nc\\d') == 1


def test_without_its_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence with the line that installs it."""
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(MissingExtra, match=r"pip install 'remote-meeting-compat\[gateway\]'"):
        Meters()
