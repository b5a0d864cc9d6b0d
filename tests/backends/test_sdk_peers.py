"""The official Speech SDKs against the emulator: they hear what our client hears, and come to a clean end."""

from __future__ import annotations

import concurrent.futures
import wave
from pathlib import Path
from typing import Any

import pytest

from remote_meeting_backends.testing import SpeechEmulator, running_emulator
from support import sdk_peers
from support.live import PCM, SAID, Meeting
from support.sound import save, speech

pytestmark = pytest.mark.anyio
KATIE_AND_STEVE = Path(__file__).parents[3] / "shared" / "audio" / "katiesteve_mono.wav"
PEERS = {
    "native": sdk_peers.native,
    "javascript": pytest.param(
        sdk_peers.javascript,
        marks=pytest.mark.skipif(
            sdk_peers.javascript_modules() is None,
            reason=f"npm install -g {sdk_peers.PACKAGE}@1.52.0, or name its folder in NODE_PATH",
        ),
    ),
}


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """The scripted meeting's audio as a file."""
    with wave.open(str(tmp_path / "meeting.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(PCM)
    return tmp_path / "meeting.wav"


def ends(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """How a session ended."""
    return [(e["event"], e.get("reason", "")) for e in events if e["event"] != "transcribed"]


@pytest.mark.parametrize("peer", PEERS.values(), ids=PEERS)
@pytest.mark.parametrize("fault", [None, {"kind": "turn_ended", "every_seconds": 2.0}], ids=["plain", "turns"])
async def test_a_script_is_heard_alike(
    speech_emulator: SpeechEmulator, wav: Path, peer: Any, fault: dict[str, Any] | None
) -> None:
    """The same text, speakers and times as our client gets, with and without turns that end; then the end of stream."""
    speech_emulator.script(SAID)
    ours = await Meeting(speech_emulator).held()
    if fault is not None:
        speech_emulator.fault("realtime", **fault)
    events = peer(speech_emulator.realtime_url, speech_emulator.key, wav)
    heard = sdk_peers.phrases(events)
    assert [(text, who) for _, _, text, who in heard] == [(text, who) for _, _, text, who in ours.told]
    # The SDK for JavaScript goes on at a piece of 100 ms after a turn, and counts from where it meant to.
    assert max(abs(theirs[0] - our[0]) for theirs, our in zip(heard, ours.told, strict=True)) <= 1_000_000
    assert ends(events) == [("canceled", "EndOfStream"), ("stopped", "")]


@pytest.fixture(scope="module")
def our_ears() -> dict[str, Any]:
    """What our client was told of real speech: it takes longer to hear than to compare."""
    return {}


@pytest.mark.parametrize("peer", PEERS.values(), ids=PEERS)
async def test_speech_is_heard_alike(
    speech_emulator: SpeechEmulator, tmp_path: Path, peer: Any, our_ears: dict[str, Any]
) -> None:
    """Recognized while it arrives, two voices or more; the official SDKs get our client's text and speakers."""
    audio = KATIE_AND_STEVE if KATIE_AND_STEVE.exists() else save(tmp_path / "talk.wav", speech(20))
    if not our_ears:
        ours = await Meeting(speech_emulator, audio).held()
        our_ears.update(speakers=ours.transcript.speakers, told=[(text, who) for _, _, text, who in ours.told])
    assert len(our_ears["speakers"]) >= 2
    events = peer(speech_emulator.realtime_url, speech_emulator.key, audio)
    assert [(text, who) for _, _, text, who in sdk_peers.phrases(events)] == our_ears["told"]
    assert ends(events) == [("canceled", "EndOfStream"), ("stopped", "")]


@pytest.mark.parametrize("peer", PEERS.values(), ids=PEERS)
def test_a_wrong_key_is_told(speech_emulator: SpeechEmulator, wav: Path, peer: Any) -> None:
    """As an error of the session, by either."""
    events = peer(speech_emulator.realtime_url, "0" * 32, wav)
    assert [reason for event, reason in ends(events) if event == "canceled"] == ["Error"]


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["client", "service"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_the_native_sdk_is_cut_at_every_message(
    speech_emulator: SpeechEmulator, wav: Path, direction: str, when: str
) -> None:
    """The cuts of test_realtime_drops, with the official native SDK; prints how many of them it came through."""
    speech_emulator.script(SAID)
    whole = sdk_peers.phrases(sdk_peers.native(speech_emulator.realtime_url, speech_emulator.key, wav))
    (entry,) = speech_emulator.log()["requests"]
    count = entry["received" if direction == "client" else "sent"]

    def one(at: int) -> tuple[int, list[tuple[int, int, str, str]]]:
        with running_emulator(script_needs_audio=True) as emulator:
            emulator.script(SAID)
            emulator.fault("realtime", "ws_drop", at=at, direction=direction, when=when)
            return at, sdk_peers.phrases(sdk_peers.native(emulator.realtime_url, emulator.key, wav))

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        found = list(pool.map(one, range(1, count + 1)))
    different = [at for at, told in found if told != whole]
    print(f"\nnative SDK, cut {when} each of {count} {direction} messages: {count - len(different)} the same")
    print(f"different at {different}")
    assert len(found) == count
