"""What the gateway counts, for Prometheus.

A frame is counted with an addition or two: the figures become metrics when somebody asks for them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from remote_meeting_backends.extras import need

PREFIX: Final = "remote_meeting_gateway"
# Seconds. Fine where the goal lies (p99 of 50 ms), coarse where it is missed anyway.
LATENCY_BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Meters:
    """Counters of one gateway, in a registry of their own.

    Counting belongs on the event loop; `render` may run on another thread.

    Args:
        meetings: Tells how many meetings there are, by state; asked by `render`.
        spool: Tells how many bytes the spool holds, and how many it may; asked by `render`.

    Raises:
        MissingExtra: prometheus-client is not installed.
    """

    def __init__(
        self,
        *,
        meetings: Callable[[], Mapping[str, int]] | None = None,
        spool: Callable[[], tuple[int, int]] | None = None,
    ) -> None:
        self._client = need("prometheus_client", extra="gateway", what="The gateway")
        self._core = need("prometheus_client.core", extra="gateway", what="The gateway")
        self._registry = self._client.CollectorRegistry()
        self._registry.register(self)
        # CPU, memory and open files of this process.
        self._client.ProcessCollector(registry=self._registry)
        self.meetings = meetings
        self.spool = spool
        self._connections = 0
        self._frames = 0
        self._bytes = 0
        self._phrases = 0
        self._latencies = [0] * (len(LATENCY_BOUNDS) + 1)
        self._latency_sum = 0.0
        self._upstream_errors: defaultdict[tuple[str, ...], int] = defaultdict(int)
        self._closes: defaultdict[tuple[str, ...], int] = defaultdict(int)
        self._refusals: defaultdict[tuple[str, ...], int] = defaultdict(int)

    def connected(self) -> None:
        """A WebSocket was opened."""
        self._connections += 1

    def disconnected(self) -> None:
        """One that was opened is no more."""
        self._connections -= 1

    def frame(self, size: int) -> None:
        """A WebSocket message came, of so many bytes."""
        self._frames += 1
        self._bytes += size

    def handed(self, seconds: float) -> None:
        """A frame was handed upstream, so many seconds after it had come."""
        self._latencies[bisect_left(LATENCY_BOUNDS, seconds)] += 1
        self._latency_sum += seconds

    def phrase(self) -> None:
        """An app was told a phrase."""
        self._phrases += 1

    def upstream_error(self, backend: str, code: str) -> None:
        """A backend broke a meeting off; its error's code, not its text."""
        self._upstream_errors[backend, code] += 1

    def closed(self, code: int) -> None:
        """A WebSocket was closed by the gateway."""
        self._closes[(str(code),)] += 1

    def refused(self, reason: str) -> None:
        """Somebody was turned away; a word of a fixed few, never what a client sent."""
        self._refusals[(reason,)] += 1

    def render(self) -> tuple[bytes, str]:
        """The metrics as text, and their content type."""
        return self._client.generate_latest(self._registry), self._client.CONTENT_TYPE_LATEST

    def collect(self) -> Iterator[Any]:
        """For the registry."""
        yield self._gauge("connections", "WebSockets that are open.", self._connections)
        yield self._counter("frames", "WebSocket messages that came.", self._frames)
        yield self._counter("received_bytes", "Bytes of these messages.", self._bytes)
        yield self._counter("phrases", "Phrases that apps were told.", self._phrases)
        yield self._latency()
        yield self._labelled(
            "upstream_errors", "Meetings that a backend broke off.", ("backend", "code"), self._upstream_errors
        )
        yield self._labelled("closes", "WebSockets that the gateway closed.", ("code",), self._closes)
        yield self._labelled("refusals", "Connections and requests turned away.", ("reason",), self._refusals)
        if self.meetings is not None:
            yield self._meetings(self.meetings())
        if self.spool is not None:
            used, most = self.spool()
            yield self._gauge("spool_used_bytes", "Audio that the spool holds.", used)
            yield self._gauge("spool_limit_bytes", "Audio that the spool may hold.", most)

    def describe(self) -> Iterator[Any]:
        """Nothing: or the registry would ask for meetings before there are any."""
        return iter(())

    def _latency(self) -> Any:
        told, so_far = [], 0
        # Copied at once, for the loop goes on counting.
        counts, total = self._latencies.copy(), self._latency_sum
        for bound, count in zip((*map(repr, LATENCY_BOUNDS), "+Inf"), counts, strict=True):
            so_far += count
            told.append((bound, so_far))
        about = "Seconds from a frame's arrival to its being handed upstream."
        return self._core.HistogramMetricFamily(f"{PREFIX}_added_latency_seconds", about, buckets=told, sum_value=total)

    def _meetings(self, by_state: Mapping[str, int]) -> Any:
        family = self._core.GaugeMetricFamily(f"{PREFIX}_meetings", "Meetings, by state.", labels=("state",))
        for state, number in sorted(by_state.items()):
            family.add_metric((state,), number)
        return family

    def _gauge(self, name: str, about: str, value: float) -> Any:
        return self._core.GaugeMetricFamily(f"{PREFIX}_{name}", about, value=value)

    def _counter(self, name: str, about: str, value: float) -> Any:
        return self._core.CounterMetricFamily(f"{PREFIX}_{name}", about, value=value)

    def _labelled(self, name: str, about: str, labels: tuple[str, ...], counts: Mapping[tuple[str, ...], int]) -> Any:
        family = self._core.CounterMetricFamily(f"{PREFIX}_{name}", about, labels=labels)
        for values, count in sorted(dict(counts).items()):
            family.add_metric(values, count)
        return family
