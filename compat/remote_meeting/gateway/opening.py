"""What an app says of its meeting before the audio: which one, who takes part, what is wanted. Pure.

Source: protocol/legacy.md, part 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from remote_meeting_backends import InvalidInput
from remote_meeting_backends.speech_protocol.messages import MalformedMessage

from ..recording import DEFAULT_LANGUAGE, check_id

MODES: Final = {"async": "async", "realtimeandasync": "RealTimeAndAsync"}
NAMES: Final = ("meeting", "conversation")
_PROFANITY: Final = {"masked": "masked", "removed": "removed", "raw": "none"}
LONGEST_USER: Final = 1024
MOST_PHRASES: Final = 500


@dataclass(slots=True)
class Opening:
    """What was said so far.

    Args:
        mode: `async` or `RealTimeAndAsync`.
        language: BCP-47.
        model: Id of a custom model.
        profanity: As JobOptions has it.
        most_participants: How many are taken.
    """

    mode: str
    language: str
    model: str | None
    profanity: str | None
    most_participants: int
    meeting_id: str | None = None
    participants: dict[str, str] = field(default_factory=dict)
    phrases: tuple[str, ...] = ()
    is_configured: bool = False
    is_over: bool = False
    has_signatures: bool = False

    @classmethod
    def of_query(cls, query: Mapping[str, str], most_participants: int) -> Opening:
        """What the URL says; names without case, what is unknown is passed over.

        Raises:
            MalformedMessage: A mode that there is not.
        """
        mode = query.get("transcriptionmode", "").strip().lower()
        if mode and mode not in MODES:
            raise MalformedMessage("transcriptionMode is async or RealTimeAndAsync.")
        return cls(
            mode=MODES.get(mode, "RealTimeAndAsync"),
            language=query.get("language") or DEFAULT_LANGUAGE,
            model=query.get("cid") or None,
            profanity=_PROFANITY.get(query.get("profanity", "").lower()),
            most_participants=most_participants,
        )

    def take(self, path: str, body: dict[str, Any]) -> None:
        """A message that is not audio.

        Raises:
            MalformedMessage: It contradicts itself, or what came before.
        """
        if path == "speech.config":
            self.is_configured = True
        elif path == "speech.event":
            self._take_event(body)

    def take_context(self, context: Mapping[str, Any]) -> None:
        """A speech.context."""
        groups = _list(_mapping(context.get("dgi")).get("Groups"))
        items = [item for group in groups for item in _list(_mapping(group).get("Items"))]
        texts = [_mapping(item).get("Text") for item in items]
        self.phrases = tuple(text for text in texts if isinstance(text, str) and text)[:MOST_PHRASES]

    def need(self) -> str:
        """The meeting's id, once everything is there that audio must wait for.

        Raises:
            MalformedMessage: What is missing.
        """
        if not self.is_configured:
            raise MalformedMessage("Audio came before speech.config.")
        if self.meeting_id is None:
            raise MalformedMessage("Audio came before a speech.event named its meeting: this is no MeetingTranscriber.")
        return self.meeting_id

    def _take_event(self, body: dict[str, Any]) -> None:
        name = str(body.get("name", "")).lower()
        kind = next((kind for kind in NAMES if isinstance(body.get(kind), dict)), None)
        if kind is None or name not in ("start", "join", "leave", "end"):
            return
        about = body[kind]
        told = about.get("id", about.get("Id"))
        if told is not None:
            self._name(told)
        elif self.meeting_id is None:
            raise MalformedMessage("A speech.event names no meeting id.")
        self._take_attendees(_list(about.get("attendees")), leave=name == "leave")
        self.is_over = name == "end"

    def _name(self, told: Any) -> None:
        if not isinstance(told, str):
            raise MalformedMessage("A meeting id is a text.")
        try:
            meeting_id = check_id(told)
        except InvalidInput as error:
            raise MalformedMessage(error.message) from error
        if self.meeting_id not in (None, meeting_id):
            raise MalformedMessage("A connection is for one meeting, and this speech.event names another.")
        self.meeting_id = meeting_id

    def _take_attendees(self, attendees: list[Any], *, leave: bool) -> None:
        if len(attendees) > self.most_participants:
            raise MalformedMessage(f"{len(attendees)} participants are more than the {self.most_participants} taken.")
        for attendee in attendees:
            known = _mapping(attendee)
            # The SDK for JavaScript sends its own objects for those who join or leave.
            user = known.get("id", known.get("privId"))
            if not isinstance(user, str) or len(user) > LONGEST_USER:
                raise MalformedMessage("A participant has no id, or one that is no short text.")
            if leave:
                continue
            if user not in self.participants and len(self.participants) >= self.most_participants:
                raise MalformedMessage(f"More than {self.most_participants} participants are not taken.")
            voice = known.get("voice", known.get("privVoice"))
            self.participants[user] = str(known.get("preferredLanguage", known.get("privPreferredLanguage")) or "")
            # Older clients send the signature itself, newer ones its text.
            self.has_signatures = self.has_signatures or bool(voice.strip() if isinstance(voice, str) else voice)


def note_of_signatures(*, has_signatures: bool) -> str | None:
    """What a transcript says of voice signatures that it could not use."""
    if not has_signatures:
        return None
    return "Voice signatures were given; nobody is named by them yet: speakers are Guest-1, Guest-2, …."


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
