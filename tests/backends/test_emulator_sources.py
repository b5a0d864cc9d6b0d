"""Where a job's audio comes from and its results go: URLs, containers, and the files that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
from starlette.responses import Response

from remote_meeting_backends.emulator.fetching import container_parts
from remote_meeting_backends.testing import SpeechEmulator, running_emulator
from support.emulated import SAID, Api
from support.faults import Script
from support.servers import serving
from support.sound import pcm16, silence, speech, tone, wav_bytes

if TYPE_CHECKING:
    from support.azurite import Azurite

pytest_plugins = ("support.azurite",)
DIARIZED = {"diarization": {"enabled": True, "maxSpeakers": 2}}
MONO = wav_bytes(pcm16(tone(2)))
STEREO = wav_bytes(pcm16(np.stack([tone(2), silence(2)], axis=1).reshape(-1)), channels=2)
DEAD = "http://127.0.0.1:9/a.wav?sig=secret"


@pytest.fixture
def api(speech_emulator: SpeechEmulator) -> Iterator[Api]:
    """A scripted emulator."""
    speech_emulator.script(SAID)
    with Api(speech_emulator) as api:
        yield api


def blob(azurite: Azurite, container: str, name: str, content: bytes) -> None:
    """Put a blob there."""
    url = f"{azurite.url}/{container}/{name}?{azurite.container_sas(container)}"
    answer = httpx.put(url, content=content, headers={"x-ms-blob-type": "BlockBlob"}, verify=False)
    assert answer.status_code == 201, answer.text


def test_a_url_is_fetched(api: Api) -> None:
    """Its length is the recording's own, and the whole URL is the result's source."""
    with serving(Script(Response(MONO))) as url:
        job = api.submit(contentUrls=[f"{url}/a.wav?sv=1&sig=x%2By"])
        assert api.status(job) == "Succeeded"
        result = api.contents(job)["contenturl_0.json"]
    assert (result["source"], result["durationInTicks"]) == (f"{url}/a.wav?sv=1&sig=x%2By", 20_000_000)


@pytest.mark.parametrize("status", [403, 404, 302])
def test_a_url_that_answers_otherwise(api: Api, status: int) -> None:
    """The job of one file fails, with the report saying which and why."""
    with serving(Script(Response(status_code=status, headers={"location": "/other"}))) as url:
        job = api.submit(contentUrls=[f"{url}/a.wav"])
        told = api.get(job["self"]).json()
    assert (told["status"], told["properties"]["error"]["code"]) == ("Failed", "InvalidUri")
    (detail,) = api.contents(job)["report.json"]["details"]
    assert (detail["status"], detail["errorKind"], str(status) in detail["errorMessage"]) == (
        "Failed",
        "InvalidUri",
        True,
    )


def test_one_of_several_that_cannot_be_read(api: Api) -> None:
    """The job Succeeded; only the report says that a file did not. The error does not repeat the SAS."""
    job = api.submit(contentUrls=[DEAD, api.emulator.audio("a.wav", MONO)])
    assert api.status(job) == "Succeeded"
    contents = api.contents(job)
    assert list(contents) == ["contenturl_1.json", "report.json"]
    report = contents["report.json"]
    assert (report["successfulTranscriptionsCount"], report["failedTranscriptionsCount"]) == (1, 1)
    assert [detail["status"] for detail in report["details"]] == ["Failed", "Succeeded"]
    assert "secret" not in report["details"][0]["errorMessage"]


@pytest.mark.parametrize(
    ("audio", "properties", "kind"),
    [
        (STEREO, DIARIZED, "BadChannelConfiguration"),
        (STEREO, {**DIARIZED, "channels": [0]}, "BadChannelConfiguration"),
        (MONO, {"channels": [4]}, None),
        (STEREO, {"channels": [4]}, "InvalidChannelSpecification"),
        (wav_bytes(b""), {}, "EmptyAudioFile"),
        (b"", {}, "EmptyAudioFile"),
    ],
)
def test_audio_that_cannot_be_used(api: Api, audio: bytes, properties: dict[str, Any], kind: str | None) -> None:
    """The job says as little as the service does; the report says what it was."""
    job = api.submit(contentUrls=[api.emulator.audio("a.wav", audio)], properties=properties)
    told = api.get(job["self"]).json()
    assert told["status"] == ("Failed" if kind else "Succeeded")
    if kind:
        assert told["properties"]["error"] == {
            "code": "InvalidData",
            "message": "The recordings URI contains invalid data.",
        }
        assert api.contents(job)["report.json"]["details"][0]["errorKind"] == kind


def test_stereo_without_speakers_is_fine(api: Api) -> None:
    """Both channels are transcribed by default."""
    job = api.submit(contentUrls=[api.emulator.audio("a.wav", STEREO)])
    assert api.status(job) == "Succeeded"


def test_audio_too_long_to_tell_speakers_apart() -> None:
    """LimitExceeded, in the service's words; without diarization it is taken."""
    with running_emulator(diarized_seconds=1.0) as emulator, Api(emulator) as api:
        emulator.script(SAID)
        job = api.submit(contentUrls=[emulator.audio("a.wav", MONO)], properties=DIARIZED)
        assert api.get(job["self"]).json()["properties"]["error"] == {
            "code": "LimitExceeded",
            "message": "The audio length exceeds the limit for diarization. Please shorten the audio.",
        }
        assert api.status(api.submit(contentUrls=[emulator.audio("a.wav", MONO)])) == "Succeeded"


