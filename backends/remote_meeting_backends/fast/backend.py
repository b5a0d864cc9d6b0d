"""The fast backend: one request with the audio in it, and the transcript in its answer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ..answers import Reply, is_in_doubt
from ..backend import Capabilities, JobOptions, JobRequest, JobStatus, Journal
from ..connection import Connection, without_query
from ..errors import (
    InvalidInput,
    OptionNotSupported,
    RemoteMeetingError,
    UnexpectedReply,
)
from ..extras import lacks
from ..http import Body
from ..running import Job, RunningJobs
from ..runtime import Runtime
from ..speech_rest.client import speech_client
from ..speech_rest.endpoint import api_version, base_url
from ..speech_rest.prepare import check_limits, sendable
from ..transcript import Transcript
from .limits import CAPABILITIES, NAME, patience_seconds
from .multipart import upload
from .wire import definition, read_reply

if TYPE_CHECKING:
    import httpx

log = logging.getLogger("remote_meeting_backends")

# An answer, so the work is over and brought nothing. Behind a 502 or a 504 of something in between it may go on.
RETRIED = frozenset({408, 429, 500, 503})
# What batch may take where fast does not: not offered in that place, too large, too long, too hard.
WAY_OUT_STATUSES = frozenset({404, 408, 413, 422})
WAY_OUT_CODES = frozenset({"diarization_unavailable", "AudioLengthLimitExceeded", "LimitExceeded"})
NOWHERE = "there is no fast transcription at this endpoint: check it, and that its region offers it"
UNSEEN_SECONDS = 5 * 3600.0
# In the journal: a request was begun; it was answered with a refusal, so that nothing was done.
ASKED, ANSWERED = "fast: asked", "fast: refused"


class FastBackend:
    """Fast transcription with diarization, over REST. The job lives in the process that waits for the answer."""

    name: ClassVar[str] = NAME
    capabilities: ClassVar[Capabilities] = CAPABILITIES

    def __init__(
        self, connection: Connection, runtime: Runtime, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._connection = connection
        self._api_version = api_version(connection)
        self._url = base_url(connection, NAME)
        self._can = CAPABILITIES.within(connection.limits.get(NAME))
        self._jobs = RunningJobs(NAME, runtime)
        self._client = speech_client(
            connection, runtime, self._url, backend=NAME, not_found=NOWHERE, transport=transport
        )

    @classmethod
    def missing(cls) -> str | None:
        """The pip line, unless everything it needs is installed."""
        return lacks(("soundfile", "numpy", "soxr"), extra="azure", what="The fast backend")

    @classmethod
    def open(cls, connection: Connection, runtime: Runtime) -> Self:
        """Make one. Raises InvalidInput when there is nowhere to go."""
        return cls(connection, runtime)

    async def submit(self, request: JobRequest, journal: Journal) -> str:
        """Begin in this process. What cannot be sent is refused before a byte is.

        Raises:
            InvalidInput: The region has no fast transcription, or an option cannot be honoured.
        """
        region = (self._connection.region or "").strip().lower()
        if region and not self._connection.endpoint and self._can.regions and region not in self._can.regions:
            raise InvalidInput(
                f"There is no fast transcription in the region {region}: the batch backend is offered there.",
                backend=NAME,
                code="region",
                way_out="batch",
            )
        self._definition(request.options)
        return self._jobs.start(lambda job: self._work(job, request, journal))

    async def status(self, job: str) -> JobStatus:
        """How a job of this process is doing; how far the service is, it does not say."""
        return self._jobs.status(job)

    async def result(self, job: str) -> Transcript:
        """Wait for the answer.

        Raises:
            RemoteMeetingError: There is no transcript, and why; `way_out` names a backend that may do better.
        """
        return await self._jobs.result(job)

    async def delete(self, job: str) -> None:
        """Stop waiting for the answer. The service keeps nothing."""
        await self._jobs.stop(job)

    async def aclose(self) -> None:
        """Stop what runs here and let connections go."""
        await self._jobs.stop_all()
        await self._client.aclose()

    async def _work(self, job: Job, request: JobRequest, journal: Journal) -> Transcript:
        job.progress = None
        notes = await self._doubts(journal)
        if request.audio is None:
            read = await self._ask(request, journal, self._url_form(request), UNSEEN_SECONDS, request.urls[0])
            return _with(read, notes)
        async with sendable(request.audio, request.options, NAME) as audio:
            check_limits(audio.size_bytes, audio.duration_seconds, request.options, self._can, NAME)
            wanted = self._definition(request.options, channels=audio.channels)
            patience = patience_seconds(audio.size_bytes, audio.duration_seconds)
            what = f"{audio.duration_seconds:.1f} s, {audio.size_bytes} bytes of {audio.media_type}"
            read = await self._ask(request, journal, upload(wanted, audio.path, audio.media_type), patience, what)
            return _with(read, (*notes, *audio.notes))

    def _url_form(self, request: JobRequest) -> Body:
        if request.options.container:
            raise OptionNotSupported("The fast backend takes one recording, no container.", backend=NAME)
        channels = (0, 1) if request.options.channels == "separate" else None
        return upload(self._definition(request.options, channels=channels, audio_url=request.urls[0]), None)

    def _definition(
        self, options: JobOptions, *, channels: tuple[int, ...] | None = None, audio_url: str | None = None
    ) -> dict[str, Any]:
        return definition(
            options,
            api_version=self._api_version,
            channels=channels,
            diarize=options.diarizes,
            audio_url=audio_url,
            base_url=self._url,
        )

    async def _doubts(self, journal: Journal) -> tuple[str, ...]:
        """What an earlier process left: the service has no memory of a request whose answer nobody heard."""
        told = [entry for entry in await journal.checkpoints() if entry in (ASKED, ANSWERED)]
        if not told or told[-1] == ANSWERED:
            return ()
        return ("An earlier request for this meeting broke off before its answer came; it may have been billed.",)

    async def _ask(self, request: JobRequest, journal: Journal, form: Body, patience: float, what: str) -> Transcript:
        await journal.checkpoint([ASKED])
        try:
            reply = await self._client.call(
                "POST",
                f"{self._url}/transcriptions:transcribe",
                params={"api-version": self._api_version},
                meeting_id=request.meeting_id,
                seconds=patience,
                body=form,
                retried=RETRIED,
                repeatable=False,
            )
        except RemoteMeetingError as error:
            if not is_in_doubt(error):
                await journal.checkpoint([ANSWERED])
            raise _explained(error, request, what) from error.__cause__
        return self._read(reply, request)

    def _read(self, reply: Reply, request: JobRequest) -> Transcript:
        options = request.options
        try:
            return read_reply(
                reply.body,
                request.meeting_id,
                options,
                diarized=options.diarizes,
                separate=options.channels == "separate",
            )
        except UnexpectedReply as error:
            error.request_id, error.status_code = reply.request_id, reply.status
            raise error.about(meeting_id=request.meeting_id, backend=NAME) from error.__cause__


def _explained(error: RemoteMeetingError, request: JobRequest, what: str) -> RemoteMeetingError:
    """Add what the service leaves out: what it was given when it refused, and what a lost answer may have cost."""
    refused = error.status_code in WAY_OUT_STATUSES or WAY_OUT_CODES & {error.code, error.inner_code}
    if refused:
        options = request.options
        wanted = f"language {options.language}, speakers {options.speakers or 'estimated'}"
        shown = without_query(what)
        error.way_out = "batch"
        error.message = (
            f"{error.message.rstrip('.')}; it was given {shown}, {wanted}: the batch backend may take it "
            f"(--backend batch)."
        )
    elif is_in_doubt(error):
        error.message = (
            f"{error.message.rstrip('.')}; whether it was transcribed cannot be told, and another attempt "
            f"may be billed again: give the same command to try again."
        )
    return error


def _with(transcript: Transcript, notes: tuple[str, ...]) -> Transcript:
    return transcript.model_copy(update={"notes": (*notes, *transcript.notes)}) if notes else transcript
