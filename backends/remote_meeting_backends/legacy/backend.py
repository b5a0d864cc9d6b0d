"""The legacy backend: uploads, polls and deletes meetings where the retired service answers, or a gateway for it."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, Self
from urllib.parse import unquote

from ..answers import Reply
from ..backend import Capabilities, JobRequest, JobStatus, Journal
from ..connection import Connection, redact
from ..credentials import Authorizer
from ..errors import (
    MeetingDeleted,
    MeetingFailed,
    MeetingNotReady,
    OptionNotSupported,
    RemoteMeetingError,
    UnexpectedReply,
)
from ..extras import lacks
from ..http import ServiceClient
from ..realtime.link import own_version
from ..realtime.run import Place
from ..runtime import Runtime
from ..speech_protocol.context import Profile
from ..speech_rest.endpoint import scope_of
from ..transcript import MeetingStatus, Transcript
from .endpoint import base_url, upload_url
from .marks import Mark, names_no_meeting
from .uploading import NAME, Upload, Way
from .wire import CAUSE_HEADER, OfflineTask, read_offline_task

if TYPE_CHECKING:
    import httpx

HAS_AUDIO: Final = (MeetingStatus.PROCESSING, MeetingStatus.COMPLETED, MeetingStatus.FAILED)


class LegacyBackend:
    """The retired service. A job's reference is the meeting's id; it is submitted once its audio is there whole."""

    name: ClassVar[str] = NAME
    capabilities: ClassVar[Capabilities] = Capabilities(
        files=True, live=True, options=frozenset({"model", "phrases", "profanity"})
    )

    def __init__(
        self, connection: Connection, runtime: Runtime, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._connection = connection
        self._url = base_url(connection) + "OfflineTask"
        self._secrets = connection.secrets
        self._client = ServiceClient(connection, runtime, backend=self.name, transport=transport)
        self._runtime = runtime

    @classmethod
    def missing(cls) -> str | None:
        """The pip line, unless all that an upload needs is installed; polling needs none of it."""
        return lacks(("websockets", "soundfile", "numpy", "soxr"), extra="azure", what="The legacy backend's upload")

    @classmethod
    def open(cls, connection: Connection, runtime: Runtime) -> Self:
        """Make one. Raises InvalidInput when there is nowhere to go."""
        return cls(connection, runtime)

    async def submit(self, request: JobRequest, journal: Journal) -> str:
        """Upload the audio, at the pace of the protocol or as it is spoken; a listener is told what is heard meanwhile.

        A request without any audio is a live meeting whose process ended: the service finishes it with what arrived.

        Raises:
            AudioError: The file cannot be used.
            OptionNotSupported: The audio is elsewhere, or it is asked for what the service cannot do.
            RemoteMeetingError: The service refuses, or no connection lasts.
        """
        if request.urls:
            raise OptionNotSupported("The legacy backend takes audio that is sent to it, no URLs.", backend=self.name)
        way = self._way(request)
        try:
            await Upload(request, journal, way).run()
        except RemoteMeetingError as error:
            error.about(meeting_id=request.meeting_id, backend=self.name)
            raise
        return request.meeting_id

    async def status(self, job: str) -> JobStatus:
        """GET OfflineTask; a Completed answer carries the transcript with it."""
        reply, task = await self._get(job)
        cause = None
        if task.status is MeetingStatus.FAILED:
            said = redact(unquote(reply.headers.get(CAUSE_HEADER, "")), self._secrets)
            cause = said or "the service gave no reason"
        return JobStatus(
            task.status,
            retry_after_seconds=reply.retry_after_seconds(self._runtime.now()),
            cause=cause,
            raw=reply.body,
            transcript=task.transcript(self.name) if task.status is MeetingStatus.COMPLETED else None,
        )

    async def result(self, job: str) -> Transcript:
        """The transcript of a Completed meeting.

        Raises:
            MeetingDeleted, MeetingFailed, MeetingNotReady: It has none, and why.
        """
        now = await self.status(job)
        if now.transcript is not None:
            return now.transcript
        kind, sentence = {
            MeetingStatus.DELETED: (MeetingDeleted, "was deleted, so there is no transcript"),
            MeetingStatus.FAILED: (MeetingFailed, f"failed: {now.cause}"),
        }.get(now.status, (MeetingNotReady, f"is not finished: {now.status}"))
        raise kind(f"Meeting {job} {sentence}.", backend=self.name, meeting_id=job)

    async def delete(self, job: str) -> None:
        """DELETE OfflineTask; 200 and 204 both mean that it is gone.

        Args:
            job: The meeting's id, or an entry of the journal of a submission that broke off.
        """
        if names_no_meeting(job):
            return
        mark = Mark.read(job)
        job = job if mark is None else mark.meeting_id
        await self._client.call("DELETE", self._url, params={"id": job}, meeting_id=job)

    async def aclose(self) -> None:
        """Let connections go."""
        await self._client.aclose()

    def _way(self, request: JobRequest) -> Way:
        options = request.options
        if options.profanity == "tags":
            raise OptionNotSupported("The legacy service puts no tags around swear words.", backend=self.name)
        profile = Profile(
            options.language,
            own_version(),
            diarizes=False,
            profanity="raw" if options.profanity == "none" else options.profanity,
            phrases=options.phrases,
        )
        mode = "async" if request.listener is None else "RealTimeAndAsync"
        url = upload_url(self._connection, options.language, mode, model=options.model, profanity=profile.profanity)
        authorizer = Authorizer(self._connection, self._runtime, scope=scope_of(url), backend=self.name)
        return Way(Place(url, authorizer), profile, self._runtime, partial(self._is_there, request.meeting_id))

    async def _is_there(self, meeting_id: str) -> bool:
        """Whether the service has all of a meeting's audio; what cannot be asked is not there."""
        with contextlib.suppress(RemoteMeetingError):
            return (await self.status(meeting_id)).status in HAS_AUDIO
        return False

    async def _get(self, job: str) -> tuple[Reply, OfflineTask]:
        reply = await self._client.call("GET", self._url, params={"id": job}, meeting_id=job)
        try:
            return reply, read_offline_task(reply.body, job, self._secrets)
        except UnexpectedReply as error:
            error.request_id, error.status_code = redact(reply.request_id or "", self._secrets) or None, reply.status
            raise error.about(meeting_id=job, backend=self.name) from error.__cause__
