"""How long a phrase takes from the service's `send` to the caller's event, against a bare `websockets` client."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from statistics import quantiles

from pytest_benchmark.fixture import BenchmarkFixture
from websockets.asyncio.client import connect

from benchmarks.scripted_service import STAMP, Script, block, speaking
from remote_meeting_backends import Connection, JobOptions, JobRequest, SystemRuntime
from remote_meeting_backends.contract import MemoryJournal
from remote_meeting_backends.live import LiveAudio, LiveEvent, Transcribed
from remote_meeting_backends.realtime import RealtimeBackend
from remote_meeting_backends.realtime.pace import AT_ONCE_SECONDS, FASTEST
from remote_meeting_backends.speech_protocol.messages import WAV_TYPE, AudioFrames, decode, encode, text_message

# A phrase of nine words after each 100 ms of audio.
SCRIPT = Script(period=1, length=1)
REQUEST = "0123456789abcdef0123456789abcdef"
BLOCK_SECONDS = 0.1
AT_ONCE_BLOCKS = round(AT_ONCE_SECONDS / BLOCK_SECONDS)


async def spoken(blocks: int) -> AsyncIterator[bytes]:
    """A meeting as a file's reader gives it."""
    for number in range(blocks):
        yield block(number)


async def ours(url: str, blocks: int) -> list[float]:
    """Seconds from `send` to event, phrase by phrase."""
    found: list[float] = []

    def listen(event: LiveEvent) -> None:
        if isinstance(event, Transcribed):
            found.append(time.perf_counter() - float(event.phrase.text.split()[1]))

    backend = RealtimeBackend.open(Connection(key="0" * 32, endpoint=url), SystemRuntime())
    request = JobRequest("m", None, JobOptions(), live=LiveAudio(spoken(blocks)), listener=listen)
    await backend.result(await backend.submit(request, MemoryJournal()))
    await backend.aclose()
    return found


async def bare(url: str, blocks: int) -> list[float]:
    """The same without anything of ours while it counts: seconds from `send` to the end of `recv`."""
    found: list[float] = []
    audio = AudioFrames(REQUEST)
    first = [
        encode(text_message("speech.context", REQUEST, {}, STAMP)),
        audio.encode(b"", "", content_type=WAV_TYPE),
    ]
    frames = [*first, *(audio.encode(block(number), STAMP) for number in range(blocks)), audio.encode(b"", STAMP)]
    async with connect(url, compression=None) as socket:

        async def send() -> None:
            began = time.monotonic() - AT_ONCE_SECONDS / FASTEST
            for number, frame in enumerate(frames):
                await asyncio.sleep(began + number * BLOCK_SECONDS / FASTEST - time.monotonic())
                await socket.send(frame)

        sending = asyncio.create_task(send())
        async for frame in socket:
            at = time.perf_counter()
            message = decode(frame)
            if message.path == "speech.phrase":
                found.append(at - float(message.json()["DisplayText"].split()[1]))
            if message.path == "turn.end":
                break
        await sending
    return found


def in_words(name: str, seconds: list[float]) -> str:
    """The median and the 99th percentile in ms."""
    hundredths = quantiles(seconds, n=100)
    return f"{name} p50 {hundredths[49] * 1000:.2f} ms, p99 {hundredths[98] * 1000:.2f} ms"


def test_latency_of_a_phrase(benchmark: BenchmarkFixture, say: Callable[[str], None]) -> None:
    """Every phrase arrives, and none before it was sent; those of the five seconds that go at once are not counted."""
    blocks = 650 if benchmark.enabled else 60

    def once() -> tuple[list[float], list[float]]:
        return asyncio.run(ours(url, blocks)), asyncio.run(bare(url, blocks))

    with speaking(SCRIPT) as url:
        events, received = benchmark.pedantic(once, rounds=1)
    assert len(events) == len(received) == blocks // SCRIPT.period
    assert min(*events, *received) > 0
    later = AT_ONCE_BLOCKS // SCRIPT.period
    say(
        f"from send to event, {len(events) - later} phrases with words: {in_words('ours', events[later:])}; "
        f"{in_words('websockets alone', received[later:])}"
    )
