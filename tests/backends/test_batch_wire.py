"""The batch service's jobs: what is written is valid in both API versions, what is read is never guessed."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting_backends import (
    InvalidInput,
    JobOptions,
    MeetingStatus,
    OptionNotSupported,
    SpeakerCount,
    UnexpectedReply,
)
from remote_meeting_backends.batch.wire import (
    Job,
    ResultFile,
    name_filter,
    read_files,
    read_job,
    read_jobs,
    submission,
)
from remote_meeting_backends.speech_rest.causes import Problem
from support.published import VERSIONS, answer, complaints

URL = "https://h.blob.core.windows.net/c/a.wav?sp=r&sig=s3cr3t"
SELF = "https://h.api.cognitive.microsoft.com/speechtotext/transcriptions/ba7ea6f5-3065?api-version=2025-10-15"
NEW = VERSIONS[0]


def written(options: JobOptions | None = None, **given: Any) -> dict[str, Any]:
    """A submission of one file."""
    arguments: dict[str, Any] = {"api_version": NEW, "urls": [URL], **given}
    return submission("m-1", {"meeting": "m-1"}, options or JobOptions(), **arguments)


def read(**fields: Any) -> Job:
    """Read a job of these fields."""
    return read_job(json.dumps({"self": SELF, "status": "Running", **fields}).encode())


def test_the_whole_body() -> None:
    """The dated versions' shape, with word times, ten speakers and two days unless something else is asked for."""
    assert written() == {
        "displayName": "m-1",
        "customProperties": {"meeting": "m-1"},
        "locale": "en-US",
        "contentUrls": [URL],
        "properties": {
            "wordLevelTimestampsEnabled": True,
            "timeToLiveHours": 48,
            "diarization": {"enabled": True, "maxSpeakers": 10},
        },
    }


FULL = JobOptions(
    language="de-DE",
    speakers=SpeakerCount(minimum=2, maximum=5),
    profanity="tags",
    punctuation="dictated_and_automatic",
    candidate_languages=("en-US", "DE-de", "fr-FR"),
    model="https://h/speechtotext/models/1?api-version=2025-10-15",
    time_to_live_hours=6,
)


def test_every_option_has_its_field() -> None:
    """In the spelling of the contract; the main language is a candidate once."""
    body = written(FULL, channels=[0], destination="https://h/out?sig=s3cr3t")
    assert body["model"] == {"self": FULL.model}
    assert body["locale"] == "de-DE"
    assert body["properties"] == {
        "wordLevelTimestampsEnabled": True,
        "timeToLiveHours": 6,
        "diarization": {"enabled": True, "maxSpeakers": 5},
        "channels": [0],
        "profanityFilterMode": "Tags",
        "punctuationMode": "DictatedAndAutomatic",
        "languageIdentification": {"candidateLocales": ["de-DE", "en-US", "fr-FR"], "mode": "Continuous"},
        "destinationContainerUrl": "https://h/out?sig=s3cr3t",
    }


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("profanity", [None, "none", "masked", "removed", "tags"])
@pytest.mark.parametrize("punctuation", [None, "none", "dictated", "automatic", "dictated_and_automatic"])
@pytest.mark.parametrize(
    "given", [{}, {"urls": (), "container": "https://h/c?sig=x", "channels": [0, 1], "diarize": False}]
)
def test_bodies_are_valid_in_both_versions(
    version: str, profanity: Any, punctuation: Any, given: dict[str, Any]
) -> None:
    """By the published definitions, unknown and read-only fields forbidden."""
    options = FULL.model_copy(update={"profanity": profanity, "punctuation": punctuation})
    assert complaints(version, "Transcription", written(options, api_version=version, **given)) == []


def test_the_validation_sees_the_old_shapes() -> None:
    """`diarizationEnabled` and `minCount`, which published prose and examples still show, are no fields of it."""
    body = written()
    body["properties"] |= {"diarizationEnabled": True, "diarization": {"speakers": {"minCount": 3, "maxCount": 5}}}
    said = "\n".join(complaints(NEW, "Transcription", body))
    assert "diarizationEnabled" in said
    assert "speakers" in said


