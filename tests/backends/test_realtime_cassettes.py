"""Recorded sessions of the speech WebSocket protocol, replayed: our client's and the official SDKs'.

Record anew from the emulator: pytest --record-mode=rewrite -n 0 tests/backends/test_realtime_cassettes.py

With SPEECH_KEY and SPEECH_REGION set the same command records from Azure, sending 12 seconds of the bundled sample;
what Azure cannot be told to do is skipped, and its cassettes stay as they are.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from remote_meeting_backends.frame_cassettes import FrameCassette
from remote_meeting_backends.testing import play_frames
from support import sdk_peers
from support.frame_scenarios import SAID, SCENARIOS, Scenario, Told, make_wav, recorded, spoken_to
from support.parts import need
from support.speech_cassettes import ACCOUNT, NotRecorded

# The SDK for JavaScript goes on at a piece of 100 ms after a turn, and counts from where it meant to.
NEAR_TICKS = 1_000_000
KEY = "f00d" * 8


@pytest.fixture(scope="module")
def wav(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The audio that is sent."""
    return make_wav(tmp_path_factory.mktemp("audio"))


def check(scenario: Scenario, told: Told | str, source: str) -> None:
    """What a client must have been told: where the emulator spoke, its script to the letter."""
    if scenario.ends is not None:
        assert told == scenario.ends
        return
    assert told
    assert not isinstance(told, str)
    if source != "emulator":
        return
    assert [phrase[1:] for phrase in told] == [phrase[1:] for phrase in SAID]
    near = NEAR_TICKS if scenario.client == "javascript" else 0
    assert max(abs(one[0] - other[0]) for one, other in zip(told, SAID, strict=True)) <= near


@pytest.mark.parametrize("name", SCENARIOS)
def test_as_it_was_recorded(name: str, wav: Path, record_mode: str) -> None:
    """A client says what it said, and hears what it heard; the cassette names who that was."""
    scenario = SCENARIOS[name]
    if scenario.client == "javascript":
        need(sdk_peers.javascript_modules(), sdk_peers.PACKAGE, f"npm install -g {sdk_peers.PACKAGE}@1.52.0")
    if record_mode == "none":
        cassette = FrameCassette.load(scenario.path)
        with play_frames(scenario.path) as player:
            told = spoken_to(scenario, player.url, KEY, wav)
    else:
        try:
            with recorded(scenario, ACCOUNT, scenario.path) as (url, key, runtime):
                told = spoken_to(scenario, url, key, wav, runtime)
        except NotRecorded as reason:
            # What Azure cannot show keeps its cassette: only ever while recording, never in a replay.
            pytest.skip(str(reason))
        cassette = FrameCassette.load(scenario.path)
    check(scenario, told, cassette.recorded.source)
    assert cassette.recorded.faults == ("none" if scenario.fault is None else "injected")
