"""The emulator's own controls: over HTTP for other processes, and as a fixture for Python."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from remote_meeting_backends import Connection, InvalidInput, ManualRuntime, Transcript
from remote_meeting_backends.emulator import EMULATOR_KEY, Progression, create_app
from remote_meeting_backends.emulator.scripts import parse_script
from remote_meeting_backends.testing import SpeechEmulator, running_emulator
from support.emulated import SAID, Api
from support.scripted import transcript_of

FAILED = {"code": "InvalidUri", "message": "no"}


def control(emulator: SpeechEmulator, method: str, verb: str, **options: Any) -> httpx.Response:
    """A call under `/_emulator/`, without a key."""
    with httpx.Client(verify=False) as client:
        return client.request(method, f"{emulator.url}/_emulator/{verb}", **options)


def test_everything_over_http(speech_emulator: SpeechEmulator) -> None:
    """As the fixture does it, for test suites in other languages."""
    assert control(speech_emulator, "PUT", "script", json={"phrases": list(SAID)}).status_code == 204
    assert control(speech_emulator, "PUT", "progression", json={"mode": "polls:2"}).status_code == 204
    assert control(speech_emulator, "PUT", "page-size", json={"size": 1}).status_code == 204
    put = control(speech_emulator, "PUT", "audio/a b.wav", content=b"0123456789")
    assert put.status_code == 201
    assert control(speech_emulator, "GET", "audio/a%20b.wav").content == b"0123456789"
    ranged = control(speech_emulator, "GET", "audio/a%20b.wav", headers={"range": "bytes=2-4"})
    assert (ranged.status_code, ranged.content) == (206, b"234")
    assert control(speech_emulator, "HEAD", "audio/a%20b.wav").headers["content-length"] == "10"
    with Api(speech_emulator) as api:
        job = api.submit(contentUrls=[put.json()["url"]])
        assert [api.status(job) for _ in range(2)] == ["NotStarted", "Succeeded"]
        assert len(api.get(job["links"]["files"]).json()["values"]) == 1
        seeded = control(speech_emulator, "POST", "seed", json={"transcriptions": [{"displayName": "old"}]})
        assert (seeded.status_code, len(seeded.json()["ids"])) == (201, 1)
        told = control(speech_emulator, "GET", "log").json()
        assert (told["submitted"], told["transcribed"], told["deleted"]) == (1, 1, 0)
        assert [one["operation"] for one in told["requests"]] == ["submit", "get", "get", "files"]
        assert control(speech_emulator, "POST", "reset").status_code == 204
        assert api.get(job["self"]).status_code == 404
    assert control(speech_emulator, "GET", "audio/a%20b.wav").status_code == 404
    assert control(speech_emulator, "DELETE", "script").status_code == 204


@pytest.mark.parametrize(
    ("method", "verb", "body"),
    [
        ("PUT", "progression", {"mode": "polls:0"}),
        ("PUT", "progression", {"mode": "seconds:-1"}),
        ("PUT", "progression", {"mode": "seconds:nan"}),
        ("PUT", "progression", {"mode": "later"}),
        ("PUT", "progression", {}),
        ("PUT", "progression", []),
        ("PUT", "page-size", {"size": 0}),
        ("PUT", "page-size", {"size": "many"}),
        ("PUT", "script", {"phrases": [{"speaker": 1}]}),
        ("PUT", "script", {"phrases": [{"text": "x", "offset": 1}]}),
        ("PUT", "script", []),
        ("POST", "seed", {"transcriptions": [{"status": "Cancelled"}]}),
        ("POST", "seed", {"transcriptions": [{"name": "x"}]}),
        ("POST", "seed", {"transcriptions": [{"properties": {"timeToLiveHours": 1}}]}),
        ("POST", "seed", {}),
        ("PUT", "audio/a%2Fb", None),
        ("PUT", "audio/..", None),
        ("PUT", "audio/", None),
        ("POST", "faults", None),
    ],
    ids=str,
)
def test_what_the_controls_refuse(speech_emulator: SpeechEmulator, method: str, verb: str, body: Any) -> None:
    """400 with a sentence: a control that does nothing in silence spoils the test that relies on it."""
    answer = control(speech_emulator, method, verb, **({} if body is None else {"json": body}))
    assert answer.status_code in (400, 404)
    assert answer.json()["message"]


@pytest.mark.parametrize(
    ("client", "status"), [("127.0.0.1", 200), ("::1", 200), ("::ffff:127.0.0.1", 200), ("192.0.2.1", 403)]
)
@pytest.mark.anyio
async def test_only_this_machine_controls_it(client: str, status: int) -> None:
    """Whatever address it listens on."""
    app = create_app()
    inside = httpx.ASGITransport(app, client=(client, 1))
    async with httpx.AsyncClient(transport=inside, base_url="http://emulator", verify=False) as caller:
        assert (await caller.get("/_emulator/log")).status_code == status
    await app.state.emulator.aclose()


def test_the_fixture_begins_as_new(speech_emulator: SpeechEmulator) -> None:
    """With all that a backend needs to come here."""
    assert speech_emulator.log() == {"requests": [], "submitted": 0, "transcribed": 0, "deleted": 0}
    connection = speech_emulator.connection(language="en-US")
    assert connection == Connection(key=EMULATOR_KEY, endpoint=speech_emulator.url, language="en-US")
    token = speech_emulator.connection(key=None, token=speech_emulator.token())
    with httpx.Client(verify=False, headers=token.headers) as client:
        url = f"{speech_emulator.url}/speechtotext/transcriptions?api-version=2025-10-15"
        assert client.get(url).status_code == 200
    with pytest.raises(InvalidInput, match="no progression"):
        speech_emulator.progression("soon")


def test_a_reset_goes_back_to_the_settings() -> None:
    """Script, progression and page size are those it was started with."""
    script = parse_script(json.dumps({"phrases": list(SAID)}))
    with running_emulator(script=script, progression="polls:2", page_size=7) as emulator, Api(emulator) as api:
        emulator.script([])
        emulator.progression("immediate")
        emulator.reset()
        job = api.submit()
        assert [api.status(job) for _ in range(2)] == ["NotStarted", "Succeeded"]
        assert len(api.contents(job)["contenturl_0.json"]["recognizedPhrases"]) == 2


def test_its_clock_can_be_one_s_own() -> None:
    """The runtime that it was given is at hand."""
    clock = ManualRuntime()
    with running_emulator(runtime=clock) as emulator:
        assert emulator.runtime is clock


def test_a_transcript_of_ours_is_a_script(speech_emulator: SpeechEmulator) -> None:
    """Labels become numbers again; Unknown has none."""
    transcript = transcript_of("m-1", ("hello", "good morning"))
    speech_emulator.script(transcript)
    with Api(speech_emulator) as api:
        answer = api.transcribe({"diarization": {"enabled": True}})
        assert [phrase["text"] for phrase in answer.json()["phrases"]] == ["hello", "good morning"]
        assert {phrase["speaker"] for phrase in answer.json()["phrases"]} <= {1, 2}


def test_what_the_command_line_prints_is_a_script() -> None:
    """`result --format json` adds two fields to a transcript."""
    transcript = Transcript(meeting_id="m", backend="local")
    printed = {**transcript.model_dump(mode="json"), "status": "Completed", "speakers": []}
    assert parse_script(json.dumps(printed)) == transcript


@pytest.mark.parametrize("text", ["immediate", "polls:3", "seconds:0.5", "seconds:86400"])
def test_a_progression_is_written_as_it_is_read(text: str) -> None:
    """Round trip."""
    assert str(Progression.parse(text)) == text


def test_seeded_jobs_stand_there(speech_emulator: SpeechEmulator) -> None:
    """In any state, with their results where they have some; an unfinished one stays so."""
    speech_emulator.seed(
        {"displayName": "done", "phrases": list(SAID), "createdDateTime": "2026-01-01T00:00:00Z"},
        {"displayName": "failed", "status": "Failed", "error": FAILED},
        {"displayName": "running", "status": "Running", "customProperties": {"id": "m-1"}},
    )
    with Api(speech_emulator) as api:
        jobs = {job["displayName"]: job for job in api.get("transcriptions").json()["values"]}
        assert [jobs[name]["status"] for name in ("done", "failed", "running")] == ["Succeeded", "Failed", "Running"]
        assert jobs["failed"]["properties"]["error"] == FAILED
        assert list(api.contents(jobs["failed"])) == ["report.json"]
        phrases = api.contents(jobs["done"])["contenturl_0.json"]["recognizedPhrases"]
        assert [phrase["speaker"] for phrase in phrases] == [1, 2]
        assert {api.status(jobs["running"]) for _ in range(3)} == {"Running"}
        assert api.files(jobs["running"]) == []
        old = api.get("transcriptions", filter="createdDateTime lt 2026-01-02T00:00:00Z").json()["values"]
        assert [job["displayName"] for job in old] == ["done"]
