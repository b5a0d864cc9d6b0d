"""The emulator's batch transcription: a job from its submission to the end of its time, held to the contract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from remote_meeting_backends import ManualRuntime
from remote_meeting_backends.testing import SpeechEmulator, running_emulator
from support.contract_files import VERSIONS, need_contracts
from support.emulated import KEY, SAID, Api, download

DIARIZED = {"diarization": {"enabled": True, "maxSpeakers": 2}}


@pytest.fixture(params=VERSIONS)
def api(request: pytest.FixtureRequest, speech_emulator: SpeechEmulator) -> Iterator[Api]:
    """A scripted emulator in each version."""
    speech_emulator.script(SAID)
    with Api(speech_emulator, request.param) as api:
        yield api


@pytest.fixture(scope="module")
def _clocked() -> Iterator[SpeechEmulator]:
    with running_emulator(runtime=ManualRuntime()) as emulator:
        yield emulator


@pytest.fixture
def clocked(_clocked: SpeechEmulator) -> Iterator[Api]:
    """A scripted emulator whose clock stands still until a test moves it."""
    _clocked.reset()
    _clocked.script(SAID)
    with Api(_clocked) as api:
        yield api


def advance(api: Api, seconds: float) -> None:
    """Move the emulator's clock."""
    runtime = api.emulator.runtime
    assert isinstance(runtime, ManualRuntime)
    runtime.advance(seconds)


def test_the_contracts_are_there() -> None:
    """Every exchange below is held to them; without the folder this alone says that it was not."""
    need_contracts()


def test_a_new_job_has_not_begun(api: Api) -> None:
    """201 with Location and links that carry the version; without a model, and with the defaults filled in."""
    answer = api.post("transcriptions:submit", api.submission(description="daily", customProperties={"id": "m-1"}))
    job = answer.json()
    assert answer.headers["location"] == job["self"]
    assert job["self"].endswith(f"?api-version={api.version}")
    assert job["links"]["files"].endswith(f"/files?api-version={api.version}")
    assert (job["status"], job["description"], job["customProperties"]) == ("NotStarted", "daily", {"id": "m-1"})
    assert "model" not in job
    assert "contentUrls" not in job
    assert job["properties"]["profanityFilterMode"] == "Masked"


def test_a_job_gives_results_and_a_report(api: Api) -> None:
    """One result for each URL, which repeats it as its source, and one report."""
    urls = [api.emulator.audio(name, b"scripted") for name in ("a.wav", "b.wav")]
    job = api.submit(contentUrls=urls, properties=DIARIZED)
    assert api.status(job) == "Succeeded"
    contents = api.contents(job)
    assert list(contents) == ["contenturl_0.json", "contenturl_1.json", "report.json"]
    assert [contents[f"contenturl_{number}.json"]["source"] for number in (0, 1)] == urls
    assert contents["report.json"]["successfulTranscriptionsCount"] == 2
    assert api.get(job["self"]).json()["properties"]["durationMilliseconds"] == 2 * 3750
    phrases = contents["contenturl_0.json"]["recognizedPhrases"]
    assert [(phrase["speaker"], phrase["nBest"][0]["display"]) for phrase in phrases] == [
        (1, "Good morning, Steve."),
        (2, "Good morning, Katie."),
    ]


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, (False, False, False)),
        ({"diarization": {"maxSpeakers": 5}}, (False, False, False)),
        ({"diarization": {"enabled": True}}, (True, False, False)),
        ({"wordLevelTimestampsEnabled": True}, (False, True, False)),
        ({"displayFormWordLevelTimestampsEnabled": True}, (False, False, True)),
    ],
)
def test_only_what_is_asked_for_is_given(
    api: Api, properties: dict[str, Any], expected: tuple[bool, bool, bool]
) -> None:
    """Speakers need `enabled`; a count alone brings none. Words and display words each have their switch."""
    job = api.submit(properties=properties)
    assert api.status(job) == "Succeeded"
    phrase = api.contents(job)["contenturl_0.json"]["recognizedPhrases"][0]
    best = phrase["nBest"][0]
    assert ("speaker" in phrase, "words" in best, "displayWords" in best) == expected


def test_a_script_of_nothing_succeeds_with_nothing(api: Api) -> None:
    """Silence is a result without phrases, no failure."""
    api.emulator.script([])
    job = api.submit()
    assert api.status(job) == "Succeeded"
    assert api.contents(job)["contenturl_0.json"]["recognizedPhrases"] == []


