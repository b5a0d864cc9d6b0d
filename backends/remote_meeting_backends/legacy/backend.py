"""The legacy backend: uploads, polls and deletes meetings where the retired service answers, or a gateway for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self
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
from ..http import ServiceClient
from ..realtime.link import own_version
from ..runtime import Runtime
from ..speech_rest.endpoint import scope_of
from ..transcript import MeetingStatus, Transcript
from .endpoint import base_url, upload_url
from .uploading import upload
from .wire import CAUSE_HEADER, OfflineTask, read_offline_task

if TYPE_CHECKING:
    import httpx


class LegacyBackend:
    """The retired service. A job's reference is the meeting's id; it is submitted once its audio is there whole."""

    name: ClassVar[str] = "legacy"
    capabilities: ClassVar[Capabilities] = Capabilities(files=True, live=True, needs_account=True)

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
        """Always available."""
        return None

    @classmethod
    def open(cls, connection: Connection, runtime: Runtime) -> Self:
        """Make one. Raises InvalidInput when there is nowhere to go."""
        return cls(connection, runtime)

    async def submit(self, request: JobRequest, journal: Journal) -> str:
        """Upload the audio, at the pace of the protocol or as it is spoken; a listener is told what is heard meanwhile.

        A request without any audio is a live meeting whose process ended: the service finishes it with what arrived.

        Raises:
            AudioError: The file cannot be used.
            OptionNotSupported: The audio is elsewhere, or its channels are to be kept apart.
            RemoteMeetingError: The service refuses, or no connection lasts.
        """
        if request.urls:
            raise OptionNotSupported("The legacy backend takes audio that is sent to it, no URLs.", backend=self.name)
        was_begun = request.meeting_id in await journal.checkpoints()
        if not was_begun:
            # Whoever deletes a meeting whose submission broke off finds it by this.
            await journal.checkpoint([request.meeting_id])
        mode = "async" if request.listener is None else "RealTimeAndAsync"
        url = upload_url(self._connection, request.options.language, mode)
        authorizer = Authorizer(self._connection, self._runtime, scope=scope_of(url), backend=self.name)
        try:
            await upload(request, url, authorizer, self._runtime, own_version(), was_begun=was_begun)
        except RemoteMeetingError as error:
            raise error.about(meeting_id=request.meeting_id, backend=self.name) from error.__cause__
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
        """DELETE OfflineTask; 200 and 204 both mean that it is gone."""
        await self._client.call("DELETE", self._url, params={"id": job}, meeting_id=job)

    async def aclose(self) -> None:
        """Let connections go."""
        await self._client.aclose()

    async def _get(self, job: str) -> tuple[Reply, OfflineTask]:
        reply = await self._client.call("GET", self._url, params={"id": job}, meeting_id=job)
        try:
            return reply, read_offline_task(reply.body, job, self._secrets)
        except UnexpectedReply as error:
            error.request_id, error.status_code = redact(reply.request_id or "", self._secrets) or None, reply.status
            raise error.about(meeting_id=job, backend=self.name) from error.__cause__
