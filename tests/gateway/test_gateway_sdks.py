"""Unmodified apps at `remote-meeting serve`: the official SDKs upload, the clients of C# and Java fetch and delete.

Each SDK runs in a process of its own, the gateway in another; nothing of either is replaced.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from remote_meeting.gateway.callers import hash_of
from remote_meeting_backends import SystemRuntime, Transcript
from remote_meeting_backends.store import MeetingKey, MeetingStore
from remote_meeting_backends.testing import SpeechEmulator
from support import meeting_peers, rest_clients, sdk_peers
from support.cutter import cutting
from support.gateways import COMPLETED, DELETED, UPLOADING, Gateway, running_gateway
from support.meeting_peers import ASYNC, LIVE, PATH, Plan
from support.parts import need, shared_audio
from support.upload_scenarios import SAID, SCRIPT, make_wav

Peer = Callable[[Plan], list[dict[str, Any]]]
KEY = "5ca1ab1e" * 4
WELL = [("canceled", "EndOfStream"), ("stopped", "")]
# A voice signature, as apps keep it.
VOICE = '{"Version":0,"Tag":"none","Data":"none"}'


@pytest.fixture(params=["native", "javascript"])
def peer(request: pytest.FixtureRequest) -> Peer:
    """One of the SDKs."""
    if request.param == "javascript":
        need(sdk_peers.javascript_modules(), sdk_peers.PACKAGE, f"npm install -g {sdk_peers.PACKAGE}@1.52.0")
    found: Peer = getattr(meeting_peers, request.param)
    return found


@pytest.fixture
def emulator(speech_emulator: SpeechEmulator) -> SpeechEmulator:
    """It says the script."""
    speech_emulator.script(SCRIPT)
    return speech_emulator


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """Audio as long as the script."""
    return make_wav(tmp_path)


def behind(emulator: SpeechEmulator) -> tuple[str, ...]:
    """The options of a gateway in front of an emulator."""
    upstream = f"ws{emulator.url.removeprefix('http')}"
    return ("--backend", "realtime", "--async-backend", "fast", "--upstream", upstream)


def url_of(gateway: Gateway) -> str:
    """What an app writes in the place of the retired service's."""
    return f"ws{gateway.url.removeprefix('http')}{PATH}"


def notes_of(gateway: Gateway, key: str, meeting_id: str) -> str:
    """What the stored transcript says of how it was made."""
    store = MeetingStore(str(gateway.store), SystemRuntime())
    raw = store.transcript(MeetingKey(store.owner_of(key), meeting_id))
    store.close()
    assert raw is not None
    return " ".join(Transcript.model_validate_json(raw).notes)


@pytest.mark.parametrize("upstream", ["local", "emulator"])
def test_two_people_are_heard(upstream: str, peer: Peer, speech_emulator: SpeechEmulator, tmp_path: Path) -> None:
    """Real speech of two, on all eight channels: live and by id each has a name, and no log has the key."""
    wav = str(shared_audio("katiesteve_mono.wav"))
    key = KEY if upstream == "local" else speech_emulator.key
    options = ("--async-backend", "local") if upstream == "local" else behind(speech_emulator)
    with running_gateway(tmp_path, *options, "--log-format", "text") as gateway:
        csharp, java = rest_clients.csharp(gateway.url, key), rest_clients.java(gateway.url, key)
        plans = [Plan(url_of(gateway), key, f"review {mode}", wav, mode) for mode in (LIVE, ASYNC)]
        with ThreadPoolExecutor(2) as pool:
            live, later = pool.map(peer, plans)
        said = meeting_peers.phrases(live)
        assert {speaker for _, _, _, speaker in said} == {"Guest-1", "Guest-2"}
        assert (meeting_peers.ends(live), meeting_peers.ends(later)) == (WELL, WELL)
        assert meeting_peers.phrases(later) == []
        assert rest_clients.items(csharp.wait(plans[0].meeting_id)[1]) == said
        seen, body = java.wait(plans[1].meeting_id)
        assert (seen, seen[-1]) == (sorted(seen), COMPLETED)
        assert {speaker for _, _, _, speaker in rest_clients.items(body)} == {"Guest-1", "Guest-2"}
        assert rest_clients.csharp(gateway.url, "another key").get(plans[0].meeting_id).status_code == 404
        for client, plan in ((csharp, plans[1]), (java, plans[0])):
            assert client.delete(plan.meeting_id) == 200
            assert client.get(plan.meeting_id).json()["processingStatus"] == DELETED
        assert gateway.terminate() == 0
    assert gateway.tracebacks == []
    assert not [line for line in gateway.lines if key in line]


def test_who_comes_and_who_goes(peer: Peer, emulator: SpeechEmulator, wav: Path, tmp_path: Path) -> None:
    """Participants join and leave while audio streams; each SDK has its own words for it, and both are understood."""
    steps = (("audio", 2.0), ("hear", 1), ("join", "late@example.com"), ("audio", 2.0), ("leave", "katie@example.com"))
    with running_gateway(tmp_path, *behind(emulator)) as gateway:
        two = ("katie@example.com", "steve@example.com")
        plan = Plan(url_of(gateway), emulator.key, "m-1", str(wav), participants=two, voice=VOICE, steps=steps)
        events = peer(plan)
        assert (meeting_peers.phrases(events), meeting_peers.ends(events)) == (SAID, WELL)
        assert rest_clients.items(rest_clients.java(gateway.url, emulator.key).wait("m-1")[1]) == SAID
        assert "Voice signatures were given" in notes_of(gateway, emulator.key, "m-1")


