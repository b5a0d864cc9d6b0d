"""The batch service's results: every notation is read, and nothing is lost in silence."""

from __future__ import annotations

import contextlib
import gc
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting_backends import (
    JobOptions,
    MeetingFailed,
    Phrase,
    SpeakerCount,
    Transcript,
    UnexpectedReply,
    Word,
)
from remote_meeting_backends.batch.results import (
    read_report,
    read_result,
)
from support.results import SAS, SECOND, A, B, phrase, put_together, result, told


def test_a_whole_result() -> None:
    """By the schema of 2024-11-15, unknown fields passed over."""
    word = {
        "word": "hello",
        "offset": "PT0.09S",
        "duration": "PT0.48S",
        "offsetInTicks": 900_000,
        "durationInTicks": 4_800_000,
        "offsetMilliseconds": 90,
        "durationMilliseconds": 480,
        "confidence": 0.98,
        "new": 1,
    }
    best = {"confidence": 0.89, "lexical": "hello world", "itn": "x", "maskedITN": "y", "display": "Hello world."}
    read = read_result(
        json.dumps(
            {
                "source": A + SAS,
                "timestamp": "2020-06-16T09:30:21Z",
                "durationInTicks": 41_200_000,
                "durationMilliseconds": 4_120,
                "duration": "PT4.12S",
                "combinedRecognizedPhrases": [{"channel": 0, "display": "Hello world."}],
                "recognizedPhrases": [
                    {
                        "recognitionStatus": "Success",
                        "channel": 0,
                        "speaker": 1,
                        "locale": "en-GB",
                        "offset": "PT0.07S",
                        "duration": "PT1.59S",
                        "offsetInTicks": 700_000.0,
                        "durationInTicks": 15_900_000.0,
                        "offsetMilliseconds": 70,
                        "durationMilliseconds": 1_590,
                        "nBest": [{**best, "words": [word]}, {"display": "Yellow world."}],
                    }
                ],
            }
        ).encode()
    )
    assert (read.source, read.duration_ticks, read.notes) == (A, 41_200_000, ())
    assert put_together(read) == Transcript(
        meeting_id="m-1",
        backend="batch",
        locale="en-US",
        audio_duration_ticks=41_200_000,
        phrases=(
            Phrase(
                "00000001",
                "Hello world.",
                "Guest-1",
                700_000,
                15_900_000,
                raw_speaker="1",
                confidence=0.89,
                locale="en-GB",
                words=(Word("hello", 900_000, 4_800_000, 0.98),),
            ),
        ),
        notes=("2 speakers were asked for; only 1 could be told apart.",),
    )


@pytest.mark.parametrize(
    "times",
    [
        {"offsetInTicks": 7_600_000, "durationInTicks": 3_200_000},
        {"offsetInTicks": 7600000.0, "durationInTicks": 3200000.0},
        {"offsetMilliseconds": 760, "durationMilliseconds": 320},
        {"offset": "PT0.76S", "duration": "PT0.32S"},
    ],
)
def test_times_in_every_notation(times: dict[str, Any]) -> None:
    """Floats as in the published sample; no milliseconds there; ISO alone."""
    word = {"word": "hello", **times}
    item = {"recognitionStatus": "Success", "nBest": [{"display": "Hello.", "words": [word]}], **times}
    found = put_together(result(item)).phrases[0]
    assert (found.offset_ticks, found.duration_ticks) == (7_600_000, 3_200_000)
    assert found.words == (Word("hello", 7_600_000, 3_200_000),)


def test_negative_durations_of_words_become_0() -> None:
    """The schema allows them."""
    words = [{"word": "a", "offsetInTicks": 5, "durationMilliseconds": -100_000}]
    item = phrase(nBest=[{"display": "A", "words": words}])
    assert result(item).phrases[0].words == (Word("a", 5, 0),)


def test_words_that_are_none() -> None:
    """Passed over: the phrase's text still holds them. A word without a length has none."""
    words = [
        {"word": "a", "offsetInTicks": 5},
        {"word": "b"},
        {"offsetInTicks": 7},
        5,
        None,
        {"word": 1, "offset": "PT1S"},
    ]
    item = phrase(nBest=[{"display": "A b", "words": words}])
    assert result(item).phrases[0].words == (Word("a", 5, 0),)


def test_display_words_where_there_are_no_others() -> None:
    """Somebody else's job may have asked for those only."""
    item = phrase(
        nBest=[{"display": "A.", "displayWords": [{"displayText": "A.", "offset": "PT1S", "duration": "PT1S"}]}]
    )
    assert result(item).phrases[0].words == (Word("A.", SECOND, SECOND),)


@pytest.mark.parametrize(
    ("best", "text"),
    [({"display": "Hi."}, "Hi."), ({"lexical": "hi"}, "hi"), ({"display": " ", "lexical": "hi"}, "hi")],
)
def test_the_text_is_the_display_form_or_the_lexical_one(best: dict[str, Any], text: str) -> None:
    """Whisper's models give no lexical form."""
    assert result(phrase(nBest=[best])).phrases[0].text == text


