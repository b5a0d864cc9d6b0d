"""The fast service: what is written is valid in each API version, and its answer is read as leniently as batch's."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting_backends import (
    InvalidInput,
    JobOptions,
    OptionNotSupported,
    Phrase,
    SpeakerCount,
    Transcript,
    UnexpectedReply,
    Word,
)
from remote_meeting_backends.fast.wire import definition, read_reply
from support.published import VERSIONS, answer, complaints

NEW, OLD = VERSIONS
URL = "https://h.blob.core.windows.net/c/a.wav?sp=r&sig=s3cr3t"
TWO = JobOptions(speakers=SpeakerCount(minimum=2, maximum=2))
MILLISECOND = 10_000


def written(options: JobOptions | None = None, **given: Any) -> dict[str, Any]:
    """A definition."""
    return definition(options or JobOptions(), **{"api_version": NEW, **given})


def read(
    body: bytes | dict[str, Any], options: JobOptions = TWO, *, diarized: bool = True, separate: bool = False
) -> Transcript:
    """Read an answer."""
    whole = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_reply(whole, "m-1", options, diarized=diarized, separate=separate)


def phrase(at: float = 40, speaker: Any = 1, text: str = "Weather", **fields: Any) -> dict[str, Any]:
    """One phrase of 320 ms."""
    numbered = {"speaker": speaker} if speaker is not None else {}
    return {
        **numbered,
        "offsetMilliseconds": at,
        "durationMilliseconds": 320,
        "text": text,
        "confidence": 0.5,
        **fields,
    }


def test_the_whole_definition() -> None:
    """Speakers are told apart by an explicit word, up to ten."""
    assert written() == {"locales": ["en-US"], "diarization": {"enabled": True, "maxSpeakers": 10}}


FULL = JobOptions(
    language="de-DE",
    speakers=SpeakerCount(minimum=2, maximum=4),
    profanity="removed",
    candidate_languages=("en-US", "de-DE"),
    model="https://h/speechtotext/models/1?api-version=2025-10-15",
    phrases=("Contoso", "Jessie"),
)


def test_every_option_has_its_field() -> None:
    """In the spelling of the contract; the main language comes first, and once."""
    assert written(FULL, channels=[1], audio_url=URL) == {
        "locales": ["de-DE", "en-US"],
        "diarization": {"enabled": True, "maxSpeakers": 4},
        "channels": [1],
        "profanityFilterMode": "Removed",
        "phraseList": {"phrases": ["Contoso", "Jessie"]},
        "models": {"de-DE": FULL.model},
        "audioUrl": URL,
    }


@pytest.mark.parametrize("profanity", [None, "none", "masked", "removed", "tags"])
@pytest.mark.parametrize("given", [{}, {"channels": [0, 1], "diarize": False}])
def test_definitions_are_valid_in_both_versions(profanity: Any, given: dict[str, Any]) -> None:
    """By the published contracts; the older one has neither a phrase list nor URLs."""
    options = FULL.model_copy(update={"profanity": profanity})
    assert complaints(NEW, "TranscribeDefinition", written(options, audio_url=URL, **given)) == []
    older = options.model_copy(update={"phrases": ()})
    assert complaints(OLD, "TranscribeDefinition", written(older, api_version=OLD, **given)) == []


def test_the_validation_sees_what_the_older_version_lacks() -> None:
    """Or it would prove nothing."""
    said = "\n".join(complaints(OLD, "TranscribeDefinition", written(FULL, audio_url=URL)))
    assert "phraseList" in said
    assert "audioUrl" in said


def test_no_diarization_where_it_is_not_wanted() -> None:
    """One speaker, separate channels, or the caller's own word."""
    assert written(JobOptions(speakers=SpeakerCount(minimum=1, maximum=1))) == {"locales": ["en-US"]}
    assert written(JobOptions(channels="separate"), channels=(0, 1)) == {"locales": ["en-US"], "channels": [0, 1]}
    assert written(diarize=False) == {"locales": ["en-US"]}


