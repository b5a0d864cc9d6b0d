"""The legacy backend: polls and deletes meetings where the retired service answers, or a gateway that speaks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self
from urllib.parse import unquote, urlunsplit

from ..answers import Reply
from ..backend import Capabilities, JobRequest, JobStatus, Journal
from ..connection import Connection, redact, split_endpoint
from ..errors import InvalidInput, MeetingDeleted, MeetingFailed, MeetingNotReady, OptionNotSupported, UnexpectedReply
from ..http import ServiceClient
from ..runtime import Runtime
from ..transcript import MeetingStatus, Transcript
from .wire import CAUSE_HEADER, OfflineTask, read_offline_task

if TYPE_CHECKING:
    import httpx

API_PATH = "/api/v1/"


def base_url(connection: Connection) -> str:
    """Where OfflineTask lives: the endpoint whole, or the host with the standard path, or the region's own host.

    Raises:
        InvalidInput: None of them is given, or the endpoint is no URL.
    """
    if connection.endpoint:
        return _endpoint_url(connection.endpoint, connection.secrets)
    if connection.host:
        return _endpoint_url(connection.host.strip().rstrip("/") + API_PATH, connection.secrets)
    if connection.region:
        return f"https://transcribe.{connection.region}.cts.speech.{_suffix(connection.region)}{API_PATH}"
    raise InvalidInput("The legacy backend needs a region, an endpoint or a host.")


def _endpoint_url(endpoint: str, secrets: tuple[str, ...]) -> str:
    parts = split_endpoint(endpoint, secrets)
    return urlunsplit((parts.scheme, parts.netloc, f"{parts.path.rstrip('/')}/", "", ""))


def _suffix(region: str) -> str:
    """Sovereign clouds have suffixes of their own (Speech SDK)."""
    if region.startswith("china"):
        return "azure.cn"
    return "azure.us" if region.startswith("usgov") else "microsoft.com"


class LegacyBackend:
    """The REST half of the retired service. A job's reference is the meeting's id."""

    name: ClassVar[str] = "legacy"
    capabilities: ClassVar[Capabilities] = Capabilities(needs_account=True)

    def __init__(
        self, connection: Connection, runtime: Runtime, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
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
        """Refused: this half of the service takes no audio.

        Raises:
            OptionNotSupported: Always.
        """
        raise OptionNotSupported(
            "The legacy backend fetches and deletes meetings by id; it takes no audio files: choose another backend.",
            backend=self.name,
            meeting_id=request.meeting_id,
        )

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
