"""Phrases on the standard output while they are recognized, in place of a bar and of the whole at the end."""

from __future__ import annotations

from remote_meeting_backends import MeetingNotFound, Transcript
from remote_meeting_backends.live import LiveEvent, Transcribed

from ..aio import RemoteMeetingTranscriptionClient
from .exits import CannotWrite
from .output import text_of, text_of_note
from .writing import put

# Others find their speakers better once they have heard everything.
TELLS = "realtime"


class LivePrinter:
    """Prints each phrase as it comes."""

    def __init__(self) -> None:
        self.printed: set[str] = set()
        self._speakers: list[str] = []
        self._broken: Exception | None = None

    def __call__(self, event: LiveEvent) -> None:
        """Told by the backend."""
        if isinstance(event, Transcribed) and self._broken is None:
            if event.phrase.speaker not in self._speakers:
                self._speakers.append(event.phrase.speaker)
            self.printed.add(event.phrase.id)
            try:
                put(text_of(event.phrase, self._speakers))
            except (BrokenPipeError, CannotWrite) as error:
                # The meeting goes on: what cannot be printed can be fetched by its id.
                self._broken = error

    def finish(self, transcript: Transcript) -> None:
        """What there was no event for, and the notes. Raises what kept a phrase from being printed."""
        if self._broken is not None:
            raise self._broken
        for phrase in transcript.phrases:
            if phrase.id not in self.printed:
                put(text_of(phrase, self._speakers))
        for note in transcript.notes:
            put(text_of_note(note))


async def printer_for(
    service: RemoteMeetingTranscriptionClient, name: str, *, backend: str, format_name: str, output: str | None
) -> LivePrinter | None:
    """A printer, where phrases can be printed as they come: as text, on the screen, of a meeting that begins here."""
    if backend != TELLS or format_name != "text" or output is not None:
        return None
    try:
        await service.meetings.look(name)
    except MeetingNotFound:
        return LivePrinter()
    return None
