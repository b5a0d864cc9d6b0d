"""The upload half of the old interface, in the Speech SDK for Python's shape: Meeting, Participant, MeetingTranscriber.

A script for `azure.cognitiveservices.speech` runs with its import swapped: `import remote_meeting as speechsdk`.
What is heard waits under the meeting's id like any other meeting: RemoteMeetingTranscriptionOperation finds it.
"""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

from remote_meeting_backends import InvalidInput

from . import aio
from .audio import AudioConfig
from .config import SpeechConfigLike
from .participants import Meeting, NotHonoured, Participant, token_of
from .recognition import (
    CancellationReason,
    ConversationTranscriptionCanceledEventArgs,
    ConversationTranscriptionEventArgs,
    ConversationTranscriptionResult,
    MeetingTranscriptionCanceledEventArgs,
    MeetingTranscriptionEventArgs,
    MeetingTranscriptionResult,
)
from .signals import ResultFuture
from .transcribing import Transcriber
from .wishes import MODEL, CurrentToken

if TYPE_CHECKING:
    from remote_meeting_backends import Runtime


class MeetingTranscriber(Transcriber):
    """Transcribes the meeting that it joined.

    `transcriptionMode` (a service property of the SpeechConfig) is `async`, when nothing but the end is told, or
    `RealTimeAndAsync`, the default.

    Args:
        audio_config: What is heard.
        backend: A backend's name, or `auto`. New beside the old, as all that follow.
        store: Where meetings are kept; None for the default.
        runtime: Gives time, waits and ids.
        channels: What is heard of several channels; the 8 of the old array are mixed without a word.
        speakers: How many people speak, where the backend can be told.
        language: BCP-47; None for the SpeechConfig's.
    """

    _result = MeetingTranscriptionResult

    def __init__(
        self,
        audio_config: AudioConfig | None = None,
        *,
        backend: str = "auto",
        store: str | os.PathLike[str] | None = None,
        runtime: Runtime | None = None,
        channels: str | int | None = None,
        speakers: aio.Speakers = None,
        language: str | None = None,
    ) -> None:
        super().__init__(
            audio_config,
            backend=backend,
            store=store,
            runtime=runtime,
            channels=channels,
            speakers=speakers,
            language=language,
        )
        self._meeting: Meeting | None = None

    def join_meeting_async(self, meeting: Meeting) -> ResultFuture[None]:
        """Transcribe this meeting."""
        if not isinstance(meeting, Meeting):
            raise ValueError("meeting must be a Meeting")
        self._meeting = meeting
        return ResultFuture(None, None)

    @property
    def authorization_token(self) -> str:
        """The joined meeting's token; set it anew before it expires: the next connection takes it.

        Raises:
            InvalidInput: No meeting was joined.
        """
        return self._joined().authorization_token

    @authorization_token.setter
    def authorization_token(self, authorization_token: str) -> None:
        self._joined().authorization_token = authorization_token

    def leave_meeting_async(self) -> ResultFuture[None]:
        """Transcribe it no more."""
        left = self.stop_transcribing_async()
        self._meeting = None
        return left

    def start_transcribing_async(self) -> ResultFuture[None]:
        """Begin; `get()` returns once the meeting is written down and its audio is being heard.

        Raises:
            InvalidInput: No meeting was joined, or it is transcribing already.
        """
        meeting = self._joined()
        return self._start(meeting.speech_config, meeting.meeting_id, meeting.token)

    def _joined(self) -> Meeting:
        if self._meeting is None:
            raise InvalidInput("No meeting was joined: call join_meeting_async(meeting).get() first.")
        return self._meeting


class ConversationTranscriber(Transcriber):
    """The class that came after the old ones, under a new id each time; `meeting_id` says which.

    Args:
        speech_config: Ours, or the official SDK's; None for no account.
        audio_config: What is heard.
        language: BCP-47; None for the SpeechConfig's.
        meeting_id: Under which it is fetched later; None for a new one. New beside the old, as all that follow.
        backend, store, runtime, channels, speakers: As MeetingTranscriber takes them.
    """

    _result = ConversationTranscriptionResult

    def __init__(
        self,
        speech_config: SpeechConfigLike | None,
        audio_config: AudioConfig | None = None,
        language: str | None = None,
        *,
        meeting_id: str | None = None,
        backend: str = "auto",
        store: str | os.PathLike[str] | None = None,
        runtime: Runtime | None = None,
        channels: str | int | None = None,
        speakers: aio.Speakers = None,
    ) -> None:
        super().__init__(
            audio_config,
            backend=backend,
            store=store,
            runtime=runtime,
            channels=channels,
            speakers=speakers,
            language=language,
        )
        self._speech_config = speech_config
        self._token = CurrentToken(token_of(speech_config))
        self.meeting_id = meeting_id or uuid.uuid4().hex

    @property
    def authorization_token(self) -> str:
        """The token; empty where a key is used. Set it anew before it expires: the next connection takes it."""
        return self._token.value

    @authorization_token.setter
    def authorization_token(self, authorization_token: str) -> None:
        self._token.value = authorization_token

    @property
    def endpoint_id(self) -> str:
        """Id of a custom model; empty for the base model."""
        return "" if self._speech_config is None else self._speech_config.get_property_by_name(MODEL)

    def start_transcribing_async(self) -> ResultFuture[None]:
        """Begin; `get()` returns once the meeting is written down and its audio is being heard."""
        return self._start(self._speech_config, self.meeting_id, self._token)


__all__ = [
    "CancellationReason",
    "ConversationTranscriber",
    "ConversationTranscriptionCanceledEventArgs",
    "ConversationTranscriptionEventArgs",
    "ConversationTranscriptionResult",
    "Meeting",
    "MeetingTranscriber",
    "MeetingTranscriptionCanceledEventArgs",
    "MeetingTranscriptionEventArgs",
    "MeetingTranscriptionResult",
    "NotHonoured",
    "Participant",
]
