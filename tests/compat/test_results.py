"""The result classes of the C# and Java clients."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest

import remote_meeting
from remote_meeting import (
    MeetingTranscriptionResult,
    Phrase,
    PropertyCollection,
    PropertyId,
    RemoteMeetingTranscriptionResult,
    ResultReason,
)
from support.scripted import transcript_of

PHRASE = Phrase("0a", "Grüß Gott.", "Guest-1", 10, 12_345_678_909, raw_speaker="Guest_0")


def test_what_somebody_said() -> None:
    """Every member of the old class, in its unit."""
    result = MeetingTranscriptionResult(PHRASE)
    assert (result.text, result.result_id, result.utterance_id, result.user_id) == ("Grüß Gott.", "0a", "0a", "Guest-1")
    assert result.reason is ResultReason.RecognizedSpeech
    assert (result.offset_in_ticks, result.duration_in_ticks) == (10, 12_345_678_909)
    assert result.duration == timedelta(seconds=1234, microseconds=567_890)
    assert result.phrase is PHRASE
    assert repr(result) == "MeetingTranscriptionResult(user_id='Guest-1', text='Grüß Gott.')"


@pytest.mark.parametrize("key", ["RESULT-Json", PropertyId.SpeechServiceResponse_JsonResult])
def test_the_wire_stands_in_the_properties(key: str | PropertyId) -> None:
    """The item as it would stand on the wire is found by name and by id."""
    properties = MeetingTranscriptionResult(PHRASE).properties
    assert json.loads(properties[key]) == {
        "userId": "Guest-1",
        "resultId": "0a",
        "reason": "RecognizedSpeech",
        "text": "Grüß Gott.",
        "durationInTicks": 12_345_678_909,
        "offsetInTicks": 10,
    }


def test_what_a_service_said_stays() -> None:
    """Fields of a real answer come through unchanged, those we do not know included."""
    wire = {"userId": "Guest_0", "utteranceId": "u-1", "reason": 0, "extra": [1]}
    result = MeetingTranscriptionResult(PHRASE, wire)
    assert (result.user_id, result.utterance_id, result.reason) == ("Guest_0", "u-1", ResultReason.NoMatch)
    assert json.loads(result.properties["RESULT-Json"]) == wire


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"reason": "Canceled"}, ResultReason.Canceled),
        ({"reason": 2}, ResultReason.RecognizingSpeech),
        ({"reason": "2"}, ResultReason.RecognizingSpeech),
        ({"reason": 99}, ResultReason.RecognizedSpeech),
        ({"reason": "Something"}, ResultReason.RecognizedSpeech),
        ({"reason": None}, ResultReason.RecognizedSpeech),
        ({}, ResultReason.RecognizedSpeech),
    ],
)
def test_a_reason_by_name_or_number(said: Mapping[str, object], reason: ResultReason) -> None:
    """Services wrote it either way; what is unknown is recognized speech."""
    assert MeetingTranscriptionResult(PHRASE, said).reason is reason


def test_a_collection_of_properties() -> None:
    """A mapping that also answers to ids, with a default where nothing is."""
    collection = PropertyCollection({"RESULT-Json": "{}", "other": "x"})
    assert dict(collection) == {"RESULT-Json": "{}", "other": "x"}
    assert (len(collection), collection["other"]) == (2, "x")
    assert collection.get_property(PropertyId.SpeechServiceResponse_JsonResult) == "{}"
    assert collection.get_property(PropertyId.SpeechServiceResponse_RequestId) == ""
    assert collection.get_property(PropertyId.SpeechServiceResponse_RequestId, "none") == "none"
    assert repr(collection) == "PropertyCollection({'RESULT-Json': '{}', 'other': 'x'})"
    with pytest.raises(KeyError):
        collection["nothing"]


def test_a_finished_meeting() -> None:
    """Its id, and its items in order under both of their names."""
    result = RemoteMeetingTranscriptionResult(transcript_of("standup"))
    assert result.id == "standup"
    assert [item.text for item in result.meeting_transcription_results] == ["hello", "good morning"]
    assert result.conversation_transcription_results is result.meeting_transcription_results
    assert result.transcript == transcript_of("standup")
    assert repr(result) == "RemoteMeetingTranscriptionResult(id='standup', 2 results)"


def test_items_and_wire_belong_together() -> None:
    """Wire items that do not match the phrases are a defect, not a shorter result."""
    with pytest.raises(ValueError, match="shorter"):
        RemoteMeetingTranscriptionResult(transcript_of("standup"), ({},))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("RemoteConversationTranscriptionClient", "RemoteMeetingTranscriptionClient"),
        ("RemoteConversationTranscriptionOperation", "RemoteMeetingTranscriptionOperation"),
        ("RemoteConversationTranscriptionResult", "RemoteMeetingTranscriptionResult"),
        ("ConversationTranscriptionResult", "MeetingTranscriptionResult"),
    ],
)
def test_the_names_before_1_31(old: str, new: str) -> None:
    """They are the same objects, so that `isinstance` holds whichever name an app uses."""
    assert getattr(remote_meeting, old) is getattr(remote_meeting, new)