def test_an_update_changes_what_may_change(api: Api) -> None:
    """Name, description and properties of one's own; as merge patch too."""
    job = api.submit()
    kinds = ("application/json", "application/merge-patch+json")
    for number, kind in enumerate(kinds):
        answer = api.call(
            "PATCH", job["self"], content=f'{{"displayName": "n{number}"}}', headers={"content-type": kind}
        )
        assert (answer.status_code, answer.json()["displayName"]) == (200, f"n{number}")
    refused = api.call("PATCH", job["self"], json={"locale": "de-DE"})
    assert (refused.status_code, refused.json()["innerError"]["code"]) == (400, "InvalidPayload")
    assert api.get(job["self"]).json()["displayName"] == "n1"


def test_a_deleted_job_is_gone_with_its_content(api: Api) -> None:
    """204 twice; afterwards 404, for the content URL in the storage's own words."""
    job = api.submit()
    assert api.status(job) == "Succeeded"
    url = api.files(job)[0]["links"]["contentUrl"]
    assert [api.call("DELETE", job["self"]).status_code for _ in range(2)] == [204, 204]
    missing = api.get(job["self"])
    assert (missing.status_code, missing.json()["code"]) == (404, "NotFound")
    gone = download(url)
    assert (gone.status_code, gone.headers["x-ms-error-code"]) == (404, "BlobNotFound")
    assert api.emulator.log()["deleted"] == 1


def test_one_file_by_its_id(api: Api) -> None:
    """The same as in the list, and 404 for another id."""
    job = api.submit()
    assert api.status(job) == "Succeeded"
    listed = api.files(job)[1]
    one = api.get(listed["self"]).json()
    assert {**one, "links": None} == {**listed, "links": None}
    other = listed["self"].replace(listed["self"].rpartition("/")[2][:8], "00000000")
    assert api.get(other).status_code == 404


def test_files_are_paged_and_filtered(api: Api) -> None:
    """@nextLink is absolute and holds the filter; the last page has none."""
    job = api.submit(contentUrls=[api.emulator.audio(f"{n}.wav", b"scripted") for n in range(5)])
    assert api.status(job) == "Succeeded"
    first = api.get(f"{job['links']['files']}&top=2&filter=kind eq 'Transcription'&sasLifetimeMinutes=30").json()
    assert len(first["values"]) == 2
    assert "sasLifetimeMinutes=30" in first["@nextLink"]
    second = api.get(first["@nextLink"]).json()
    third = api.get(second["@nextLink"]).json()
    assert "@nextLink" not in third
    names = [file["name"] for page in (first, second, third) for file in page["values"]]
    assert names == [f"contenturl_{n}.json" for n in range(5)]


def test_the_default_page_can_be_made_small(api: Api) -> None:
    """So that clients which never name a page size are tested on several pages."""
    jobs = [api.submit(displayName=f"m-{n}")["self"] for n in range(5)]
    api.emulator.page_size(2)
    first = api.get("transcriptions").json()
    assert [job["self"] for job in first["values"]] == jobs[:2]
    second = api.get(first["@nextLink"]).json()
    assert [job["self"] for job in second["values"]] == jobs[2:4]


def test_a_job_is_found_by_its_name(api: Api) -> None:
    """Exactly: this is how a client finds out whether a lost answer meant a job."""
    wanted = api.submit(displayName="It's m-1")
    api.submit(displayName="It's m-10")
    found = api.get("transcriptions", filter="displayName eq 'It''s m-1'").json()["values"]
    assert [job["self"] for job in found] == [wanted["self"]]


@pytest.mark.parametrize(
    ("asked", "inner"),
    [
        ({"filter": "customProperties eq 'x'"}, "UnsupportedFilter"),
        ({"filter": "startswith(displayName, 'm')"}, "UnsupportedFilter"),
        ({"filter": "displayName gt 'a'"}, "UnsupportedFilter"),
        ({"skip": "-1"}, "UnsupportedPagination"),
        ({"top": "many"}, "UnsupportedPagination"),
        ({"orderby": "displayName"}, "UnsupportedOrderBy"),
        ({"expand": "files"}, "InvalidParameter"),
    ],
)
def test_what_lists_cannot_do(api: Api, asked: dict[str, str], inner: str) -> None:
    """Each refusal has the contract's own finer code."""
    answer = api.get("transcriptions", **asked)
    assert (answer.status_code, answer.json()["innerError"]["code"]) == (400, inner)


