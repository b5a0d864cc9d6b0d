"""The body of OfflineTask: whatever a service of that name may write is read, and only what the old clients read is
written."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting_backends import MeetingStatus, Phrase, Transcript, UnexpectedReply
from remote_meeting_backends.legacy import OfflineTask, read_offline_task, write_offline_task
from remote_meeting_backends.legacy.wire import SHOWN_CHARACTERS, canonical_speaker

NAMES = ("Uploading", "Processing", "Completed", "Failed", "Deleted")


def read(**fields: Any) -> OfflineTask:
    """Read an answer made of these fields."""
    return read_offline_task(json.dumps(fields).encode(), "asked-for")


def phrase(**fields: Any) -> Phrase:
    """Read one item of a completed meeting."""
    return read(processingStatus=2, transcriptions=[fields]).transcript("legacy").phrases[0]


@pytest.mark.parametrize(("number", "name"), [*enumerate(NAMES)])
@pytest.mark.parametrize("write", ["{0}", '"{0}"', '" {0} "', '"{1}"', '"{2}"', '"{3}"'])
def test_a_status_is_read_however_it_is_written(number: int, name: str, write: str) -> None:
    """As a number, as a number in a text, as a name in any case."""
    body = f'{{"processingStatus":{write.format(number, name, name.lower(), name.upper())}}}'
    assert read_offline_task(body.encode(), "1").status is MeetingStatus(name)


@pytest.mark.parametrize("status", [5, -1, 2.5, True, None, "", "Done", "9" * 5000, "²", [2], {"a": 2}])
def test_an_unknown_status_is_an_error(status: object) -> None:
    """Never a guess: polling goes on for ever on a status that is nobody's."""
    with pytest.raises(UnexpectedReply, match="no processing status that is known"):
        read(id="1", processingStatus=status)


def test_names_are_read_in_any_case_and_unknown_fields_are_kept() -> None:
    """An item keeps what it came with; the transcript takes what it knows."""
    item = {"UserID": "anna", "RESULTID": "r1", "Text": "hi", "offsetinticks": 3, "DurationInTicks": 4, "nBest": [1]}
    task = read(ID="m", PROCESSINGSTATUS=2, Transcriptions=[item], etag="x")
    assert task.items == (item,)
    assert task.transcript("legacy").phrases == (
        Phrase(id="r1", text="hi", speaker="anna", offset_ticks=3, duration_ticks=4),
    )


@pytest.mark.parametrize(
    ("written", "ticks"),
    [(7, 7), (7.4, 7), ("7", 7), (" 7.6 ", 8), (10**15, 10**15), (None, 0), (True, 0), ("soon", 0), ([7], 0)],
)
def test_ticks_are_read_from_any_number(written: object, ticks: int) -> None:
    """An integer, a float or a text; 0 for none."""
    found = phrase(offsetInTicks=written, durationInTicks=written)
    assert (found.offset_ticks, found.duration_ticks) == (ticks, ticks)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_ticks_that_are_no_number_are_none(constant: str) -> None:
    """Python's JSON lets them through."""
    body = f'{{"processingStatus":2,"transcriptions":[{{"offsetInTicks":{constant}}}]}}'
    assert read_offline_task(body.encode(), "1").transcript("legacy").phrases[0].offset_ticks == 0


@pytest.mark.parametrize(
    ("user_id", "speaker", "raw"),
    [
        ("Guest_0", "Guest-1", "Guest_0"),
        ("guest_12", "Guest-13", "guest_12"),
        ("Guest-1", "Guest-1", None),
        ("Unidentified", "Unknown", "Unidentified"),
        ("", "Unknown", ""),
        (None, "Unknown", ""),
        ("Unknown", "Unknown", None),
        ("Guest_x", "Guest_x", None),
        ("anna@contoso.com", "anna@contoso.com", None),
        (17, "17", None),
    ],
)
def test_speakers_are_canonical_and_the_label_is_kept(user_id: object, speaker: str, raw: str | None) -> None:
    """Nobody in particular is Unknown, never somebody; names are themselves."""
    found = phrase(userId=user_id)
    assert (found.speaker, found.raw_speaker) == (speaker, raw)


@pytest.mark.parametrize("items", [None, [], {}, "none", 7, [None, 1, "x", []]])
def test_a_list_that_is_missing_is_a_meeting_without_words(items: object) -> None:
    """What is no item is passed over."""
    assert read(processingStatus=2, transcriptions=items).transcript("legacy").phrases == ()


def test_items_come_in_the_order_of_their_offsets() -> None:
    """Whatever order the service writes; those that begin together stay as they were."""
    items = [{"text": text, "offsetInTicks": offset} for text, offset in (("c", "20"), ("a", 5), ("d", 20), ("b", 7.0))]
    task = read(processingStatus=2, transcriptions=items)
    assert [item["text"] for item in task.items] == ["a", "b", "c", "d"]
    assert [found.text for found in task.transcript("legacy").phrases] == ["a", "b", "c", "d"]