def test_no_diarization_where_it_is_not_wanted() -> None:
    """One speaker, separate channels, or the caller's own word."""
    for body in (
        written(JobOptions(speakers=SpeakerCount(minimum=1, maximum=1))),
        written(JobOptions(channels="separate"), channels=[0, 1]),
        written(diarize=False),
    ):
        assert "diarization" not in body["properties"]


def test_a_container_instead_of_files() -> None:
    """One or the other."""
    body = written(urls=(), container="https://h/c?sig=x")
    assert body["contentContainerUrl"] == "https://h/c?sig=x"
    assert "contentUrls" not in body


def test_a_model_by_its_id() -> None:
    """Its URL is that of the service, in the version that is spoken."""
    body = written(JobOptions(model="827712a5-f942"), base_url="https://h/speechtotext/", api_version=VERSIONS[1])
    assert body["model"] == {"self": "https://h/speechtotext/models/827712a5-f942?api-version=2024-11-15"}


@pytest.mark.parametrize("model", ["", "a b", "../x", "ftp://h/m", "https://", "https://h/a b"])
def test_what_is_no_model(model: str) -> None:
    """It is not sent to be refused."""
    with pytest.raises(InvalidInput, match="URL of a custom model, or its id"):
        written(JobOptions(model=model), base_url="https://h/speechtotext")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (JobOptions(phrases=("contoso",)), "cannot honour phrases .*: leave it out, or use the fast backend"),
        (JobOptions(speakers=SpeakerCount(minimum=1, maximum=36)), "at most 35 speakers"),
        (JobOptions(candidate_languages=tuple(f"l{n}" for n in range(10))), "cannot honour 11 candidate languages"),
        (JobOptions.model_construct(time_to_live_hours=5), "cannot honour a time to live of 5 hours"),
        (JobOptions.model_construct(time_to_live_hours=745), "a time to live of 745 hours"),
        (
            JobOptions(channels="separate", speakers=SpeakerCount(minimum=2, maximum=2)),
            "leave the number of speakers out",
        ),
    ],
)
def test_what_it_has_no_words_for(options: JobOptions, said: str) -> None:
    """An error that names the option; nothing is dropped in silence."""
    with pytest.raises(OptionNotSupported, match=said) as caught:
        written(options)
    assert caught.value.backend == "batch"


def test_the_way_out_is_named() -> None:
    """For routing."""
    with pytest.raises(OptionNotSupported) as caught:
        written(JobOptions(phrases=("contoso",)))
    assert caught.value.way_out == "fast"


@pytest.mark.parametrize(
    "given", [{"urls": ()}, {"container": "https://h/c"}, {"urls": [URL] * 1001}, {"urls": (), "container": None}]
)
def test_a_job_has_one_source(given: dict[str, Any]) -> None:
    """Files or a container, at most a thousand; no URL is shown."""
    with pytest.raises(InvalidInput, match="either a container or 1 to 1000 URLs") as caught:
        written(**given)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("custom", [{str(n): "" for n in range(11)}, {"k" * 65: ""}, {"k": "v" * 257}, {"": "v"}])
def test_properties_that_the_service_would_not_take(custom: dict[str, str]) -> None:
    """A meeting id that was cut would be another one."""
    with pytest.raises(InvalidInput):
        submission("m", custom, JobOptions(), api_version=NEW, urls=[URL])


def test_properties_of_the_longest_kind() -> None:
    """Ten, of 64 and 256 characters."""
    custom = {f"{n}".ljust(64, "k"): "v" * 256 for n in range(10)}
    assert submission("m", custom, JobOptions(), api_version=NEW, urls=[URL])["customProperties"] == custom