@pytest.mark.parametrize(
    ("options", "given", "said"),
    [
        (JobOptions(), {"channels": [0, 1]}, r"channels \[0, 1\] together with telling speakers apart"),
        (JobOptions(channels="separate"), {"channels": [0, 1, 2]}, "cannot honour 3 separate channels"),
        (JobOptions(punctuation="none"), {}, "cannot honour punctuation"),
        (JobOptions(time_to_live_hours=48), {}, "cannot honour a time to live"),
        (JobOptions(container=True), {}, "cannot honour a container"),
        (JobOptions(phrases=("a",)), {"api_version": OLD}, "cannot honour phrases .version 2024-11-15"),
        (JobOptions(), {"api_version": OLD, "audio_url": URL}, "cannot honour audio by URL .version 2024-11-15"),
        (JobOptions(speakers=SpeakerCount(minimum=36, maximum=36)), {}, "at most 35 speakers"),
        (
            JobOptions(channels="separate", speakers=SpeakerCount(minimum=2, maximum=2)),
            {},
            "leave the number of speakers",
        ),
    ],
)
def test_what_it_has_no_words_for(options: JobOptions, given: dict[str, Any], said: str) -> None:
    """An error that names the option; nothing is dropped in silence, no URL is shown."""
    with pytest.raises(OptionNotSupported, match=said) as caught:
        written(options, **given)
    assert caught.value.backend == "fast"
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("options", [JobOptions(punctuation="none"), JobOptions(time_to_live_hours=6)])
def test_the_way_out_is_named(options: JobOptions) -> None:
    """For routing."""
    with pytest.raises(OptionNotSupported) as caught:
        written(options)
    assert caught.value.way_out == "batch"


def test_a_model_by_its_id_needs_the_service_s_url() -> None:
    """Both services want the whole URL."""
    options = JobOptions(model="827712a5")
    assert written(options, base_url="https://h/speechtotext")["models"] == {
        "en-US": "https://h/speechtotext/models/827712a5?api-version=2025-10-15"
    }
    with pytest.raises(InvalidInput, match="the whole URL"):
        written(options)


@pytest.mark.parametrize("name", ["transcribe_file", "transcribe_audio_url", "transcribe_enhanced_model_options"])
def test_the_published_answers_are_read(name: str) -> None:
    """Milliseconds become ticks."""
    found = read(answer(NEW, name), diarized=False)
    assert found.audio_duration_ticks == 2000 * MILLISECOND
    assert [(one.text, one.offset_ticks, one.duration_ticks, one.locale, one.confidence) for one in found.phrases] == [
        ("Weather", 40 * MILLISECOND, 320 * MILLISECOND, "en-US", 0.78983736)
    ]
    assert found.phrases[0].words == (Word("weather", 40 * MILLISECOND, 320 * MILLISECOND),)


def test_words_without_times_are_read() -> None:
    """A translation has words at 0."""
    assert [word.text for word in read(answer(NEW, "transcribe_enhanced_mode")).phrases[0].words] == ["天", "气"]


def test_the_stale_example_is_read_too() -> None:
    """2024-11-15's folder shows the preview's names for times."""
    found = read(answer(OLD, "transcribe_file"))
    assert (found.audio_duration_ticks, found.phrases[0].offset_ticks) == (2000 * MILLISECOND, 40 * MILLISECOND)
    assert found.phrases[0].words == (Word("Weather", 40 * MILLISECOND, 240 * MILLISECOND),)


def test_a_whole_transcript() -> None:
    """As the page's diarized answer: channel 0 everywhere, speakers 1 and 0, in no order."""
    body = {
        "durationMilliseconds": 5000,
        "combinedPhrases": [{"channel": 0, "text": "Hi. Hello."}],
        "phrases": [
            phrase(2000, 0, "Hello.", channel=0, locale="en-US"),
            phrase(1000, 1, "Hi.", channel=0, locale="en-US", words=[{"text": "hi", "offsetMilliseconds": 1000}]),
        ],
    }
    assert read(body) == Transcript(
        meeting_id="m-1",
        backend="fast",
        locale="en-US",
        audio_duration_ticks=5000 * MILLISECOND,
        phrases=(
            Phrase(
                "00000001",
                "Hi.",
                "Guest-1",
                1000 * MILLISECOND,
                320 * MILLISECOND,
                raw_speaker="1",
                confidence=0.5,
                locale="en-US",
                words=(Word("hi", 1000 * MILLISECOND, 0),),
            ),
            Phrase(
                "00000002",
                "Hello.",
                "Guest-2",
                2000 * MILLISECOND,
                320 * MILLISECOND,
                raw_speaker="0",
                confidence=0.5,
                locale="en-US",
            ),
        ),
    )


