"""Uploads of the official SDKs, recorded at the gateway and replayed: to the SDKs, and to the gateway.

Record anew: pytest --record-mode=rewrite -n 0 tests/gateway/test_upload_cassettes.py

The service that they were made for is no more: they show what its clients say, and what the gateway answers.
"""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from remote_meeting_backends import SystemRuntime
from remote_meeting_backends.frame_cassettes import FrameCassette
from remote_meeting_backends.testing import play_frames
from support import meeting_peers, rest_clients, sdk_peers
from support.parts import need
from support.recorded_clients import RecordedClient
from support.scrubbing import MASK
from support.upload_lines import eightfold
from support.upload_scenarios import MEETING, SAID, SCENARIOS, Scenario, make_wav, recorded, scripted_gateway

pytestmark = pytest.mark.anyio
KEY = "f00d" * 8
TICK_BYTES = 16 / 625


@pytest.fixture(scope="module")
def wav(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The audio that is sent."""
    return make_wav(tmp_path_factory.mktemp("audio"))


def cassette_of(scenario: Scenario) -> FrameCassette:
    """What was recorded."""
    return FrameCassette.load(scenario.path)


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_sdk_says_what_it_said(name: str, wav: Path, tmp_path: Path, record_mode: str) -> None:
    """And hears what it heard: each phrase once with its time and its speaker, and then that this was all."""
    scenario = SCENARIOS[name]
    if scenario.client == "javascript":
        need(sdk_peers.javascript_modules(), sdk_peers.PACKAGE, f"npm install -g {sdk_peers.PACKAGE}@1.52.0")
    if record_mode == "none":
        with play_frames(scenario.path) as player:
            events = scenario.upload(player.url, KEY, wav)
    else:
        with recorded(scenario, tmp_path, scenario.path) as (url, key):
            events = scenario.upload(url, key, wav)
    assert meeting_peers.phrases(events) == (SAID if scenario.is_live else [])
    assert meeting_peers.ends(events) == [("canceled", "EndOfStream"), ("stopped", "")]


@pytest.mark.parametrize("name", SCENARIOS)
async def test_the_gateway_answers_what_it_answered(name: str, wav: Path, tmp_path: Path) -> None:
    """To the same messages, to the letter but for the hypotheses; and the meeting is there by its id."""
    with wave.open(str(wav)) as file:
        pcm = eightfold(file.readframes(file.getnframes()))
    places = [round((offset + duration) * TICK_BYTES) for offset, duration, _, _ in SAID]
    client = RecordedClient(cassette_of(SCENARIOS[name]), pcm, places, SystemRuntime().new_id)
    with scripted_gateway(tmp_path) as (url, key):
        await client.speak(f"ws{url.removeprefix('http')}", key)
        seen, body = rest_clients.csharp(url, key).wait(MEETING)
    assert (seen[-1], rest_clients.items(body)) == (2, SAID)


@pytest.mark.parametrize("name", SCENARIOS)
def test_where_a_cassette_comes_from(name: str) -> None:
    """From the gateway, from that SDK, cut where it says so, without a key."""
    scenario = SCENARIOS[name]
    cassette = cassette_of(scenario)
    assert cassette.recorded.source == "gateway"
    assert cassette.recorded.faults == ("injected" if scenario.is_cut else "none")
    assert {"native": "azure-cognitiveservices-speech", "javascript": sdk_peers.PACKAGE}[
        scenario.client
    ] in cassette.recorded.client
    assert len(cassette.connections) == (2 if scenario.is_cut else 1)
    for talk in cassette.connections:
        assert talk.request.headers["ocp-apim-subscription-key"] == MASK
        assert talk.request.query.get("Ocp-Apim-Subscription-Key") == (
            MASK if scenario.client == "javascript" else None
        )
