"""The upload half of the old interface, in the Speech SDK for Python's shape: Meeting, Participant, MeetingTranscriber.

A script for `azure.cognitiveservices.speech` runs with its import swapped: `import remote_meeting as speechsdk`.
What is heard waits under the meeting's id like any other meeting: RemoteMeetingTranscriptionOperation finds it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import uuid
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, ClassVar

from remote_meeting_backends import BackendFailed, InvalidInput, MeetingStatus, RemoteMeetingError
from remote_meeting_backends.live import (
    Canceled,
    LiveAudio,
    LiveEvent,
    SessionStarted,
    SpeechEnded,
    SpeechStarted,
    Transcribed,
    Transcribing,
)

from . import aio
from .audio import AudioConfig, AudioStream
from .config import SpeechConfigLike, service_property
from .participants import Meeting, NotHonoured, Participant
from .portal import PORTAL
from .recognition import (
    CancellationDetails,
    CancellationReason,
    ConversationTranscriptionCanceledEventArgs,
    ConversationTranscriptionEventArgs,
    ConversationTranscriptionResult,
    MeetingTranscriptionCanceledEventArgs,
    MeetingTranscriptionEventArgs,
    MeetingTranscriptionResult,
    RecognitionEventArgs,
    RecognitionResult,
    SessionEventArgs,
)
from .results import ResultReason
from .signals import Caller, EventSignal, ResultFuture

if TYPE_CHECKING:
    from concurrent.futures import Future

    from remote_meeting_backends import Runtime
    from remote_meeting_backends.audio.pieces import Pieces

APART = "Speech_EnableMultiChannelProcessing"
LAST_CALLS_SECONDS = 30.0


class _Transcriber:
    """What the transcribers have in common."""

    _result: ClassVar[type[RecognitionResult]]

    def __init__(
        self,
        audio_config: AudioConfig | None,
        *,
        backend: str,
        store: str | os.PathLike[str] | None,
        runtime: Runtime | None,
        channels: str | int | None,
        speakers: aio.Speakers,
        language: str | None,
    ) -> None:
        if not isinstance(audio_config, AudioConfig):
            raise ValueError("give an AudioConfig with a filename or a stream: there is no microphone here")
        self.transcribing: EventSignal[MeetingTranscriptionEventArgs] = EventSignal()
        self.transcribed: EventSignal[MeetingTranscriptionEventArgs] = EventSignal()
        self.canceled: EventSignal[MeetingTranscriptionCanceledEventArgs] = EventSignal()
        self.session_started: EventSignal[SessionEventArgs] = EventSignal()
        self.session_stopped: EventSignal[SessionEventArgs] = EventSignal()
        self.speech_start_detected: EventSignal[RecognitionEventArgs] = EventSignal()
        self.speech_end_detected: EventSignal[RecognitionEventArgs] = EventSignal()
        self._audio = audio_config
        self._backend = backend
        self._store = store
        self._runtime = runtime
        self._channels = None if channels is None else str(channels)
        self._speakers = speakers
        self._language = language
        self._caller = Caller()
        self._session_id = ""
        self._was_canceled = False
        self._work: Future[None] | None = None
        self._stop: asyncio.Event | None = None
        # Held, so that it is not collected while it waits.
        self._keeping: asyncio.Task[None] | None = None

    def stop_transcribing_async(self) -> ResultFuture[None]:
        """End the audio of a stream; `get()` returns when all that was heard was told. A file is heard to its end."""
        work = self._work
        if work is None:
            return ResultFuture(None, None)
        if self._stop is not None and not work.done():
            PORTAL.start(_set(self._stop))
        return ResultFuture(work, None, lambda: self._caller.drain(LAST_CALLS_SECONDS))

    def _start(self, speech_config: SpeechConfigLike | None, meeting_id: str) -> ResultFuture[None]:
        if self._work is not None and not self._work.done():
            raise InvalidInput("It is transcribing already: stop it first.")
        mode = service_property(speech_config, "transcriptionMode") or aio.MODES[1]
        if speech_config is not None and speech_config.get_property_by_name(APART).lower() == "true":
            self._channels = self._channels or "separate"
        from concurrent.futures import Future

        # There before the work begins: whoever stops it at once, or starts it twice, finds them.
        stop, done = asyncio.Event(), Future[None]()
        begun = PORTAL.start(self._begin(speech_config, meeting_id, mode, stop, done))
        self._stop, self._work = stop, done
        return ResultFuture(begun, None)

    async def _begin(
        self,
        speech_config: SpeechConfigLike | None,
        meeting_id: str,
        mode: str,
        stop: asyncio.Event,
        done: Future[None],
    ) -> None:
        """Write the meeting down and begin; the rest goes on by itself. What keeps it from that is raised, and told."""
        self._was_canceled = False
        self._session_id = uuid.uuid4().hex
        is_told = mode.lower() != aio.MODES[0].lower()
        client: aio.RemoteMeetingTranscriptionClient | None = None
        try:
            client = aio.RemoteMeetingTranscriptionClient(
                speech_config, backend=self._backend, store=self._store, runtime=self._runtime
            )
            operation = await client.submit(
                self._source(stop),
                meeting_id=meeting_id,
                language=self._language,
                speakers=self._speakers,
                channels=self._channels if self._audio.stream is None else None,
                mode=mode,
                listener=self._told if is_told else None,
            )
        except BaseException as error:
            # Apps wait for the end of the session, and many never look at what a start returned.
            known = error if isinstance(error, RemoteMeetingError) else BackendFailed(f"It cannot begin: {error!r}.")
            await self._ended(client, known, done)
            raise
        if not is_told:
            self._say(self.session_started, SessionEventArgs(self._session_id))
        self._keeping = asyncio.create_task(self._keep(client, operation.id, done))

    def _source(self, stop: asyncio.Event) -> str | LiveAudio:
        stream = self._audio.stream
        if stream is None:
            return str(self._audio.filename)
        from remote_meeting_backends.audio.pieces import Pieces

        form = stream.stream_format
        pieces = Pieces(form.samples_per_second, form.bits_per_sample, form.channels, self._channels)
        return LiveAudio(_converted(stream, pieces, stop), pieces.channels)

    async def _keep(self, client: aio.RemoteMeetingTranscriptionClient, meeting_id: str, done: Future[None]) -> None:
        """Wait for the end, and tell it."""
        error: RemoteMeetingError | None = None
        try:
            standing = await client.meetings.wait(meeting_id, aio.DEFAULT_POLLING_SECONDS, None)
            error = standing.problem if standing.status is not MeetingStatus.COMPLETED else None
        except RemoteMeetingError as told:
            error = told
        finally:
            await self._ended(client, error, done)

    async def _ended(
        self,
        client: aio.RemoteMeetingTranscriptionClient | None,
        error: RemoteMeetingError | None,
        done: Future[None],
    ) -> None:
        """Tell how it ended, and let everything go."""
        self._cancel(CancellationDetails.of(error))
        self._say(self.session_stopped, SessionEventArgs(self._session_id))
        self._caller.close()
        try:
            if client is not None:
                with contextlib.suppress(RemoteMeetingError):
                    await client.aclose()
        finally:
            done.set_result(None)

    def _told(self, event: LiveEvent) -> None:
        """Each event of the backend, on the event loop."""
        match event:
            case SessionStarted(session_id):
                self._session_id = session_id
                self._say(self.session_started, SessionEventArgs(session_id))
            case SpeechStarted(offset):
                self._say(self.speech_start_detected, RecognitionEventArgs(self._session_id, offset))
            case SpeechEnded(offset):
                self._say(self.speech_end_detected, RecognitionEventArgs(self._session_id, offset))
            case Transcribing(phrase):
                self._say_result(self.transcribing, self._result(phrase, ResultReason.RecognizingSpeech))
            case Transcribed(phrase):
                self._say_result(self.transcribed, self._result(phrase, ResultReason.RecognizedSpeech))
            case Canceled(error) if error is not None:
                # The end of the audio is told once the meeting is complete, so that it can be fetched from then on.
                self._cancel(CancellationDetails.of(error))

    def _say_result(self, signal: EventSignal[MeetingTranscriptionEventArgs], result: RecognitionResult) -> None:
        self._say(signal, MeetingTranscriptionEventArgs(self._session_id, result.offset, result))

    def _cancel(self, details: CancellationDetails) -> None:
        if not self._was_canceled:
            self._was_canceled = True
            self._say(self.canceled, MeetingTranscriptionCanceledEventArgs(self._session_id, details))

    def _say(self, signal: EventSignal[Any], event: Any) -> None:
        self._caller.call(signal.emit, event)


class MeetingTranscriber(_Transcriber):
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
        if self._meeting is None:
            raise InvalidInput("No meeting was joined: call join_meeting_async(meeting).get() first.")
        return self._start(self._meeting.speech_config, self._meeting.meeting_id)


class ConversationTranscriber(_Transcriber):
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
        self.meeting_id = meeting_id or uuid.uuid4().hex

    def start_transcribing_async(self) -> ResultFuture[None]:
        """Begin; `get()` returns once the meeting is written down and its audio is being heard."""
        return self._start(self._speech_config, self.meeting_id)


async def _set(event: asyncio.Event) -> None:
    event.set()


async def _converted(stream: AudioStream, pieces: Pieces, stop: asyncio.Event) -> AsyncGenerator[bytes, None]:
    """A stream's audio as backends take it, until it ends or is stopped."""
    stopping = asyncio.create_task(stop.wait())
    blocks = stream.blocks()
    try:
        while True:
            reading = asyncio.ensure_future(anext(blocks, None))
            await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                # What was written before it was stopped has been read.
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
                break
            block = reading.result()
            if block is None:
                break
            if converted := pieces.feed(block):
                yield converted
        if rest := pieces.finish():
            yield rest
    finally:
        stopping.cancel()
        await blocks.aclose()


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
