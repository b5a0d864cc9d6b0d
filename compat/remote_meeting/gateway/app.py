"""OfflineTask as an ASGI app.

The path is matched by its last part, in any case and below any base path, for the clients build it from whatever
endpoint they are given. A caller is told by its key, and sees the meetings that were submitted with that key.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from remote_meeting_backends import (
    Connection,
    InvalidInput,
    MeetingDeleted,
    MeetingNotFound,
    MeetingStatus,
    RemoteMeetingError,
    Runtime,
    SystemRuntime,
)
from remote_meeting_backends.extras import need
from remote_meeting_backends.legacy import CAUSE_HEADER, write_offline_task
from remote_meeting_backends.store import Scope

from ..meetings import Meetings
from ..recording import check_id
from ..standing import Standing

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

log = logging.getLogger("remote_meeting.gateway")

KEY_NAME = "ocp-apim-subscription-key"
LONGEST_CAUSE = 900


def create_app(
    store: str | os.PathLike[str] | None = None,
    *,
    runtime: Runtime | None = None,
    connection: Connection | None = None,
) -> Starlette:
    """Make the app; the store is opened by its first request.

    Args:
        store: Database URL or path; None for the default one.
        runtime: Gives time and ids.
        connection: With which services that keep jobs are asked; whose meetings a caller sees does not depend on it.

    Raises:
        MissingExtra: Starlette is not installed.
    """
    applications = need("starlette.applications", extra="gateway", what="The gateway")
    routing = need("starlette.routing", extra="gateway", what="The gateway")
    gateway = _Gateway(Meetings(connection, runtime or SystemRuntime(), store=store))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await gateway.meetings.aclose()

    route = routing.Route("/{path:path}", gateway.answer, methods=["GET", "DELETE", "POST", "PUT", "PATCH"])
    app: Starlette = applications.Starlette(routes=[route], lifespan=lifespan)
    return app


class _Gateway:
    def __init__(self, meetings: Meetings) -> None:
        self.meetings = meetings

    async def answer(self, request: Request) -> Response:
        """One request, whatever becomes of it; never logs its URL, for keys may stand in it."""
        resource = request.scope["path"].rstrip("/").rpartition("/")[2].lower()
        if resource != "offlinetask":
            return _problem(404, "NotFound", "There is nothing at this path: the gateway answers …/OfflineTask?id=….")
        if request.method not in ("GET", "HEAD", "DELETE"):
            return _problem(405, "MethodNotAllowed", "OfflineTask takes GET and DELETE.", {"allow": "GET, DELETE"})
        query = {name.lower(): value for name, value in request.query_params.items()}
        secret = _secret(request.headers, query)
        if secret is None:
            return _problem(401, "Unauthorized", "Send Ocp-Apim-Subscription-Key, or Authorization: Bearer.")
        meeting_id = query.get("id")
        if not meeting_id:
            return _problem(400, "BadRequest", "Name the meeting: OfflineTask?id=….")
        try:
            check_id(meeting_id)
        except InvalidInput as error:
            return _problem(400, "BadRequest", error.message)
        try:
            owner = await asyncio.to_thread(self.meetings.store.owner_of, secret)
            return await self._serve(request.method, meeting_id, Scope((owner,)))
        except MeetingNotFound:
            return _problem(404, "NotFound", f"There is no meeting {meeting_id} under this key.")
        except RemoteMeetingError as error:
            # The sentence names the store and its trouble: that is for the operator, not for the caller.
            log.error("%s meeting %r: %s", request.method, meeting_id, error)
            return _problem(503, "ServiceUnavailable", "The meeting cannot be looked up now.", {"retry-after": "10"})

    async def _serve(self, method: str, meeting_id: str, scope: Scope) -> Response:
        if method == "DELETE":
            await self.meetings.delete(meeting_id, scope)
            log.info("deleted meeting %r", meeting_id)
            return _reply(200, b"")
        standing = await self.meetings.look(meeting_id, scope)
        transcript = None
        if standing.status is MeetingStatus.COMPLETED:
            try:
                transcript = await self.meetings.transcript(standing)
            except MeetingDeleted:
                # Deleted while it was looked at.
                standing = await self.meetings.look(meeting_id, scope)
        body = await asyncio.to_thread(write_offline_task, meeting_id, standing.told_status, transcript)
        return _reply(200, body, _cause(standing))


def _secret(headers: Mapping[str, str], query: Mapping[str, str]) -> str | None:
    """What tells callers apart. A token wins over a key; the two never meet, even where their texts are equal."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token.strip():
        return f"bearer {token.strip()}"
    return headers.get(KEY_NAME) or query.get(KEY_NAME) or None


def _cause(standing: Standing) -> dict[str, str]:
    """Why it failed, in a header: the old body has no room for it. Percent-encoded where it is not ASCII."""
    if standing.problem is None or standing.status is MeetingStatus.DELETED:
        return {}
    return {CAUSE_HEADER: quote(standing.problem.message[:LONGEST_CAUSE], safe=" !\"#$&'()*+,-./:;<=>?@[]^_`{|}~")}


def _problem(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return _reply(status, json.dumps({"code": code, "message": message}).encode(), headers)


def _reply(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    from starlette.responses import Response

    kept: dict[str, Any] = {"cache-control": "no-store", **(headers or {})}
    return Response(body, status_code=status, headers=kept, media_type="application/json" if body else None)