@pytest.mark.parametrize("locale", ["de-DE", "ja-JP"])
def test_a_language_that_cannot_be_heard_needs_a_script(speech_emulator: SpeechEmulator, locale: str) -> None:
    """It is said, and what to do; en-US among the candidates is enough."""
    with Api(speech_emulator) as api:
        url = speech_emulator.audio("a.wav", wav_bytes(pcm16(silence(1))))
        job = api.submit(locale=locale, contentUrls=[url])
        while api.status(job) not in ("Succeeded", "Failed"):
            pass
        assert "script" in api.get(job["self"]).json()["properties"]["error"]["message"]
        identified = {"languageIdentification": {"candidateLocales": [locale, "en-US"]}}
        job = api.submit(locale=locale, contentUrls=[url], properties=identified)
        while api.status(job) not in ("Succeeded", "Failed"):
            pass
        assert api.status(job) == "Succeeded"


def test_a_job_is_really_heard(speech_emulator: SpeechEmulator) -> None:
    """Without a script: words with times; the last poll waits for them."""
    speech_emulator.progression("polls:3")
    with Api(speech_emulator) as api:
        url = speech_emulator.audio("clip.wav", wav_bytes(pcm16(speech(4))))
        job = api.submit(contentUrls=[url], properties={**DIARIZED, "wordLevelTimestampsEnabled": True})
        assert [api.status(job) for _ in range(3)] == ["NotStarted", "Running", "Succeeded"]
        phrase = api.contents(job)["contenturl_0.json"]["recognizedPhrases"][0]
        assert phrase["speaker"] == 1
        assert len(phrase["nBest"][0]["words"]) > 3


def test_a_job_that_is_deleted_is_heard_no_further(speech_emulator: SpeechEmulator) -> None:
    """Its work ends with it; it is never counted as transcribed."""
    with Api(speech_emulator) as api:
        url = speech_emulator.audio("long.wav", wav_bytes(pcm16(np.tile(speech(), 10))))
        job = api.submit(contentUrls=[url])
        while api.status(job) == "NotStarted":
            pass
        assert api.call("DELETE", job["self"]).status_code == 204
        assert api.get(job["self"]).status_code == 404
        assert (speech_emulator.log()["transcribed"], speech_emulator.log()["deleted"]) == (0, 1)


