"""Reading and writing messages, against a bare `websockets` echo of the same frames on loopback."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from statistics import median

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from websockets.asyncio.client import connect

from benchmarks.scripted_service import STAMP, Script, speaking
from remote_meeting_backends.speech_protocol.messages import AudioFrames, decode, encode, text_message

REQUEST = "0123456789abcdef0123456789abcdef"
PHRASES = 100
# Of a phrase that takes five seconds.
AUDIO, HYPOTHESES, WORDS = 50, 10, 12
BLOCK = bytes(3200)


@pytest.fixture(scope="module")
def frames() -> list[str | bytes]:
    """What goes both ways while a hundred phrases are spoken, 6,100 frames."""
    audio, mixed = AudioFrames(REQUEST), list[str | bytes]()
    for number in range(PHRASES):
        place = {"Id": f"{number:032x}", "Offset": number * 50_000_000, "Duration": 42_000_000, "SpeakerId": "Guest-1"}
        words = [{"Word": f"word{at}", "Offset": at * 3_000_000, "Duration": 2_900_000} for at in range(WORDS)]
        text = " ".join(f"word{at}" for at in range(WORDS))
        best = {"Confidence": 0.87, "Lexical": text, "ITN": text, "MaskedITN": text, "Display": text, "Words": words}
        mixed += [audio.encode(BLOCK, STAMP) for _ in range(AUDIO)]
        so_far = text_message("speech.hypothesis", REQUEST, {"Text": text, **place}, STAMP)
        mixed += [encode(so_far)] * HYPOTHESES
        whole = {"RecognitionStatus": "Success", "DisplayText": text, **place, "NBest": [best]}
        mixed.append(encode(text_message("speech.phrase", REQUEST, whole, STAMP)))
    return mixed


async def echoed(url: str, frames: list[str | bytes]) -> float:
    """Seconds until all frames came back, sent without waiting for each."""
    async with connect(f"{url}/echo", compression=None) as socket:

        async def send() -> None:
            for frame in frames:
                await socket.send(frame)

        began = time.perf_counter()
        sending = asyncio.create_task(send())
        for _ in frames:
            await socket.recv()
        await sending
        return time.perf_counter() - began


def test_codec(benchmark: BenchmarkFixture, say: Callable[[str], None], frames: list[str | bytes]) -> None:
    """Goal: at least half of the echo's rate. What JSON costs is told apart."""
    written: list[float] = []
    parsed: list[float] = []
    echo: list[float] = []

    def once() -> list[str | bytes]:
        began = time.perf_counter()
        again = [encode(decode(frame)) for frame in frames]
        written.append(time.perf_counter() - began)
        began = time.perf_counter()
        for frame in frames:
            if isinstance(frame, str):
                decode(frame).json()
            else:
                decode(frame)
        parsed.append(time.perf_counter() - began)
        echo.append(asyncio.run(echoed(url, frames)))
        return again

    with speaking(Script()) as url:
        again = benchmark.pedantic(once, rounds=9 if benchmark.enabled else 1)
    assert [decode(frame) for frame in again] == [decode(frame) for frame in frames]
    coded, read, sent = (len(frames) / median(seconds) for seconds in (written, parsed, echo))
    say(
        f"decode and encode {coded:,.0f} messages/s, decode with JSON {read:,.0f}/s, websockets' echo {sent:,.0f}/s "
        f"(medians, {len(json.dumps(frames[-1])):,} characters a phrase): {coded / sent:.1f} times, goal 0.5 times"
    )
