"""What a finished meeting looks like to an app: the result classes of the C# and Java clients."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import IntEnum
from typing import Any

from remote_meeting_backends import Phrase, Transcript
from remote_meeting_backends.legacy import transcription_item

from .properties import PropertyId

TICKS_PER_MICROSECOND = 10


class ResultReason(IntEnum):
    """Why there is a result; numbers as in the Speech SDK."""

    NoMatch = 0
    Canceled = 1
    RecognizingSpeech = 2
    RecognizedSpeech = 3


class PropertyCollection(Mapping[str, str]):
    """Properties by name or by PropertyId."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, key: str | PropertyId) -> str:
        return self._values[key.wire_name if isinstance(key, PropertyId) else key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def get_property(self, property_id: PropertyId, default: str = "") -> str:
        """A property by its id; the default when it is not there."""
        return self._values.get(property_id.wire_name, default)

    def get_property_by_name(self, property_name: str, default: str = "") -> str:
        """A property by its name; the default when it is not there."""
        return self._values.get(property_name, default)

    def set_property(self, property_id: PropertyId, value: str) -> None:
        """Set a property by its id."""
        self._values[property_id.wire_name] = str(value)

    def set_property_by_name(self, property_name: str, value: str) -> None:
        """Set a property by its name."""
        self._values[property_name] = str(value)

    def __repr__(self) -> str:
        return f"PropertyCollection({self._values!r})"


class MeetingTranscriptionResult:
    """What one participant said in one go."""

    __slots__ = ("_phrase", "_wire")

    def __init__(self, phrase: Phrase, wire: Mapping[str, Any] | None = None) -> None:
        self._phrase = phrase
        self._wire = wire

    @property
    def text(self) -> str:
        """What was said."""
        return self._phrase.text

    @property
    def result_id(self) -> str:
        """Unique within the meeting."""
        return self._phrase.id

    @property
    def utterance_id(self) -> str:
        """The same for a phrase's interim and final results; these are final, so it is the result's id."""
        return str(self._wire["utteranceId"]) if self._wire and "utteranceId" in self._wire else self._phrase.id

    @property
    def reason(self) -> ResultReason:
        """RecognizedSpeech, unless the service said otherwise."""
        said = self._wire.get("reason") if self._wire else None
        if isinstance(said, str) and said in ResultReason.__members__:
            return ResultReason[said]
        if isinstance(said, int | str) and str(said).isdecimal() and int(said) in list(ResultReason):
            return ResultReason(int(said))
        return ResultReason.RecognizedSpeech

    @property
    def user_id(self) -> str:
        """Who said it: a participant's user id, or a speaker label such as `Guest-1`."""
        if self._wire is not None:
            return self._phrase.raw_speaker if self._phrase.raw_speaker is not None else self._phrase.speaker
        return self._phrase.speaker

    @property
    def offset_in_ticks(self) -> int:
        """Start, in ticks of 100 ns from the start of the meeting's audio."""
        return self._phrase.offset_ticks

    @property
    def duration_in_ticks(self) -> int:
        """Length in ticks of 100 ns."""
        return self._phrase.duration_ticks

    @property
    def duration(self) -> timedelta:
        """Length; a timedelta counts microseconds, so a last tick may be lost."""
        return timedelta(microseconds=self._phrase.duration_ticks // TICKS_PER_MICROSECOND)

    @property
    def properties(self) -> PropertyCollection:
        """Holds `RESULT-Json`: the item as it stood on the wire, or as it would stand there."""
        item = self._wire if self._wire is not None else transcription_item(self._phrase)
        name = PropertyId.SpeechServiceResponse_JsonResult.wire_name
        return PropertyCollection({name: json.dumps(item, ensure_ascii=False)})

    @property
    def phrase(self) -> Phrase:
        """New beside the old: words with times, confidence, channel."""
        return self._phrase

    def __repr__(self) -> str:
        return f"MeetingTranscriptionResult(user_id={self.user_id!r}, text={self.text!r})"


class RemoteMeetingTranscriptionResult:
    """A finished meeting: its id and who said what."""

    __slots__ = ("_results", "_transcript")

    def __init__(self, transcript: Transcript, wire_items: tuple[Mapping[str, Any], ...] | None = None) -> None:
        self._transcript = transcript
        if wire_items is None:
            results = [MeetingTranscriptionResult(phrase) for phrase in transcript.phrases]
        else:
            # The reader keeps items and phrases in the same order.
            results = [
                MeetingTranscriptionResult(phrase, item)
                for phrase, item in zip(transcript.phrases, wire_items, strict=True)
            ]
        self._results = tuple(results)

    @property
    def id(self) -> str:
        """The meeting's id."""
        return self._transcript.meeting_id

    @property
    def meeting_transcription_results(self) -> tuple[MeetingTranscriptionResult, ...]:
        """What was said, in the order of the offsets."""
        return self._results

    @property
    def conversation_transcription_results(self) -> tuple[MeetingTranscriptionResult, ...]:
        """The same, under the name it had before Speech SDK 1.31."""
        return self._results

    @property
    def transcript(self) -> Transcript:
        """New beside the old: the whole transcript with its notes."""
        return self._transcript

    def __repr__(self) -> str:
        return f"RemoteMeetingTranscriptionResult(id={self.id!r}, {len(self._results)} results)"