def test_every_blob_of_a_container(api: Api, azurite: Azurite) -> None:
    """Below the prefix that the URL names, in pages; results are called by the blob, and say its path."""
    azurite.create("audio")
    for name in ("daily/a.wav", "daily/b & c.wav", "other.wav"):
        blob(azurite, "audio", name.replace(" ", "%20").replace("&", "%26"), MONO)
    sas = azurite.container_sas("audio", "rl")
    job = api.submit(contentContainerUrl=f"{azurite.url}/audio/daily?{sas}")
    assert api.status(job) == "Succeeded"
    contents = api.contents(job)
    assert list(contents) == ["daily/a.wav.json", "daily/b & c.wav.json", "report.json"]
    assert contents["daily/a.wav.json"]["source"] == "daily/a.wav"
    whole = api.submit(contentContainerUrl=f"{azurite.url}/audio?{sas}")
    assert api.status(whole) == "Succeeded"
    assert api.contents(whole)["report.json"]["successfulTranscriptionsCount"] == 3


@pytest.mark.parametrize("fault", ["no list", "expired", "no such container", "empty"])
def test_a_container_that_cannot_be_used(api: Api, azurite: Azurite, fault: str) -> None:
    """The job fails, and says that it is the address."""
    container = fault.replace(" ", "-")
    if fault != "no such container":
        azurite.create(container)
    life = {"start": datetime.now(UTC) - timedelta(days=2), "expiry": datetime.now(UTC) - timedelta(days=1)}
    sas = azurite.container_sas(container, "r" if fault == "no list" else "rl", **(life if fault == "expired" else {}))
    job = api.submit(contentContainerUrl=f"{azurite.url}/{container}?{sas}")
    told = api.get(job["self"]).json()
    assert (told["status"], told["properties"]["error"]["code"]) == ("Failed", "InvalidUri")


def test_results_go_where_the_caller_wants(api: Api, azurite: Azurite) -> None:
    """Into the container, and the content URL then has no SAS; neither has the job's own word of it."""
    azurite.create("results")
    sas = azurite.container_sas("results", "w")
    destination = {"destinationContainerUrl": f"{azurite.url}/results?{sas}"}
    job = api.submit(properties=destination)
    assert job["properties"]["destinationContainerUrl"] == f"{azurite.url}/results"
    assert api.status(job) == "Succeeded"
    urls = [file["links"]["contentUrl"] for file in api.files(job)]
    assert all(url.startswith(f"{azurite.url}/results/") and "?" not in url for url in urls)
    assert httpx.get(urls[0], verify=False).status_code in (403, 404)
    read = httpx.get(f"{urls[0]}?{azurite.container_sas('results', 'r')}", verify=False)
    assert read.json()["recognizedPhrases"]
    assert api.call("DELETE", job["self"]).status_code == 204
    assert httpx.get(f"{urls[0]}?{azurite.container_sas('results', 'r')}", verify=False).status_code == 200


def test_a_destination_that_takes_nothing(api: Api, azurite: Azurite) -> None:
    """The job fails with the storage's code."""
    azurite.create("locked")
    sas = azurite.container_sas("locked", "r")
    job = api.submit(properties={"destinationContainerUrl": f"{azurite.url}/locked?{sas}"})
    error = api.get(job["self"]).json()["properties"]["error"]
    assert error["code"] == "InaccessibleCustomerStorage"
    assert "sig" not in error["message"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.blob.core.windows.net/c?sv=1", ("https://a.blob.core.windows.net/c", "", "sv=1")),
        ("https://a.blob.core.windows.net/c/", ("https://a.blob.core.windows.net/c", "", "")),
        ("https://a.blob.core.windows.net/c/d%20e/f?x", ("https://a.blob.core.windows.net/c", "d e/f/", "x")),
        ("http://127.0.0.1:10000/a/c?sv=1", ("http://127.0.0.1:10000/a/c", "", "sv=1")),
        ("http://localhost:10000/a/c/d", ("http://localhost:10000/a/c", "d/", "")),
    ],
)
def test_what_of_a_url_is_the_container(url: str, expected: tuple[str, str, str]) -> None:
    """Emulated storage has the account in the path; the rest is a folder's name."""
    assert container_parts(url) == expected