def test_with_a_token(peer: Peer, emulator: SpeechEmulator, wav: Path, tmp_path: Path) -> None:
    """It is passed on as a key is; the meeting is its own, and not that of the key behind it."""
    token = emulator.token()
    with running_gateway(tmp_path, *behind(emulator), "--log-format", "text") as gateway:
        events = peer(Plan(url_of(gateway), "", "m-1", str(wav), token=token))
        assert (meeting_peers.phrases(events), meeting_peers.ends(events)) == (SAID, WELL)
        assert rest_clients.items(rest_clients.csharp(gateway.url, token=token).wait("m-1")[1]) == SAID
        assert rest_clients.csharp(gateway.url, emulator.key).get("m-1").status_code == 404
    assert not [line for line in gateway.lines if token in line]


def test_an_app_that_stops(peer: Peer, strict_emulator: SpeechEmulator, wav: Path, tmp_path: Path) -> None:
    """Its stream stays open: what was said until then is the meeting, live and by its id."""
    strict_emulator.script(SCRIPT)
    key = strict_emulator.key
    steps = (("audio", 4.0), ("hear", 2), ("stop", None))
    with running_gateway(tmp_path, *behind(strict_emulator)) as gateway:
        events = peer(Plan(url_of(gateway), key, "m-1", str(wav), steps=steps))
        assert (meeting_peers.phrases(events), meeting_peers.ends(events)) == (SAID[:2], [("stopped", "")])
        assert rest_clients.items(rest_clients.java(gateway.url, key).wait("m-1")[1]) == SAID[:2]


@pytest.mark.parametrize("mode", [LIVE, ASYNC])
def test_cut_off_behind_its_last_word(
    peer: Peer, emulator: SpeechEmulator, wav: Path, tmp_path: Path, mode: str
) -> None:
    """All was sent, and the connection ends before the turn does: the app comes back, and is told that this was all."""
    with (
        running_gateway(tmp_path, *behind(emulator)) as gateway,
        cutting(f"ws{gateway.url.removeprefix('http')}", "turn.end", is_told=False) as (url, cutter),
    ):
        events = peer(Plan(url + PATH, emulator.key, "m-1", str(wav), mode))
        assert cutter.connections == 2
        assert (meeting_peers.phrases(events), meeting_peers.ends(events)) == (SAID if mode == LIVE else [], WELL)
        assert rest_clients.items(rest_clients.csharp(gateway.url, emulator.key).wait("m-1")[1]) == SAID


def test_an_app_is_told_why(peer: Peer, emulator: SpeechEmulator, wav: Path, tmp_path: Path) -> None:
    """In its own `canceled` event: whoever reads the error knows what to do."""
    with running_gateway(tmp_path, *behind(emulator)) as gateway:
        plan = Plan(url_of(gateway), emulator.key, "m-1", str(wav))
        assert meeting_peers.phrases(peer(plan)) == SAID
        rest_clients.csharp(gateway.url, emulator.key).wait("m-1")
        (canceled,) = [event for event in peer(plan) if event["event"] == "canceled"]
    assert canceled["reason"] == "Error"
    assert "Meeting 'm-1' has had its end: choose another id." in canceled["details"]


def test_a_key_that_is_not_listed(peer: Peer, emulator: SpeechEmulator, wav: Path, tmp_path: Path) -> None:
    """Is refused at the door, as the retired service did, and nothing of the meeting is kept."""
    keys = tmp_path / "keys"
    keys.write_text(f"another-app {hash_of('a key of another app')}\n")
    keys.chmod(0o600)
    with running_gateway(tmp_path, *behind(emulator), "--api-keys", str(keys)) as gateway:
        plan = Plan(url_of(gateway), KEY, "m-1", str(wav))
        (canceled,) = [event for event in peer(plan) if event["event"] == "canceled"]
        assert rest_clients.java(gateway.url, KEY).get("m-1").status_code == 401
    assert canceled["reason"] == "Error"
    assert "401" in canceled["details"]
    assert KEY not in "".join(gateway.lines)


def test_nothing_is_hidden_while_it_is_spoken(peer: Peer, emulator: SpeechEmulator, wav: Path, tmp_path: Path) -> None:
    """A poll beside the upload sees the meeting from its first phrase on."""
    with running_gateway(tmp_path, *behind(emulator)) as gateway, ThreadPoolExecutor(1) as pool:
        plan = Plan(url_of(gateway), emulator.key, "m-1", str(wav), hastens=False)
        running = pool.submit(peer, plan)
        java = rest_clients.java(gateway.url, emulator.key)
        while java.get("m-1").status_code == 404:
            assert not running.done()
        seen, body = java.wait("m-1")
        assert seen[0] == UPLOADING
        assert (rest_clients.items(body), meeting_peers.phrases(running.result())) == (SAID, SAID)
