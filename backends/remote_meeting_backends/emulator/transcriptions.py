"""Batch transcription over HTTP: submit, get, list, patch, delete, files and their content."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from ..connection import without_query
from . import checks, problems
from .bodies import Submission2024, Submission2025, Update2024, Update2025
from .filters import Kind
from .jobs import Job, ResultFile, Status
from .locales import LOCALES
from .work import REPORT, Tell, Work, stamp

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from .core import Emulator

JOB_FILTERS: Final = {
    "displayName": Kind.TEXT,
    "description": Kind.TEXT,
    "createdDateTime": Kind.DATE,
    "lastActionDateTime": Kind.DATE,
    "status": Kind.TEXT,
    "locale": Kind.TEXT,
}
FILE_FILTERS: Final = {"name": Kind.TEXT, "createdDateTime": Kind.DATE, "kind": Kind.TEXT}
PAGE: Final = ("skip", "top", "filter")
SAS_MINUTES: Final = 12 * 60
# The longest is not documented: a week, as for other signatures of Azure.
LONGEST_SAS_MINUTES: Final = 7 * 24 * 60
WAIT: Final = {"Retry-After": "1"}
_SAS_VERSION: Final = "2021-12-02"


class Transcriptions:
    """The handlers; each is given the request and the contract's version.

    Args:
        emulator: What it knows.
        work: What goes on behind.
        tell: Told of a job's events by name.
    """

    def __init__(self, emulator: Emulator, work: Work, tell: Tell) -> None:
        self._emulator = emulator
        self._work = work
        self._tell = tell

    async def submit(self, request: Request, version: str) -> Response:
        """201 with the new job, which has not begun."""
        checks.known_query(request.query_params, ())
        model: type[Submission2024] = Submission2025 if version == "2025-10-15" else Submission2024
        body = checks.json_body(await request.body(), request.headers.get("content-type"), model)
        checks.check_submission(body)
        emulator = self._emulator
        now = emulator.now().replace(microsecond=0)
        destination = body.properties.destination_container_url
        kept = body.model_dump(
            by_alias=True,
            exclude_none=True,
            include={"display_name", "description", "custom_properties", "locale", "model", "properties"},
        )
        if destination is not None:
            kept["properties"]["destinationContainerUrl"] = without_query(destination)
        job = Job(
            id=emulator.new_id(),
            version=version,
            created=now,
            entered=now,
            body=kept,
            urls=body.content_urls or [],
            container=body.content_container_url,
            destination=destination,
            host=host_of(request),
            progression=emulator.progression,
            flaws=emulator.faults.of_job(),
        )
        emulator.state.keep_job(job)
        emulator.record.submitted += 1
        told = self._told(request, job)
        self._tell("TranscriptionCreation", job)
        self._work.begin(job)
        return _json(told, 201, {"Location": told["self"]})

    async def get(self, request: Request, version: str) -> Response:
        """200 with the job; this is what `polls` counts."""
        checks.known_query(request.query_params, ())
        job = self._job(request)
        job.polls += 1
        await self._work.settle(job)
        if not job.status.is_final:
            # The count outlives a restart, too.
            self._emulator.state.keep_job(job)
        return _json(self._told(request, job), 200, {} if job.status.is_final else WAIT)

    async def list(self, request: Request, version: str) -> Response:
        """200 with a page of jobs, the oldest first."""
        query = request.query_params
        checks.known_query(query, PAGE)
        passes = checks.filter_of(query, JOB_FILTERS)
        found = []
        for job in self._emulator.jobs():
            self._work.advance(job)
            values = {name: job.body.get(name) for name in ("displayName", "description", "locale")}
            if passes(
                {**values, "createdDateTime": job.created, "lastActionDateTime": job.entered, "status": job.status}
            ):
                found.append(job)
        page, answer = self._page(request, found)
        told = {"values": [self._told(request, job) for job in page], **answer}
        return _json(told, 200, {} if all(job.status.is_final for job in page) else WAIT)

    async def patch(self, request: Request, version: str) -> Response:
        """200 with the job as it is now."""
        checks.known_query(request.query_params, ())
        job = self._job(request)
        model: type[Update2024] = Update2025 if version == "2025-10-15" else Update2024
        content_type = request.headers.get("content-type")
        update = checks.json_body(await request.body(), content_type, model, checks.JSON_OR_MERGE)
        checks.check_update(update)
        job.body |= update.model_dump(by_alias=True, exclude_none=True)
        self._work.advance(job)
        self._emulator.state.keep_job(job)
        return _json(self._told(request, job), 200, {} if job.status.is_final else WAIT)

    async def delete(self, request: Request, version: str) -> Response:
        """204, also for what is not there."""
        checks.known_query(request.query_params, ())
        emulator = self._emulator
        job_id = checks.entity_id(request.path_params["job"])
        try:
            job = emulator.job(job_id)
        except problems.Problem:
            return _empty(204)
        self._work.advance(job)
        if not job.status.is_final and emulator.faults.take("undeletable") is not None:
            raise problems.delete_not_allowed()
        await self._work.forget(job)
        emulator.record.deleted += 1
        self._tell("TranscriptionDeletion", job)
        return _empty(204)

    async def files(self, request: Request, version: str) -> Response:
        """200 with a page of the job's files; none before its end."""
        query = request.query_params
        checks.known_query(query, (*PAGE, "sasLifetimeMinutes"))
        minutes = checks.minutes_of(query, SAS_MINUTES, LONGEST_SAS_MINUTES)
        passes = checks.filter_of(query, FILE_FILTERS)
        job = self._job(request)
        self._work.advance(job)
        there = [
            file
            for file in self._files(job)
            if passes({"name": file.name, "createdDateTime": file.created, "kind": file.kind})
        ]
        page, answer = self._page(request, there)
        told = {"values": [self._told_file(request, job, file, minutes) for file in page], **answer}
        return _json(told, 200, {} if job.status.is_final else WAIT)

    async def file(self, request: Request, version: str) -> Response:
        """200 with one file of the job."""
        checks.known_query(request.query_params, ("sasLifetimeMinutes",))
        minutes = checks.minutes_of(request.query_params, SAS_MINUTES, LONGEST_SAS_MINUTES)
        job = self._job(request)
        self._work.advance(job)
        wanted = checks.entity_id(request.path_params["file"])
        found = next((file for file in self._files(job) if file.id == wanted), None)
        if found is None:
            raise problems.not_found("file")
        return _json(self._told_file(request, job, found, minutes))

    async def locales(self, request: Request, version: str) -> Response:
        """200 with what can be submitted and transcribed."""
        checks.known_query(request.query_params, ())
        return _json({"Submit": LOCALES, "Transcribe": LOCALES})

    async def content(self, request: Request) -> Response:
        """A file's bytes, for whoever has the signature; errors are those of Blob Storage."""
        from starlette.responses import Response

        emulator = self._emulator
        query = request.query_params
        path, until, mark = request.scope["path"], query.get("se", ""), query.get("sig", "")
        if not hmac.compare_digest(mark.encode(), self._signature(path, until, query.get("si", "")).encode()):
            raise problems.wrong_signature()
        if emulator.faults.take("expired_content") is not None:
            emulator.revoked.add(mark)
        now = stamp(emulator.now())
        if mark in emulator.revoked or until <= now:
            raise problems.expired_signature(until, now)
        job = emulator.state.jobs.get(request.path_params["job"])
        found = (
            next((file for file in self._files(job) if file.id == request.path_params["file"]), None) if job else None
        )
        if found is None:
            raise problems.no_such_blob()
        headers = {"x-ms-blob-type": "BlockBlob", "last-modified": f"{found.created:%a, %d %b %Y %H:%M:%S GMT}"}
        return Response(found.content, headers=headers, media_type="application/json")

    def _job(self, request: Request) -> Job:
        return self._emulator.job(checks.entity_id(request.path_params["job"]))

    def _files(self, job: Job) -> Sequence[ResultFile]:
        if not job.status.is_final or job.outcome is None:
            return ()
        # Of a failed job the report alone is left.
        return [file for file in job.outcome.files if job.status is Status.SUCCEEDED or file.kind == REPORT]

    def _told(self, request: Request, job: Job) -> dict[str, Any]:
        own = link(request, f"transcriptions/{job.id}")
        told = {
            "self": own,
            **job.body,
            "createdDateTime": stamp(job.created),
            "lastActionDateTime": stamp(job.entered),
            "links": {"files": link(request, f"transcriptions/{job.id}/files")},
            "status": job.status,
        }
        if job.outcome is not None and job.status.is_final:
            ended: dict[str, Any] = {"durationMilliseconds": job.outcome.milliseconds}
            if job.status is Status.FAILED:
                ended["error"] = job.outcome.error
            told["properties"] = {**job.body["properties"], **ended}
        return told

    def _told_file(self, request: Request, job: Job, file: ResultFile, minutes: int) -> dict[str, Any]:
        return {
            "self": link(request, f"transcriptions/{job.id}/files/{file.id}"),
            "name": file.name,
            "kind": file.kind,
            "links": {"contentUrl": file.url or self._content_url(request, job, file, minutes)},
            "properties": {"size": len(file.content)},
            "createdDateTime": stamp(file.created),
        }

    def _content_url(self, request: Request, job: Job, file: ResultFile, minutes: int) -> str:
        path = f"/content/{job.id}/{file.id}/{file.name}"
        now = self._emulator.now()
        until = stamp(now + timedelta(minutes=minutes))
        # Every call makes another signature, so that one can go bad alone.
        policy = self._emulator.runtime.new_id()[-12:]
        query = {"sv": _SAS_VERSION, "si": policy, "st": stamp(now), "se": until, "sr": "b", "sp": "r"}
        query["sig"] = self._signature(path, until, policy)
        return f"{host_of(request)}{quote(path)}?{urlencode(query)}"

    def _signature(self, path: str, until: str, policy: str) -> str:
        mark = hmac.new(self._emulator.secret, "\n".join((path, until, policy)).encode(), hashlib.sha256)
        return base64.b64encode(mark.digest()).decode()

    def _page(self, request: Request, found: Sequence[Any]) -> tuple[Sequence[Any], dict[str, str]]:
        return page(request, found, self._emulator.page_size)


def page(request: Request, found: Sequence[Any], size: int) -> tuple[Sequence[Any], dict[str, str]]:
    """A page of what was found, and the link to the next where there is more."""
    query = request.query_params
    skip, top = checks.page_of(query, size)
    chosen = found[skip : skip + top]
    if skip + top >= len(found) or not top:
        return chosen, {}
    kept = {name: value for name, value in query.items() if name not in ("skip", "top", "api-version")}
    path = request.scope["path"].partition("/speechtotext/")[2]
    return chosen, {"@nextLink": link(request, path, {"skip": str(skip + top), "top": str(top), **kept})}


def host_of(request: Request) -> str:
    """`scheme://host` under which the request came."""
    return str(request.base_url).rstrip("/")


def link(request: Request, path: str, query: Mapping[str, str] | None = None) -> str:
    """An absolute URL of the API, in the version that was asked for."""
    asked = {**(query or {}), "api-version": request.query_params["api-version"]}
    return f"{host_of(request)}/speechtotext/{path}?{urlencode(asked)}"


def _json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    from starlette.responses import JSONResponse

    return JSONResponse(body, status, headers)


def _empty(status: int) -> Response:
    from starlette.responses import Response

    return Response(status_code=status)