def test_locales_are_listed(api: Api) -> None:
    """For jobs and for fast transcription."""
    locales = api.get("transcriptions/locales").json()
    assert "en-US" in locales["Submit"]
    assert "en-US" in locales["Transcribe"]


def test_polls_count_the_calls_for_the_job(api: Api) -> None:
    """NotStarted, Running, and over at the Nth; lists do not count. Unfinished answers say when to come back."""
    api.emulator.progression("polls:4")
    job = api.submit()
    seen = []
    for _ in range(5):
        answer = api.get(job["self"])
        api.get("transcriptions")
        seen.append((answer.json()["status"], answer.headers.get("retry-after")))
    assert seen == [("NotStarted", "1"), ("Running", "1"), ("Running", "1"), ("Succeeded", None), ("Succeeded", None)]


def test_one_poll_is_enough_where_one_is_asked_for(api: Api) -> None:
    """`polls:1` is over at the first."""
    api.emulator.progression("polls:1")
    assert api.status(api.submit()) == "Succeeded"


def test_an_unfinished_job_has_no_files(api: Api) -> None:
    """An empty list that says to come back, no error."""
    api.emulator.progression("polls:3")
    answer = api.get(api.submit()["links"]["files"])
    assert (answer.json()["values"], answer.headers["retry-after"]) == ([], "1")


def test_seconds_go_by_the_clock(clocked: Api) -> None:
    """NotStarted in the first half, Running in the second, then over; each status knows when it was entered."""
    clocked.emulator.progression("seconds:600")
    job = clocked.submit()
    seen = [clocked.get(job["self"]).json()]
    for seconds in (299, 1, 299, 1):
        advance(clocked, seconds)
        seen.append(clocked.get(job["self"]).json())
    assert [one["status"] for one in seen] == ["NotStarted", "NotStarted", "Running", "Running", "Succeeded"]
    assert [one["lastActionDateTime"][14:19] for one in seen] == ["00:00", "00:00", "05:00", "05:00", "10:00"]


def test_a_job_goes_when_its_time_is_over(clocked: Api) -> None:
    """timeToLiveHours are counted from its end."""
    clocked.emulator.progression("seconds:3600")
    job = clocked.submit(properties={"timeToLiveHours": 6})
    advance(clocked, 3600)
    assert clocked.status(job) == "Succeeded"
    url = clocked.files(job)[0]["links"]["contentUrl"]
    advance(clocked, 6 * 3600 - 1)
    assert download(url).status_code == 200
    assert len(clocked.get("transcriptions").json()["values"]) == 1
    advance(clocked, 1)
    assert clocked.get(job["self"]).status_code == 404
    assert download(url).status_code == 404
    assert clocked.get("transcriptions").json()["values"] == []


def test_an_unfinished_job_does_not_go(clocked: Api) -> None:
    """However old it is."""
    clocked.emulator.fault("submit", "stuck")
    job = clocked.submit(properties={"timeToLiveHours": 6})
    advance(clocked, 30 * 24 * 3600)
    assert clocked.status(job) == "NotStarted"


def test_content_urls_expire(clocked: Api) -> None:
    """After sasLifetimeMinutes, with the storage's XML; a new call for files gives good ones."""
    job = clocked.submit()
    assert clocked.status(job) == "Succeeded"
    url = clocked.get(f"{job['links']['files']}&sasLifetimeMinutes=5").json()["values"][0]["links"]["contentUrl"]
    assert download(url).status_code == 200
    advance(clocked, 300)
    expired = download(url)
    assert expired.status_code == 403
    assert "<Code>AuthenticationFailed</Code>" in expired.text
    assert clocked.contents(job)


@pytest.mark.parametrize("change", [("sig=", "sig=x"), ("se=2", "se=3"), ("contenturl_0", "contenturl_1")])
def test_a_content_url_cannot_be_altered(api: Api, change: tuple[str, str]) -> None:
    """Not its time, not its path; and no key helps."""
    job = api.submit()
    assert api.status(job) == "Succeeded"
    url = api.files(job)[0]["links"]["contentUrl"]
    assert download(url.replace(*change, 1), **{KEY: api.emulator.key}).status_code == 403
