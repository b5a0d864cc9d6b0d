"""The limit on requests: as many as a service allows in a window, in the order of asking, and no fewer."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response

from remote_meeting_backends import Connection, ManualRuntime
from remote_meeting_backends.http import ServiceClient
from remote_meeting_backends.throttle import REQUESTS, WINDOW_SECONDS, Limiter, limiter_of
from support.faults import Script
from support.servers import serving

pytestmark = pytest.mark.anyio

SLACK = 1e-6


@pytest.fixture
def runtime() -> ManualRuntime:
    """No test waits."""
    return ManualRuntime()


@given(
    st.lists(st.tuples(st.floats(0, 30), st.floats(0, 9)), min_size=1, max_size=60),
    st.integers(1, 7),
    st.floats(0.5, 5),
)
def test_no_window_holds_more_than_allowed(sendings: list[tuple[float, float]], requests: int, seconds: float) -> None:
    """Wherever a window begins, and however long a request was under way before the service saw it."""
    limiter, runtime, arrived = Limiter(requests, seconds), ManualRuntime(), []

    async def send() -> None:
        for pause, delay in sendings:
            runtime.advance(pause)
            async with limiter.turn(runtime):
                runtime.advance(delay)
                arrived.append(runtime.monotonic())

    asyncio.run(send())
    for first, last in zip(arrived, arrived[requests:], strict=False):
        assert last - first >= seconds - SLACK


async def take(limiter: Limiter, runtime: ManualRuntime) -> None:
    """A request that is answered at once."""
    async with limiter.turn(runtime):
        pass


async def test_who_stays_below_the_limit_never_waits(runtime: ManualRuntime) -> None:
    """A limiter is no pacemaker: all of a window may be used at once."""
    limiter = Limiter(3, 10.0)
    for _ in range(2):
        for _ in range(3):
            await take(limiter, runtime)
        assert runtime.slept == []
        runtime.advance(10.0)
    for _ in range(4):
        await take(limiter, runtime)
    assert runtime.slept == [10.0]


async def test_turns_come_in_the_order_of_asking(runtime: ManualRuntime) -> None:
    """Nobody overtakes."""
    limiter, order = Limiter(1, 10.0), []

    async def ask(name: int) -> None:
        async with limiter.turn(runtime):
            order.append(name)

    await asyncio.gather(*(ask(name) for name in range(20)))
    assert order == list(range(20))
    assert runtime.slept == [10.0] * 19


async def test_who_gives_up_takes_no_turn(runtime: ManualRuntime) -> None:
    """A thousand waits that were cancelled cost the next one nothing."""
    limiter = Limiter(1, 10.0)
    await take(limiter, runtime)
    waiting = [asyncio.create_task(take(limiter, runtime)) for _ in range(1000)]
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await take(limiter, runtime)
    assert runtime.slept == [10.0]


async def test_a_request_under_way_holds_its_turn(runtime: ManualRuntime) -> None:
    """Also when all of them are under way, and when one ends in an error."""
    limiter, order = Limiter(1, 10.0), []

    async def ask(name: str) -> None:
        async with limiter.turn(runtime):
            order.append(name)

    with contextlib.suppress(ZeroDivisionError):
        async with limiter.turn(runtime):
            waiting = asyncio.create_task(ask("second"))
            for _ in range(5):
                await asyncio.sleep(0)
            assert order == []
            raise ZeroDivisionError
    ended = runtime.monotonic()
    await waiting
    assert order == ["second"]
    assert runtime.monotonic() >= ended + 10.0


def test_each_loop_may_use_it(runtime: ManualRuntime) -> None:
    """A client outlives a loop; what was sent in the one before counts."""
    limiter = Limiter(1, 10.0)
    for _ in range(2):
        asyncio.run(take(limiter, runtime))
    assert runtime.slept == [10.0]


def test_batch_and_fast_share_one_limit(runtime: ManualRuntime) -> None:
    """The service counts a host's requests, whoever sends them; another client's are its own."""
    assert limiter_of(runtime, "a.test") is limiter_of(runtime, "a.test")
    assert limiter_of(runtime, "a.test") is not limiter_of(runtime, "b.test")
    assert limiter_of(ManualRuntime(), "a.test") is not limiter_of(runtime, "a.test")


async def test_requests_wait_for_their_turn_and_no_deadline_counts_it(runtime: ManualRuntime) -> None:
    """A hundred go at once, the next waits for the window's end, though its call may take a second only."""
    service = ServiceClient(Connection(key="k"), runtime, backend="batch", limiter=Limiter())
    with serving(Script(Response("{}"))) as url:
        for _ in range(REQUESTS + 1):
            await service.call("GET", url, params={}, meeting_id="m", seconds=1.0)
    await service.aclose()
    assert runtime.slept == [WINDOW_SECONDS]
