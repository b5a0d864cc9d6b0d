"""What waits for a connection: in order, hypotheses only while few wait, and how long nothing was taken."""

from __future__ import annotations

import asyncio

import pytest

from remote_meeting.gateway.outbox import FEW, MOST, Outbox
from remote_meeting_backends import ManualRuntime

pytestmark = pytest.mark.anyio


class Peer:
    """Takes frames while it is open."""

    def __init__(self) -> None:
        self.got: list[str | bytes] = []
        self.is_open = asyncio.Event()

    async def take(self, frame: str | bytes) -> None:
        """One of them, when it can."""
        await self.is_open.wait()
        self.got.append(frame)


async def test_hypotheses_wait_only_while_few_do() -> None:
    """A slow app is told less of what is on its way, and every phrase."""
    peer = Peer()
    outbox = Outbox(peer.take, ManualRuntime())
    for number in range(FEW + 10):
        outbox.put(f"hypothesis {number}", may_drop=True)
    outbox.put("phrase")
    sending = asyncio.create_task(outbox.run())
    peer.is_open.set()
    await outbox.flushed(60)
    sending.cancel()
    assert peer.got == [*(f"hypothesis {number}" for number in range(FEW)), "phrase"]


async def test_how_long_it_is_blocked() -> None:
    """From the moment at which a frame was offered until it is taken."""
    peer, runtime = Peer(), ManualRuntime()
    outbox = Outbox(peer.take, runtime)
    assert outbox.blocked_seconds() == 0
    outbox.put("phrase")
    sending = asyncio.create_task(outbox.run())
    await asyncio.sleep(0)
    runtime.advance(7.0)
    assert outbox.blocked_seconds() == 7.0
    peer.is_open.set()
    await outbox.flushed(60)
    assert outbox.blocked_seconds() == 0
    sending.cancel()


async def test_more_than_anybody_reads() -> None:
    """It is for whoever watches to end such a connection."""
    outbox = Outbox(Peer().take, ManualRuntime())
    for _ in range(MOST):
        outbox.put("phrase")
    assert not outbox.is_overfull
    outbox.put("phrase")
    assert outbox.is_overfull
