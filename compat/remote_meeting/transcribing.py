"""How a transcriber runs: begun in the background, its events told on one thread, its end waited for."""

from __future__ import annotations

import asyncio
import contextlib
import os
import uuid
import warnings
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, ClassVar

from remote_meeting_backends import (
    BackendFailed,
    InvalidInput,
    MeetingStatus,
    NoBackend,
    OptionNotSupported,
    RemoteMeetingError,
)
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
from .participants import NotHonoured
from .portal import PORTAL
from .properties import PropertyId
from .recognition import (
    CancellationDetails,
    MeetingTranscriptionCanceledEventArgs,
    MeetingTranscriptionEventArgs,
    RecognitionEventArgs,
    RecognitionResult,
    SessionEventArgs,
)
from .results import PropertyCollection, ResultReason
from .signals import Caller, EventSignal, ResultFuture
from .wishes import MODE, CurrentToken, Overlaid, keeps_apart, wishes_of, without_effect

if TYPE_CHECKING:
    from concurrent.futures import Future

    from remote_meeting_backends import Runtime
    from remote_meeting_backends.audio.pieces import Pieces

LAST_CALLS_SECONDS = 30.0


class Transcriber:
    """What MeetingTranscriber and ConversationTranscriber have in common."""

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
        # What is set here wins over the SpeechConfig's.
        self.properties = PropertyCollection({})
        # Words that are likely to be said; PhraseListGrammar fills it.
        self.phrases: list[str] = []
        self._warned: set[str] = set()
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

    def _start(
        self, speech_config: SpeechConfigLike | None, meeting_id: str, token: CurrentToken
    ) -> ResultFuture[None]:
        if self._work is not None and not self._work.done():
            raise InvalidInput("It is transcribing already: stop it first.")
        config = None if speech_config is None else Overlaid(speech_config, self.properties, token)
        mode = service_property(config, MODE) or aio.MODES[1]
        if config is not None:
            self._channels = self._channels or ("separate" if keeps_apart(config) else None)
            self._warn(without_effect(config), "changes nothing here", stacklevel=3)
        from concurrent.futures import Future

        # There before the work begins: whoever stops it at once, or starts it twice, finds them.
        stop, done = asyncio.Event(), Future[None]()
        begun = PORTAL.start(self._begin(config, meeting_id, mode, stop, done))
        self._stop, self._work = stop, done
        return ResultFuture(begun, None)

    async def _begin(
        self,
        config: Overlaid | None,
        meeting_id: str,
        mode: str,
        stop: asyncio.Event,
        done: Future[None],
    ) -> None:
        """Write the meeting down and begin; the rest goes on by itself. What keeps it from that is raised, and told."""
        self._was_canceled = False
        self._session_id = uuid.uuid4().hex
        self.properties.set_property(PropertyId.Speech_SessionId, self._session_id)
        is_told = mode.lower() != aio.MODES[0].lower()
        client: aio.RemoteMeetingTranscriptionClient | None = None
        try:
            client = aio.RemoteMeetingTranscriptionClient(
                config, backend=self._backend, store=self._store, runtime=self._runtime
            )
            operation = await self._submit(client, config, meeting_id, mode, stop, is_told=is_told)
        except BaseException as error:
            # Apps wait for the end of the session, and many never look at what a start returned.
            known = error if isinstance(error, RemoteMeetingError) else BackendFailed(f"It cannot begin: {error!r}.")
            await self._ended(client, known, done)
            raise
        if not is_told:
            self._say(self.session_started, SessionEventArgs(self._session_id))
        self._keeping = asyncio.create_task(self._keep(client, operation.id, done))

    async def _submit(
        self,
        client: aio.RemoteMeetingTranscriptionClient,
        config: Overlaid | None,
        meeting_id: str,
        mode: str,
        stop: asyncio.Event,
        *,
        is_told: bool,
    ) -> aio.RemoteMeetingTranscriptionOperation:
        """With what the SpeechConfig asks for, or without it where no backend that fits has it: a warning says so."""

        async def submit(**wishes: Any) -> aio.RemoteMeetingTranscriptionOperation:
            return await client.submit(
                self._source(stop),
                meeting_id=meeting_id,
                language=self._language,
                speakers=self._speakers,
                channels=self._channels if self._audio.stream is None else None,
                mode=mode,
                listener=self._told if is_told else None,
                **wishes,
            )

        wishes = {} if config is None else wishes_of(config, self.phrases)
        if config is None and self.phrases:
            wishes["phrases"] = tuple(self.phrases)
        if not wishes:
            return await submit()
        try:
            return await submit(**wishes)
        except (OptionNotSupported, NoBackend) as refused:
            self._warn(sorted(wishes), f"left out, for no backend that fits has it: {refused}", stacklevel=2)
            return await submit()

    def _warn(self, names: list[str], what: str, *, stacklevel: int) -> None:
        """Once a transcriber and thing."""
        fresh = [name for name in names if name not in self._warned]
        self._warned.update(fresh)
        if fresh:
            warnings.warn(f"{', '.join(fresh)}: {what}", NotHonoured, stacklevel=stacklevel + 1)

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
            result = self._result.canceled(details)
            self._say(self.canceled, MeetingTranscriptionCanceledEventArgs(self._session_id, details, result))

    def _say(self, signal: EventSignal[Any], event: Any) -> None:
        self._caller.call(signal.emit, event)


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
