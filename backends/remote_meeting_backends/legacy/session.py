"""The session of an upload: real-time transcription's, with a `speech.event` that names the meeting.

Source: protocol/legacy.md, part 1.
"""

from __future__ import annotations

from typing import Any

from ..speech_protocol.client import ClientSession
from ..speech_protocol.messages import encode, text_message


class UploadSession(ClientSession):
    """A session that names its meeting before each turn's audio, and says behind the audio that it is over.

    Args:
        meeting_id: The meeting.
        given, more: As ClientSession takes them.
    """

    def __init__(self, meeting_id: str, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._meeting_id = meeting_id

    def next_frame(self) -> tuple[str | bytes, float] | None:
        """What to send next, and the seconds of audio in it; None while there is nothing (yet)."""
        had_ended = self.has_ended
        given = super().next_frame()
        if self.has_ended and not had_ended:
            self._outbox.append(self._event("end"))
        return given

    def _begin_turn(self, *given: Any) -> None:
        super()._begin_turn(*given)
        # Between the context and the header of the audio.
        self._outbox.insert(len(self._outbox) - 1, self._event("start"))

    def _event(self, name: str) -> str | bytes:
        meeting = {"id": self._meeting_id, "attendees": [], "DifferentiateGuestSpeakers": "true"}
        body = {"id": "meeting", "name": name, "meeting": meeting}
        return encode(text_message("speech.event", self._new_id(), body, self._stamp()))
