"""The body of OfflineTask: read leniently, written strictly.

Source: the published C# and Java clients (`RemoteMeetingTranscriptionClient`), as recorded in the protocol notes:
`{"id", "processingStatus": 0-4, "transcriptions": [{"userId", "resultId", "reason", "text", "durationInTicks",
"offsetInTicks"}]}`; ticks are integers of 100 ns.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..connection import redact
from ..errors import UnexpectedReply
from ..transcript import UNKNOWN_SPEAKER, MeetingStatus, Phrase, Transcript

# A header of ours: the old body has no room for why a meeting failed.
CAUSE_HEADER = "x-meeting-error"

STATUS_NUMBERS = {
    MeetingStatus.UPLOADING: 0,
    MeetingStatus.PROCESSING: 1,
    MeetingStatus.COMPLETED: 2,
    MeetingStatus.FAILED: 3,
    MeetingStatus.DELETED: 4,
}
_BY_NUMBER = {number: status for status, number in STATUS_NUMBERS.items()}
_BY_TEXT = {text: status for status, number in STATUS_NUMBERS.items() for text in (status.value.lower(), str(number))}
_GUEST = re.compile(r"guest_(\d{1,6})", re.IGNORECASE)
SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class OfflineTask:
    """What one answer says.

    Args:
        meeting_id: As the service gave it; the asked-for one when it gave none.
        status: Where the meeting stands.
        items: The `transcriptions` as they came, unknown fields included, in the order of their offsets.
    """

    meeting_id: str
    status: MeetingStatus
    items: tuple[dict[str, Any], ...]

    def transcript(self, backend: str) -> Transcript:
        """The items as a transcript: phrase by phrase the same order."""
        phrases = tuple(_phrase(number, item) for number, item in enumerate(self.items, start=1))
        return Transcript(meeting_id=self.meeting_id, backend=backend, phrases=phrases)


def read_offline_task(body: bytes, meeting_id: str, secrets: Iterable[str] = ()) -> OfflineTask:
    """Read an answer, whatever the case of its names, and whether enums come as names or numbers.

    Args:
        body: As it came.
        meeting_id: The asked-for one.
        secrets: What must be masked where a message shows the body.

    Raises:
        UnexpectedReply: It is no JSON object, or its status is unknown.
    """
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _unexpected(body, "which is not whole JSON", meeting_id, secrets) from error
    if not isinstance(parsed, dict):
        raise _unexpected(body, "which is not a JSON object", meeting_id, secrets)
    fields = _folded(parsed)
    status = _status(fields.get("processingstatus"))
    if status is None:
        raise _unexpected(body, "which holds no processing status that is known (0 to 4)", meeting_id, secrets)
    items = fields.get("transcriptions")
    kept = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    kept.sort(key=lambda item: _ticks(_folded(item).get("offsetinticks")))
    return OfflineTask(_text(fields.get("id")) or meeting_id, status, tuple(kept))


def write_offline_task(meeting_id: str, status: MeetingStatus, transcript: Transcript | None = None) -> bytes:
    """Write an answer with exactly the fields that the old clients read."""
    items = [transcription_item(phrase) for phrase in transcript.phrases] if transcript is not None else []
    task = {"id": meeting_id, "processingStatus": STATUS_NUMBERS[status], "transcriptions": items}
    return json.dumps(task, ensure_ascii=False, separators=(",", ":")).encode()


def transcription_item(phrase: Phrase) -> dict[str, Any]:
    """One phrase in the wire's fields."""
    return {
        "userId": phrase.speaker,
        "resultId": phrase.id,
        "reason": "RecognizedSpeech",
        "text": phrase.text,
        "durationInTicks": phrase.duration_ticks,
        "offsetInTicks": phrase.offset_ticks,
    }


def canonical_speaker(label: str) -> str:
    """One way to write a speaker: `Guest_0` is `Guest-1`, nobody in particular is `Unknown`, a name is itself."""
    guest = _GUEST.fullmatch(label)
    if guest:
        return f"Guest-{int(guest[1]) + 1}"
    return UNKNOWN_SPEAKER if label.lower() in ("", "unidentified", "unknown") else label


def _phrase(number: int, item: Mapping[str, Any]) -> Phrase:
    fields = _folded(item)
    label = _text(fields.get("userid"))
    speaker = canonical_speaker(label)
    return Phrase(
        id=_text(fields.get("resultid")) or f"{number:08x}",
        text=_text(fields.get("text")),
        speaker=speaker,
        raw_speaker=label if label != speaker else None,
        offset_ticks=_ticks(fields.get("offsetinticks")),
        duration_ticks=_ticks(fields.get("durationinticks")),
    )


def _folded(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in fields.items()}


def _status(value: Any) -> MeetingStatus | None:
    if isinstance(value, str):
        return _BY_TEXT.get(value.strip().lower())
    if isinstance(value, int) and not isinstance(value, bool):
        return _BY_NUMBER.get(value)
    return None


def _ticks(value: Any) -> int:
    """An integer of ticks, also from a float or a text; 0 when there is none."""
    if isinstance(value, bool):
        return 0
    if isinstance(value, int):
        return value
    try:
        return round(float(value))
    except (TypeError, ValueError, OverflowError):
        return 0


def _text(value: Any) -> str:
    """A text, also from a number, without the lone surrogates that JSON lets through; empty when there is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).encode("utf-8", errors="replace").decode()


def _unexpected(body: bytes, why: str, meeting_id: str, secrets: Iterable[str]) -> UnexpectedReply:
    # Masked before it is cut: half a key is a leak, too.
    shown = " ".join(redact(body.decode("utf-8", errors="replace"), secrets).split())[:SHOWN_CHARACTERS]
    return UnexpectedReply(
        f"The service answered {len(body)} bytes, {why}: {shown!r}", meeting_id=meeting_id, status_code=200
    )