def test_phrases_without_text_are_counted() -> None:
    """What was not recognized is left out, and said."""
    read = result(
        phrase(recognitionStatus="NoMatch", nBest=[]),
        phrase(recognitionStatus="NoMatch"),
        phrase(recognitionStatus="Error"),
        phrase(nBest=[]),
        phrase(nBest=None),
        phrase(nBest=[{}]),
        phrase(recognitionStatus=None),
        None,
    )
    assert len(read.phrases) == 1
    assert read.notes == ("7 phrases were left out, being without recognized text (Error 1, NoMatch 2, no text 4).",)
    assert read.notes[0] in put_together(read).notes


def test_a_phrase_without_a_time() -> None:
    """It begins with its words; without any it stands after the one before, and that is said."""
    words = [{"word": "a", "offsetInTicks": 30, "durationInTicks": 7}]
    timeless: dict[str, Any] = {"offsetInTicks": None, "durationInTicks": None}
    read = result(
        phrase(**timeless, nBest=[{"display": "A", "words": words}]), phrase(**timeless), phrase(1, durationInTicks=-5)
    )
    assert [(one.offset_ticks, one.duration_ticks) for one in read.phrases] == [(30, 7), (37, 0), (SECOND, 0)]
    assert read.notes == ("1 phrase was put after the one before, being without a time.",)


@pytest.mark.parametrize("value", [1.5, -0.1, "0.5", True, None, float("nan"), [], 10**20])
def test_a_confidence_that_is_none(value: object) -> None:
    """From 0 to 1, or None."""
    item = phrase(nBest=[{"display": "Hi", "confidence": value}])
    assert result(item).phrases[0].confidence is None


def test_phrases_come_in_the_order_of_their_offsets() -> None:
    """Numbered so, and the first speaker heard is Guest-1, whatever his number."""
    read = result(phrase(3, 0, "C"), phrase(1, 4, "A"), phrase(2, 0, "B"))
    assert [(one.id, one.text, one.speaker, one.raw_speaker) for one in put_together(read).phrases] == [
        ("00000001", "A", "Guest-1", "4"),
        ("00000002", "B", "Guest-2", "0"),
        ("00000003", "C", "Guest-2", "0"),
    ]


def test_a_missing_speaker_is_unknown() -> None:
    """Never the one before."""
    found = put_together(result(phrase(1, 1), phrase(2, None), phrase(3, 2)))
    assert [one.speaker for one in found.phrases] == ["Guest-1", "Unknown", "Guest-2"]
    assert found.notes == ()


def test_no_speaker_although_asked() -> None:
    """The transcript says so."""
    found = put_together(result(phrase(speaker=None)))
    assert found.notes == ("Speakers were to be told apart, but the service named none: all are Unknown.",)
    assert put_together(result(phrase(speaker=None)), diarized=False).notes == ()


def test_up_to_ten_were_looked_for() -> None:
    """A choice that was made for the caller."""
    found = put_together(result(phrase()), options=JobOptions())
    assert found.notes == ("No number of speakers was given: up to 10 were looked for.",)


def test_one_speaker_is_everybody() -> None:
    """Nobody was told apart, because there is nobody else."""
    options = JobOptions(speakers=SpeakerCount(minimum=1, maximum=1))
    found = put_together(result(phrase(1, None), phrase(2, None)), options=options, diarized=False)
    assert [(one.speaker, one.raw_speaker) for one in found.phrases] == [("Guest-1", None)] * 2


def test_separate_channels_are_one_speaker_each() -> None:
    """By first appearance; elsewhere the channel is not shown."""
    read = result(phrase(2, None, channel=0), phrase(1, None, channel=1), phrase(3, None, channel="x"))
    options = JobOptions(channels="separate")
    found = put_together(read, options=options, diarized=False, separate=True)
    assert [(one.speaker, one.channel) for one in found.phrases] == [("Guest-1", 1), ("Guest-2", 0), ("Guest-2", 0)]
    assert {one.channel for one in put_together(read).phrases} == {None}


def test_the_same_number_in_two_channels_is_not_one_speaker() -> None:
    """Nothing says that it is."""
    found = put_together(result(phrase(1, 1, channel=0), phrase(2, 1, channel=1)))
    assert [one.speaker for one in found.phrases] == ["Guest-1", "Guest-2"]