def test_the_filter_doubles_quotes() -> None:
    """Or a meeting's name could ask for something else."""
    assert name_filter("o'brien' or status eq 'Failed") == "displayName eq 'o''brien'' or status eq ''Failed'"


def test_the_published_job_is_read() -> None:
    """Every field of it that we use."""
    job = read_job(answer(NEW, "get_transcription"))
    assert job == Job(
        id="ba7ea6f5-3065-40b7-b49a-a90f48584683",
        status=MeetingStatus.COMPLETED,
        service_status="Succeeded",
        created=datetime(2019, 1, 7, 11, 34, 12, tzinfo=UTC),
        last_action=datetime(2019, 1, 7, 11, 36, 7, tzinfo=UTC),
        display_name="Transcription using adapted model en-US",
        custom={"key": "value"},
        duration_ticks=420_000_000,
    )


def test_the_stale_example_is_read_too() -> None:
    """2024-11-15's folder shows an older shape: its duration is ISO, its other fields are passed over."""
    job = read_job(answer("2024-11-15", "create_multispeaker_diarization_transcription", 201))
    assert (job.service_status, job.duration_ticks) == ("Succeeded", 420_000_000)


def test_the_published_lists_are_read() -> None:
    """Values, and where they go on."""
    jobs, following = read_jobs(answer(NEW, "get_transcriptions"))
    assert [job.service_status for job in jobs] == ["Succeeded", "Failed"]
    assert following is not None
    assert "skip=2&top=2" in following
    assert read_jobs(answer(NEW, "get_failed_transcriptions"))[1] is None


@pytest.mark.parametrize("version", VERSIONS)
def test_the_published_files_are_read(version: str) -> None:
    """Their content's URL with its SAS, which no repr shows."""
    files, following = read_files(answer(version, "get_transcription_files"))
    assert [(file.name, file.kind, file.size) for file in files] == [
        ("mywavefile1.wav.json", "Transcription", 200),
        ("mywavefile2.wav.json", "Transcription", 200),
    ]
    assert "sig=" in files[0].url
    assert "sig=" not in repr(files)
    assert following is not None


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("NotStarted", MeetingStatus.PROCESSING),
        ("Running", MeetingStatus.PROCESSING),
        ("Succeeded", MeetingStatus.COMPLETED),
        ("Failed", MeetingStatus.FAILED),
    ],
)
def test_each_status_is_known(word: str, status: MeetingStatus) -> None:
    """The contract's closed list."""
    assert (read(status=word).status, read(status=word).service_status) == (status, word)


@pytest.mark.parametrize("status", ["Cancelled", "succeeded?", "", None, 2, ["Succeeded"], {}])
def test_an_unknown_status_is_an_error(status: object) -> None:
    """Never a guess: polling would go on for ever."""
    with pytest.raises(UnexpectedReply, match="status that is known"):
        read(status=status)


@pytest.mark.parametrize(
    "link",
    [
        None,
        "",
        5,
        "https://h/",
        "https://h/transcriptions/..?x",
        "https://h/transcriptions/a%2Fb",
        "https://h/transcriptions/a b",
        "/transcriptions/ab",
        "https://h/files/ab?x=/transcriptions/ab",
    ],
)
def test_a_job_without_an_id_is_an_error(link: object) -> None:
    """It could be neither asked for nor deleted."""
    with pytest.raises(UnexpectedReply, match="ends in a job's id"):
        read(self=link)


def test_unknown_and_odd_fields_do_no_harm() -> None:
    """What is missing is None or empty."""
    job = read(
        properties=[], customProperties={"a": "b", "c": 5}, displayName=7, createdDateTime="soon", links=None, x={}
    )
    assert job == Job("ba7ea6f5-3065", MeetingStatus.PROCESSING, "Running", None, None, "", {"a": "b"})


def test_a_duration_of_0_is_not_known_yet() -> None:
    """It is the contract's default."""
    assert read(properties={"durationMilliseconds": 0}).duration_ticks is None


