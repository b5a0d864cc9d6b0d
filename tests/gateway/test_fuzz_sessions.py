"""A few hundred broken sessions, as tests/load/fuzz.py sends a hundred thousand: the gateway stays up and quiet."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest

from remote_meeting_backends.testing import running_emulator
from support.gateways import COMPLETED, Gateway, running_gateway
from support.mutations import Mutator
from support.uploader import Uploader
from support.wire import Ended, converse

pytestmark = pytest.mark.anyio

GOOD_KEY, BROKEN_KEY = "600d" * 8, "bad0" * 8
SAID = ({"speaker": 1, "text": "All is well.", "offset_seconds": 0.02, "duration_seconds": 0.03},)
SESSIONS, AT_ONCE = 400, 16
PATIENCE_SECONDS = 0.5
GOOD_PATIENCE_SECONDS = 60.0
# What the gateway may close with; 1000 and 1005 answer an app that has said the same.
CODES = {0, 1000, 1002, 1005, 1006, 1007, 1008, 1009, 4000}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """With scripted services behind it, live and async."""
    with running_emulator(keys=(GOOD_KEY, BROKEN_KEY)) as emulator:
        emulator.script(SAID)
        services = ("--upstream", emulator.realtime_url, "--backend", "realtime", "--async-backend", "fast")
        with running_gateway(tmp_path_factory.mktemp("gateway"), *services, "--idle-seconds", "2") as running:
            yield running


@pytest.mark.parametrize("seed", [6, 7])
async def test_broken_sessions_break_nothing(gateway: Gateway, seed: int) -> None:
    """Each is answered, or left; none is answered with a defect, and a good one among them has its turn."""
    mutator = Mutator(seed, BROKEN_KEY, f"fuzz {seed}")
    sessions = iter([mutator.broken() if number % 10 else mutator.good() for number in range(SESSIONS)])
    found: list[tuple[bool, Ended]] = []

    async def visit() -> None:
        for one in sessions:
            patience = GOOD_PATIENCE_SECONDS if one.is_good else PATIENCE_SECONDS * (len(found) % 2)
            found.append((one.is_good, await converse(gateway.port, one.request, one.stream, patience)))

    await asyncio.gather(*(visit() for _ in range(AT_ONCE)))
    codes = Counter(ended.code for _, ended in found)
    assert set(codes) <= CODES
    # It is no fuzzing when nothing is refused, or everything is.
    assert codes[1007] > SESSIONS // 20
    assert sum(ended.messages > 1 for is_good, ended in found if is_good) > SESSIONS // 20
    meeting_id = f"good {seed}"
    async with Uploader(gateway.url, GOOD_KEY, meeting_id, channels=1) as app:
        await app.upload(bytes(range(256)) * 25)
        assert [phrase.text for phrase in app.phrases] == [SAID[0]["text"]]
    assert gateway.finished(meeting_id, GOOD_KEY).json()["processingStatus"] == COMPLETED
    assert gateway.is_healthy()
    assert gateway.tracebacks == []
