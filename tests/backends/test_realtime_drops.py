"""Drop everywhere: the connection is cut at every message, each way, and the meeting is the same."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from remote_meeting_backends.live import Canceled, SessionStarted, SessionStopped, Transcribed
from remote_meeting_backends.testing import SpeechEmulator
from support.live import SAID, Meeting, Outcome
from support.spoken import as_told

pytestmark = pytest.mark.anyio


@pytest.fixture
def speech_emulator(strict_emulator: SpeechEmulator) -> SpeechEmulator:
    """A client that loses audio is found out."""
    return strict_emulator


async def counted(emulator: SpeechEmulator) -> tuple[Outcome, dict[str, int]]:
    """A meeting that nothing happens to, and how many messages of each side its connection had."""
    emulator.script(SAID)
    outcome = await Meeting(emulator).held()
    (entry,) = emulator.log()["requests"]
    return outcome, {"client": entry["received"], "service": entry["sent"]}


def connections(emulator: SpeechEmulator) -> int:
    """How many there were."""
    return sum(entry["operation"] == "realtime" for entry in emulator.log()["requests"])


def check(found: Outcome, whole: Outcome) -> list[str]:
    """What is wrong with a meeting that was cut."""
    wrong = []
    events = [as_told(event.phrase) for event in found.events if isinstance(event, Transcribed)]
    if found.told != whole.told:
        wrong.append(f"the transcript is {found.told}")
    if events != whole.told:
        wrong.append(f"the events are {events}")
    kinds = [type(event) for event in found.events if isinstance(event, SessionStarted | SessionStopped | Canceled)]
    if kinds != [SessionStarted, Canceled, SessionStopped]:
        wrong.append(f"the session's events are {kinds}")
    return wrong


@pytest.mark.parametrize("direction", ["client", "service"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_cut_at_every_message(speech_emulator: SpeechEmulator, direction: str, when: str) -> None:
    """Every phrase once, none lost, offsets as they are, wherever the first connection breaks, with and without a close
    frame in turn."""
    whole, messages = await counted(speech_emulator)
    assert len(whole.told) == len(SAID)
    wrong: list[str] = []
    for at in range(1, messages[direction] + 1):
        speech_emulator.reset()
        speech_emulator.script(SAID)
        close = 1001 if at % 2 else None
        speech_emulator.fault("realtime", "ws_drop", at=at, direction=direction, when=when, close=close)
        found = await Meeting(speech_emulator).held()
        wrong += [f"{direction} {at} {when}: {problem}" for problem in check(found, whole)]
        # After the last message of either side everything was said: nobody comes back.
        is_over = when == "after" and at == messages[direction]
        if connections(speech_emulator) != 2 and not is_over:
            wrong.append(f"{direction} {at} {when}: {connections(speech_emulator)} connections")
    assert wrong == []


@pytest.mark.parametrize("every", [4, 5, 7])
async def test_cut_again_and_again(speech_emulator: SpeechEmulator, every: int) -> None:
    """Each connection breaks after a few messages of the service; phrases come in between, so it goes on."""
    whole, _ = await counted(speech_emulator)
    speech_emulator.reset()
    speech_emulator.script(SAID)
    speech_emulator.fault("realtime", "ws_drop", at=every, times=4)
    assert check(await Meeting(speech_emulator).held(), whole) == []
    assert connections(speech_emulator) > 2


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "ws_garbage", "at": 4},
        {"kind": "ws_duplicate", "at": 4},
        {"kind": "ws_swap", "at": 3},
        {"kind": "ws_swap", "at": 5},
        {"kind": "ws_throttled", "at": 5},
        {"kind": "ws_delay", "at": 3, "seconds": 0.05},
        {"kind": "turn_ended", "every_seconds": 2.0},
        {"kind": "turn_ended", "every_seconds": 0.1, "times": 3},
        {"kind": "status", "status": 429, "retry_after": 7},
        {"kind": "status", "status": 503},
    ],
    ids=str,
)
async def test_bad_days(speech_emulator: SpeechEmulator, fault: dict[str, Any]) -> None:
    """Noise, duplicates, a wrong order, throttling, turns that end: the same meeting."""
    whole, _ = await counted(speech_emulator)
    speech_emulator.reset()
    speech_emulator.script(SAID)
    speech_emulator.fault("realtime", **fault)
    found = await Meeting(speech_emulator).held()
    assert found.told == whole.told
    if fault.get("retry_after"):
        assert 7.0 in found.runtime.slept


async def test_together_they_are_no_worse(speech_emulator: SpeechEmulator) -> None:
    """Twenty meetings at once, each cut once."""
    whole, _ = await counted(speech_emulator)
    speech_emulator.reset()
    speech_emulator.script(SAID)
    speech_emulator.fault("realtime", "ws_drop", at=6, times=20)
    found = await asyncio.gather(*(Meeting(speech_emulator).held() for _ in range(20)))
    assert [check(one, whole) for one in found] == [[]] * 20