def test_nothing_was_said() -> None:
    """A transcript without phrases, which says why."""
    assert put_together(result()).notes == ("The service found no speech in the audio.",)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "is not whole JSON"),
        (b'{"source": "a", "recognizedPhrases": [', "is not whole JSON"),
        (b"[]", "is not a JSON object"),
        (b"null", "is not a JSON object"),
        (b"{}", "no list of recognized phrases"),
        (b'{"AudioFileResults": [{"AudioFileName": "Channel.0.wav"}]}', "no list of recognized phrases"),
        (b'{"recognizedPhrases": {}}', "no list of recognized phrases"),
        (
            b'{"recognizedPhrases": [], "combinedRecognizedPhrases": [{"display": "Hi"}]}',
            "text, but no recognized phrase",
        ),
        (b'{"recognizedPhrases": [{"text": "Hi"}], "combinedRecognizedPhrases": [{"lexical": "hi"}]}', "text, but no"),
    ],
)
def test_an_unknown_schema_is_no_empty_text(body: bytes, why: str) -> None:
    """Better no transcript than one without its words."""
    with pytest.raises(UnexpectedReply, match=why):
        read_result(body)


@pytest.mark.parametrize("body", [b'{"recognizedPhrases": []}', b"{}"])
def test_the_collector_runs_again(body: bytes) -> None:
    """It is held while a result is read, also where that ends in an error."""
    with contextlib.suppress(UnexpectedReply):
        read_result(body)
    assert gc.isenabled()


def test_a_collector_that_did_not_run_stays_so() -> None:
    """It is the process's own business."""
    gc.disable()
    try:
        result(phrase())
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_byte_order_mark_and_half_a_character() -> None:
    """Both come out of storage as they went in."""
    body = b'\xef\xbb\xbf{"recognizedPhrases": [{"nBest": [{"display": "a\\ud83cb"}], "offsetInTicks": NaN}]}'
    assert read_result(body).phrases[0].text == "a?b"


@pytest.mark.parametrize("escape", [str, lambda url: url.replace("/", r"\/").replace("?", r"\u003f")])
def test_no_query_comes_out(escape: Any) -> None:
    """Not of a source, not of the report's words, not of a body that cannot be read."""
    body = f'{{"source": "{escape(A + SAS)}", "recognizedPhrases": [], "other": "{escape(A + SAS)}"'
    read = read_result(f"{body}}}".encode())
    details = [
        {"source": B + SAS, "status": "Failed", "errorMessage": escape(f"see {B + SAS}"), "errorKind": escape(B + SAS)}
    ]
    reports = told(*details)
    shown = [
        repr(read),
        repr(reports),
        put_together(read, reports=reports, inputs=(A + SAS, B + SAS)).model_dump_json(),
    ]
    for call in (lambda: put_together(reports=reports, inputs=(B + SAS,)), lambda: read_result(body.encode())):
        with pytest.raises((MeetingFailed, UnexpectedReply)) as caught:
            call()
        shown.append(f"{caught.value!s} {caught.value!r} {caught.value.code}")
    assert not any("s3cr3t" in text or "sp=r" in text for text in shown)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def some(fields: str, **known: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some of these fields, of any kind or of the known one."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(fields.split(), json_values) | known)


times = "offset duration offsetInTicks durationInTicks offsetMilliseconds durationMilliseconds"
words = st.lists(some(f"{times} word displayText confidence", word=st.text(max_size=3)) | json_values, max_size=2)
bests = st.lists(
    some("confidence", display=st.text(max_size=5), words=words, displayWords=words) | json_values, max_size=2
)
recognized = some(f"{times} recognitionStatus channel speaker locale", nBest=bests | json_values)
results = some(
    f"{times} source combinedRecognizedPhrases",
    source=st.sampled_from([A, B + SAS, "x"]),
    recognizedPhrases=st.lists(recognized | json_values, max_size=3),
)
reported = some(
    "errorMessage errorKind sourceUrl",
    source=st.sampled_from([A, B, "x"]),
    status=st.sampled_from(["Succeeded", "Failed", "?"]),
)
reports_ = st.fixed_dictionaries({"details": st.lists(reported | json_values, max_size=3)})
bodies = st.one_of(results, reports_, json_values).map(lambda value: json.dumps(value).encode()) | st.binary()


@given(
    st.lists(results.map(json.dumps), max_size=3),
    reports_.map(json.dumps),
    st.lists(st.sampled_from([A, B]), max_size=3),
)
def test_whatever_is_read_is_a_transcript_or_a_named_error(files: list[str], report: str, inputs: list[str]) -> None:
    """Ordered, numbered, printable, and it survives the store."""
    with contextlib.suppress(UnexpectedReply, MeetingFailed):
        read = [read_result(file.encode()) for file in files]
        found = put_together(*read, reports=read_report(report.encode()), inputs=tuple(inputs))
        assert [one.offset_ticks for one in found.phrases] == sorted(one.offset_ticks for one in found.phrases)
        assert len({one.id for one in found.phrases}) == len(found.phrases) <= sum(len(one.phrases) for one in read)
        assert Transcript.model_validate_json(found.model_dump_json()) == found


@given(bodies)
def test_nothing_but_unexpected_reply_comes_out(body: bytes) -> None:
    """Whatever lies in the storage."""
    for reader in (read_result, read_report):
        with contextlib.suppress(UnexpectedReply):
            reader(body)