def test_what_is_missing_has_a_stand_in() -> None:
    """A phrase without an id is numbered; a task without an id is the one that was asked for."""
    task = read(processingStatus=2, transcriptions=[{}, {"resultId": ""}])
    assert task.meeting_id == "asked-for"
    assert [found.id for found in task.transcript("legacy").phrases] == ["00000001", "00000002"]


def test_a_lone_surrogate_breaks_nothing() -> None:
    """JSON lets half a character through; nobody could print or store it."""
    body = rb'{"id":"\ud83c","processingStatus":2,"transcriptions":[{"text":"a\udfa4b","userId":"\ud83c"}]}'
    transcript = read_offline_task(body, "1").transcript("legacy")
    assert (transcript.meeting_id, transcript.phrases[0].text, transcript.phrases[0].speaker) == ("?", "a?b", "?")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "answered 0 bytes, which is not whole JSON"),
        (b'{"processingStatus":2', "not whole JSON"),
        (b"<html>retired</html>", "not whole JSON: '<html>retired</html>'"),
        (b"\xff\xfe\x00", "not whole JSON"),
        (b"[" * 100_000, "answered 100000 bytes, which is not whole JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "no processing status that is known"),
    ],
)
def test_what_is_no_answer_says_what_it_is(body: bytes, why: str) -> None:
    """The sentence names the size, the trouble and the beginning."""
    with pytest.raises(UnexpectedReply, match=why) as caught:
        read_offline_task(body, "m-1")
    assert (caught.value.meeting_id, caught.value.status_code) == ("m-1", 200)


def test_only_the_beginning_is_shown() -> None:
    """A page of a megabyte is not a message."""
    with pytest.raises(UnexpectedReply) as caught:
        read_offline_task(b"<p>\n\t" + b"y" * 1_000_000, "m-1")
    assert "'<p> yyy" in str(caught.value)
    assert len(str(caught.value)) < SHOWN_CHARACTERS + 100


def test_a_secret_is_masked_even_where_the_beginning_ends() -> None:
    """Half a key is a leak, too."""
    key = "k" * 16 + "s3cr3t" + "k" * 16
    body = b"x" * (SHOWN_CHARACTERS - 20) + key.encode()
    with pytest.raises(UnexpectedReply) as caught:
        read_offline_task(body, "m-1", (key,))
    assert "kkk" not in str(caught.value)
    assert "***" in str(caught.value)


def test_the_writer_writes_the_old_fields_in_the_old_order() -> None:
    """And no others, with integers, whatever else the transcript knows."""
    transcript = Transcript(
        meeting_id="m",
        backend="local",
        locale="en-US",
        notes=("a note",),
        phrases=(Phrase("r1", "héllo", "Guest-1", 5, 7, raw_speaker="0", channel=1, confidence=0.5, locale="en-US"),),
    )
    assert write_offline_task("m/ä", MeetingStatus.COMPLETED, transcript).decode() == (
        '{"id":"m/ä","processingStatus":2,"transcriptions":[{"userId":"Guest-1","resultId":"r1",'
        '"reason":"RecognizedSpeech","text":"héllo","durationInTicks":7,"offsetInTicks":5}]}'
    )


def test_the_writer_gives_each_status_its_number() -> None:
    """The numbers are the retired service's; no transcript is an empty list."""
    written = [write_offline_task("m", status).decode() for status in MeetingStatus]
    assert written == [f'{{"id":"m","processingStatus":{number},"transcriptions":[]}}' for number in range(5)]


texts = st.text(st.characters(exclude_categories=["Cs"]))
ticks = st.integers(0, 10**16)
speakers = texts.filter(lambda label: label and canonical_speaker(label) == label)
phrases = st.builds(
    Phrase, id=texts.filter(bool), text=texts, speaker=speakers, offset_ticks=ticks, duration_ticks=ticks
)
transcripts = st.lists(phrases).map(
    lambda found: Transcript(
        meeting_id="m", backend="legacy", phrases=tuple(sorted(found, key=lambda one: one.offset_ticks))
    )
)


@given(transcripts)
def test_what_is_written_is_read_back(transcript: Transcript) -> None:
    """Phrase by phrase, in the same order, tick by tick."""
    body = write_offline_task("m", MeetingStatus.COMPLETED, transcript)
    assert read_offline_task(body, "m").transcript("legacy") == transcript


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
names = st.sampled_from(["userId", "resultId", "reason", "text", "durationInTicks", "offsetInTicks", "Text"])
tasks = st.fixed_dictionaries(
    {"processingStatus": st.integers(0, 4) | anything},
    optional={"id": anything, "transcriptions": st.lists(st.dictionaries(names, anything) | anything) | anything},
)


@given(st.one_of(tasks, anything).map(lambda value: json.dumps(value).encode()) | st.binary())
def test_nothing_but_unexpected_reply_comes_out(body: bytes) -> None:
    """Whatever the service sends is a transcript or one kind of error."""
    with contextlib.suppress(UnexpectedReply):
        transcript = read_offline_task(body, "m").transcript("legacy")
        assert Transcript.model_validate_json(transcript.model_dump_json()) == transcript
