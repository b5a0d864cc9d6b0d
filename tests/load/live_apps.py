"""Apps that hold meetings in real time with a gateway that dies under them: our own client, and the native SDK's."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from websockets.exceptions import WebSocketException

from load.placed_audio import BLOCK_SECONDS, array_block
from support.uploader import Broken, Uploader, address

TESTS = Path(__file__).parents[1]
PAUSE_SECONDS = 0.25
# After these no app comes again.
FINAL_CODES = frozenset({1002, 1003, 1007, 4000})
Phrase = tuple[int, int, str, str]


@dataclass
class Outcome:
    """A meeting as its app saw it.

    Args:
        meeting_id: The meeting's.
        number: Its number in the audio.
        blocks: How long it is.
        app: Which kind of app held it.
        told: Phrases: offset, duration, text, speaker; in the order in which they were told.
        connections: How many it took (transcribers, for the native SDK, which counts connections for itself).
        gave_up: How often the SDK gave up, and the app began anew.
        end: `ended`; `ended unseen` where the meeting was over before its app had heard so; or why it was given up.
    """

    meeting_id: str
    number: int
    blocks: int
    app: str
    told: list[Phrase] = field(default_factory=list)
    connections: int = 0
    gave_up: int = 0
    end: str = ""


async def hold(outcome: Outcome, url: str, key: str, *, continues: bool, is_over: Callable[[], bool]) -> None:
    """A meeting of our own client's, that comes back whenever its connection breaks.

    Args:
        outcome: What meeting; filled in.
        url: Of the gateway.
        key: The app's.
        continues: With reliable reconnect.
        is_over: True when meetings should come to their end.
    """
    app = Uploader(url, key, outcome.meeting_id, continues=continues)
    began = time.monotonic()
    try:
        await _back(app)
        number = 0
        while number < outcome.blocks and not is_over():
            await asyncio.sleep(max(0.0, began + number * BLOCK_SECONDS - time.monotonic()))
            await _surely(app, partial(app.send, array_block(outcome.number, number)))
            number += 1
        outcome.blocks = number
        await _surely(app, app.end)
        while not app.is_finished:
            await _surely(app, app.finished)
        outcome.end = "ended"
    except Broken as broken:
        is_done = app.sent_ticks and "choose another id" in broken.reason
        outcome.end = "ended unseen" if is_done else str(broken)
    except TimeoutError:
        outcome.end = "hung: nothing came for a minute"
    finally:
        outcome.told, outcome.connections = app.told, app.connections
        await app.aclose()


async def _surely(app: Uploader, act: Callable[[], Any]) -> None:
    """Do something, over as many connections as it takes. Raises Broken for an end that is final."""
    try:
        await act()
    except Broken as broken:
        await _back(app, broken)


async def _back(app: Uploader, broken: Broken | None = None) -> None:
    while True:
        if broken is not None and broken.code in FINAL_CODES:
            raise broken
        try:
            await app.come_back()
            await app.resume()
        except Broken as again:
            broken = again
        except (OSError, TimeoutError, EOFError, WebSocketException):
            broken = None
        else:
            return
        await asyncio.sleep(PAUSE_SECONDS)


async def hold_native(outcome: Outcome, url: str, key: str) -> None:
    """A meeting of the official native SDK's, in a process of its own."""
    arguments = json.dumps([address(url).partition("?")[0], key, outcome.meeting_id, outcome.number, outcome.blocks])
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "load.native_app", arguments, cwd=TESTS, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            if not line.startswith(b"{"):
                sys.stderr.buffer.write(line)
                continue
            event = json.loads(line)
            match event.pop("event"):
                case "transcribed":
                    outcome.told.append((event["offset"], event["duration"], event["text"], event["speaker"]))
                case "started":
                    outcome.connections += 1
                case "canceled" if event["reason"] != "EndOfStream":
                    outcome.gave_up += 1
                    outcome.end = f"{event['reason']}: {event['details']}"[:200]
                case "ended":
                    outcome.end = "ended" if "choose another id" not in outcome.end else "ended unseen"
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def length_of(randomness: random.Random) -> int:
    """How long a meeting is, in blocks."""
    return randomness.randrange(150, 600)
