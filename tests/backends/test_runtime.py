"""The one door for time: the manual clock jumps, the system's is the machine's own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from remote_meeting_backends import ManualRuntime, SystemRuntime

pytestmark = pytest.mark.anyio


async def test_a_sleep_jumps_and_is_remembered() -> None:
    """Nobody waits for real, and every wait can be counted."""
    runtime = ManualRuntime(datetime(2026, 5, 1, tzinfo=UTC))
    await runtime.sleep(3600)
    await runtime.sleep(-1)
    assert runtime.slept == [3600, -1]
    assert runtime.now() == datetime(2026, 5, 1, 1, tzinfo=UTC)
    assert runtime.monotonic() == 3600


async def test_an_idler_wakes_when_time_has_passed() -> None:
    """Waiting beside somebody's work ends when the clock is moved far enough, not before."""
    runtime = ManualRuntime()
    short, long = asyncio.create_task(runtime.idle(5)), asyncio.create_task(runtime.idle(10))
    await asyncio.sleep(0)
    runtime.advance(4)
    await asyncio.sleep(0)
    assert not short.done()
    runtime.advance(1)
    await short
    assert not long.done()
    await runtime.sleep(5)
    await long
    assert runtime.slept == [5]


async def test_an_idler_that_was_cancelled_is_not_woken() -> None:
    """Time goes on past somebody who left."""
    runtime = ManualRuntime()
    idler = asyncio.create_task(runtime.idle(1))
    await asyncio.sleep(0)
    idler.cancel()
    with pytest.raises(asyncio.CancelledError):
        await idler
    runtime.advance(2)
    assert runtime.elapsed == 2


async def test_time_can_be_moved_from_another_thread() -> None:
    """A test may turn the clock while the loop waits."""
    runtime = ManualRuntime()
    idler = asyncio.create_task(runtime.idle(1))
    await asyncio.sleep(0)
    await asyncio.to_thread(runtime.advance, 1)
    await idler


async def test_chance_is_fixed_on_the_manual_clock() -> None:
    """Ids count up, and dice always fall the same way."""
    runtime = ManualRuntime()
    assert [runtime.new_id(), runtime.new_id()] == ["0" * 31 + "1", "0" * 31 + "2"]
    assert runtime.jitter() == runtime.jitter() == 0.5


async def test_the_systems_own() -> None:
    """Time is aware, clocks do not go back, ids differ, dice stay on the table."""
    runtime = SystemRuntime()
    assert runtime.now().utcoffset() == timedelta(0)
    before = runtime.monotonic()
    await runtime.sleep(0)
    await runtime.idle(0)
    assert runtime.monotonic() >= before
    assert len(runtime.new_id()) == 32
    assert runtime.new_id() != runtime.new_id()
    assert 0 <= runtime.jitter() <= 1