def test_separate_channels_are_one_speaker_each() -> None:
    """The channel is kept then, and only then."""
    body = {"phrases": [phrase(2, None, channel=0), phrase(1, None, channel=1)]}
    found = read(body, JobOptions(channels="separate"), diarized=False, separate=True)
    assert [(one.speaker, one.channel) for one in found.phrases] == [("Guest-1", 1), ("Guest-2", 0)]


@pytest.mark.parametrize(
    ("options", "phrases", "note"),
    [
        (TWO, [phrase(speaker=None)], "Speakers were to be told apart, but the service named none: all are Unknown."),
        (TWO, [phrase()], "2 speakers were asked for; only 1 could be told apart."),
        (JobOptions(), [phrase()], "No number of speakers was given: up to 10 were looked for."),
        (TWO, [], "The service found no speech in the audio."),
        (TWO, [phrase(text=" "), 5], "2 phrases were left out, being without recognized text (no text 2)."),
        (
            JobOptions(candidate_languages=("de-DE",)),
            [phrase()],
            "The fast service looks for one main language in a file: it chose among en-US, de-DE.",
        ),
    ],
)
def test_doubts_are_notes(options: JobOptions, phrases: list[Any], note: str) -> None:
    """Every choice made for the caller, and whatever is missing."""
    assert note in read({"phrases": phrases}, options).notes


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "is not whole JSON"),
        (b'{"phrases": [', "is not whole JSON"),
        (b"<html>gateway</html>", "is not whole JSON: '<html>gateway</html>'"),
        (b"[]", "is not a JSON object"),
        (b"{}", "no list of phrases"),
        (b'{"phrases": null}', "no list of phrases"),
        (b'{"phrases": [], "combinedPhrases": [{"text": "Hi"}]}', "holds text, but no phrase"),
        (b'{"phrases": [{"display": "Hi"}], "combinedPhrases": [{"text": "Hi"}]}', "holds text, but no phrase"),
    ],
)
def test_an_unknown_schema_is_no_empty_text(body: bytes, why: str) -> None:
    """Better no transcript than one without its words."""
    with pytest.raises(UnexpectedReply, match=why) as caught:
        read(body)
    assert (caught.value.backend, caught.value.meeting_id) == ("fast", "m-1")


@pytest.mark.parametrize("body", ['{"phrases": 5, "url": "%s"}', '{"url": "%s', '["%s"]'])
def test_no_query_comes_out(body: str) -> None:
    """Where a body is shown, its URLs end at the question mark."""
    for url in (URL, URL.replace("/", r"\/").replace("?", r"\u003f")):
        with pytest.raises(UnexpectedReply) as caught:
            read((body % url).encode())
        assert "s3cr3t" not in str(caught.value)
        assert "***" in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def some(fields: str, **known: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of these fields, of any kind or of the known one."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(fields.split(), json_values) | known)


times = "offset duration offsetMilliseconds durationMilliseconds"
words = st.lists(some(times, text=st.text(max_size=3)) | json_values, max_size=2)
phrases = some(f"{times} channel speaker locale confidence", text=st.text(max_size=5) | json_values, words=words)
replies = some(f"{times} combinedPhrases", phrases=st.lists(phrases | json_values, max_size=4))


@given(st.one_of(replies, json_values).map(lambda value: json.dumps(value).encode()) | st.binary(), st.booleans())
def test_nothing_but_unexpected_reply_comes_out(body: bytes, separate: bool) -> None:
    """Whatever the service sends is one error or a transcript in order, which survives the store."""
    with contextlib.suppress(UnexpectedReply):
        found = read(body, separate=separate)
        assert [one.offset_ticks for one in found.phrases] == sorted(one.offset_ticks for one in found.phrases)
        assert Transcript.model_validate_json(found.model_dump_json()) == found