def test_why_a_job_failed() -> None:
    """`properties.error`, without the queries of URLs."""
    job = read(status="Failed", properties={"error": {"code": "InvalidUri", "message": f"No audio at {URL}."}})
    assert job.error == Problem("InvalidUri", message="No audio at https://h.blob.core.windows.net/c/a.wav?***")


def test_kinds_of_files_that_nobody_knows() -> None:
    """They are kept, even where they have no URL."""
    body = {"values": [{"name": "x", "kind": "Waveform"}, {"kind": 5, "properties": {"size": -1}}]}
    assert read_files(json.dumps(body).encode()) == ((ResultFile("x", "Waveform", ""), ResultFile("", "", "")), None)


@pytest.mark.parametrize("kind", ["Transcription", "TranscriptionReport"])
@pytest.mark.parametrize("links", [None, {}, {"contentUrl": ""}, {"contentUrl": "file:///etc/passwd"}])
def test_a_file_that_we_need_has_a_url(kind: str, links: object) -> None:
    """Passed over, it would be a result that is missing."""
    with pytest.raises(UnexpectedReply, match=f"kind {kind} without the URL"):
        read_files(json.dumps({"values": [{"kind": kind, "links": links}]}).encode())


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "is not whole JSON"),
        (b"<html>", "is not whole JSON: '<html>'"),
        (b"[]", "is not a JSON object"),
        (b"{}", "no list of values"),
        (b'{"values": {}}', "no list of values"),
        (b'{"values": [5]}', "no list of values"),
        (b'{"values": [], "@nextLink": 5}', "next page that is no URL"),
        (b'{"values": [], "@nextLink": "/transcriptions?skip=2"}', "next page that is no URL"),
    ],
)
def test_what_is_no_page(body: bytes, why: str) -> None:
    """A list that ended early would hide a job, and the meeting would be submitted twice."""
    for reader in (read_jobs, read_files):
        with pytest.raises(UnexpectedReply, match=why) as caught:
            reader(body)
        assert caught.value.backend == "batch"


@pytest.mark.parametrize("following", ["null", '""'])
def test_the_last_page(following: str) -> None:
    """Absent, null and empty are the same."""
    assert read_jobs(f'{{"values": [], "@nextLink": {following}}}'.encode()) == ((), None)
    assert read_files(b'{"values": []}') == ((), None)


def test_one_odd_job_spoils_the_page() -> None:
    """It may be ours."""
    with pytest.raises(UnexpectedReply):
        read_jobs(json.dumps({"values": [{"self": SELF, "status": "Running"}, {"self": SELF, "status": "?"}]}).encode())


@pytest.mark.parametrize("escape", [str, lambda url: url.replace("/", r"\/").replace("?", r"\u003f")])
def test_no_query_in_a_message(escape: Any) -> None:
    """A body that cannot be read is shown, its URLs without what follows the question mark."""
    for reader in (read_job, read_jobs, read_files):
        with pytest.raises(UnexpectedReply) as caught:
            reader(f'{{"self": "{escape(URL)}", "status": "?", "values": 5, "cut": "{escape(URL)}'.encode())
        assert "s3cr3t" not in str(caught.value)
        assert "***" in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.just(SELF),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
names = ("self", "status", "properties", "customProperties", "displayName", "createdDateTime", "kind", "links", "name")
entries = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(names, json_values) | {"status": st.sampled_from(["Running", "Failed", "?"])}
)
pages = st.fixed_dictionaries(
    {"values": st.lists(entries | json_values, max_size=3)}, optional={"@nextLink": json_values}
)


@given(st.one_of(entries, pages, json_values).map(lambda value: json.dumps(value).encode()) | st.binary())
def test_nothing_but_unexpected_reply_comes_out(body: bytes) -> None:
    """Whatever the service sends."""
    for reader in (read_job, read_jobs, read_files):
        with contextlib.suppress(UnexpectedReply):
            repr(reader(body)).encode()
