"""The operations of the batch transcription API, one method each, over one rate-limited client.

Source: the published contracts 2024-11-15 and 2025-10-15 (`transcriptions:submit`, `transcriptions`, `…/files`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from ..answers import Reply
from ..connection import Connection
from ..errors import MeetingBusy, MeetingNotFound, RemoteMeetingError, UnexpectedReply
from ..http import RETRIED, Body
from ..runtime import Runtime
from ..speech_rest.client import speech_client
from ..speech_rest.endpoint import api_version, base_url
from ..staging import split_sas
from .wire import Job, ResultFile, name_filter, read_files, read_job, read_jobs

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

NAME = "batch"
# These say that nothing was begun, so a POST may be sent again without looking.
REFUSED = frozenset({429})
MOST_PAGES = 10_000
UNKNOWN_JOB = "it knows no such job: it was deleted, its time to live has passed, or it is another region's or key's"
# Before there is a job, nothing but the place can be unknown.
NOWHERE: Mapping[int, str] = {404: "there is no batch transcription at this endpoint: check it"}


class BatchJobs:
    """Jobs at the service.

    Args:
        connection: The account.
        runtime: Gives time, waits and jitter.
        transport: Where requests go, instead of the network.
    """

    def __init__(
        self, connection: Connection, runtime: Runtime, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.api_version = api_version(connection)
        self.url = base_url(connection, NAME)
        self._client = speech_client(
            connection, runtime, self.url, backend=NAME, not_found=UNKNOWN_JOB, transport=transport
        )
        self._runtime = runtime
        self._destination = connection.destination or ""

    async def submit(self, body: Mapping[str, Any], meeting_id: str) -> Job:
        """Begin a job.

        Raises:
            ServiceError: No clear answer came (Throttled aside): the job may be there all the same; look it up.
            RemoteMeetingError: It was refused, and is not there.
        """
        reply = await self._call(
            "POST",
            "/transcriptions:submit",
            meeting_id,
            body=Body.json(body),
            retried=REFUSED,
            repeatable=False,
            advice=NOWHERE,
        )
        return self._read(read_job, reply, meeting_id)

    async def find(self, display_name: str, custom: Mapping[str, str], meeting_id: str) -> Job | None:
        """The job of that name whose custom properties hold these, if there is one; the newest of several."""
        query = {"filter": name_filter(display_name)}
        jobs = await self._pages("/transcriptions", query, read_jobs, meeting_id, advice=NOWHERE)
        fitting = [job for job in jobs if custom.items() <= job.custom.items()]
        return max(fitting, key=lambda job: job.created.timestamp() if job.created else 0.0, default=None)

    async def get(self, job_id: str, meeting_id: str) -> tuple[Job, float | None]:
        """A job, and the service's word on when to ask again, in seconds. Raises MeetingNotFound."""
        reply = await self._call("GET", f"/transcriptions/{job_id}", meeting_id)
        return self._read(read_job, reply, meeting_id), reply.retry_after_seconds(self._runtime.now())

    async def files(self, job_id: str, meeting_id: str) -> list[ResultFile]:
        """Every file of a job that is over, all pages of them."""
        return await self._pages(f"/transcriptions/{job_id}/files", {}, read_files, meeting_id)

    async def content(self, file: ResultFile, meeting_id: str) -> bytes:
        """What stands in a file. Its URL carries its own permission, which ends after 12 hours.

        In a destination of the caller's own it carries none: there the caller's permission opens it.

        Raises:
            AuthenticationFailed: The permission has ended: ask for the files again.
        """
        where, sas = split_sas(self._destination)
        is_ours = bool(sas) and file.url.partition("?")[0].startswith(f"{where.rstrip('/')}/") and "?" not in file.url
        url = f"{file.url}?{sas}" if is_ours else file.url
        retried = RETRIED | {409}
        return (
            await self._client.call(
                "GET", url, params={}, meeting_id=meeting_id, anonymous=True, retried=retried, seconds=600.0
            )
        ).body

    async def delete(self, job_id: str, meeting_id: str) -> None:
        """Delete a job and its results; one that is not there is no error.

        Raises:
            MeetingBusy: The service does not delete what it still works on.
        """
        try:
            await self._call("DELETE", f"/transcriptions/{job_id}", meeting_id)
        except MeetingNotFound:
            return
        except RemoteMeetingError as error:
            if "DeleteNotAllowed" not in (error.code, error.inner_code):
                raise
            raise MeetingBusy(
                f"The service still works on meeting {meeting_id}, and deletes nothing that it works on: "
                f"delete it again when it is over.",
                backend=NAME,
                meeting_id=meeting_id,
                code=error.inner_code or error.code,
                request_id=error.request_id,
                status_code=error.status_code,
            ) from error

    async def aclose(self) -> None:
        """Let connections go."""
        await self._client.aclose()

    async def _pages(
        self,
        path: str,
        query: Mapping[str, str],
        read: Callable[[bytes], tuple[tuple[T, ...], str | None]],
        meeting_id: str,
        **how: Any,
    ) -> list[T]:
        """Every page of a list, by the links that the service gives."""
        found: list[T] = []
        for _ in range(MOST_PAGES):
            reply = await self._call("GET", path, meeting_id, query=query, **how)
            values, link = self._read(read, reply, meeting_id)
            found += values
            if link is None:
                return found
            # Only the link's query counts: whatever host stands in it, the key goes to the service alone.
            query = dict(parse_qsl(urlsplit(link).query, keep_blank_values=True))
        raise UnexpectedReply(f"The service's list {path} has no end.", backend=NAME, meeting_id=meeting_id)

    async def _call(
        self, method: str, path: str, meeting_id: str, *, query: Mapping[str, str] | None = None, **how: Any
    ) -> Reply:
        params = {"api-version": self.api_version, **(query or {})}
        return await self._client.call(method, self.url + path, params=params, meeting_id=meeting_id, **how)

    def _read(self, read: Callable[[bytes], T], reply: Reply, meeting_id: str) -> T:
        try:
            return read(reply.body)
        except UnexpectedReply as error:
            error.request_id, error.status_code = reply.request_id, reply.status
            raise error.about(meeting_id=meeting_id, backend=NAME) from error.__cause__
