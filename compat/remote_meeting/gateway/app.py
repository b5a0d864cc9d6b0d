"""The retired service as an ASGI app: uploads over WebSockets, OfflineTask, voice signatures, and how it is doing.

Paths are matched by their last part, in any case and below any base path, for the clients build them from whatever
endpoint they are given. A caller is told by its key, and sees the meetings that were made with that key.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from remote_meeting_backends import (
    Connection,
    InvalidInput,
    MeetingNotFound,
    MeetingStatus,
    RemoteMeetingError,
    Runtime,
    SystemRuntime,
)
from remote_meeting_backends.extras import need
from remote_meeting_backends.legacy import CAUSE_HEADER
from remote_meeting_backends.speech_protocol.messages import MalformedMessage

from ..meetings import Meetings
from ..recording import check_id
from . import signatures
from .accounts import Account, Accounts
from .books import Books
from .callers import Caller, KeyFile, caller_of
from .chores import Chores
from .house import House
from .metrics import Meters
from .polling import Polls
from .refusing import MALFORMED, reason
from .settings import Settings
from .spool import Spool, default_spool
from .talk import SUBPROTOCOL, Talk, Wire

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import HTTPConnection, Request
    from starlette.responses import Response
    from starlette.websockets import WebSocket

    from ..standing import Standing

log = logging.getLogger("remote_meeting.gateway")

WHAT: Final = "The gateway"
UPLOADS: Final = "/speech/recognition/"
LONGEST_CAUSE: Final = 900
NO_KEY: Final = "Send Ocp-Apim-Subscription-Key, or Authorization: Bearer."


def create_app(
    store: str | os.PathLike[str] | None = None,
    *,
    runtime: Runtime | None = None,
    connection: Connection | None = None,
    settings: Settings | None = None,
    keys: KeyFile | None = None,
) -> Starlette:
    """Make the app; `app.state.gateway` is its inside, for whoever ends it in an orderly way.

    Args:
        store: Database URL or path; None for the default one.
        runtime: Gives time and ids.
        connection: With which services that keep jobs are asked; whose meetings a caller sees does not depend on it.
        settings: How it is run; its connection is `connection` where it names none.
        keys: Whose keys are taken; None for everybody's.

    Raises:
        MissingExtra: Starlette or prometheus-client is not installed.
    """
    applications = need("starlette.applications", extra="gateway", what=WHAT)
    routing = need("starlette.routing", extra="gateway", what=WHAT)
    gateway = Gateway(store, runtime or SystemRuntime(), settings or Settings(connection=connection), keys)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await gateway.begin()
        yield
        await gateway.aclose()

    methods = ["GET", "HEAD", "DELETE", "POST", "PUT", "PATCH"]
    app: Starlette = applications.Starlette(
        routes=[
            routing.Route("/{path:path}", gateway.answer, methods=methods),
            routing.WebSocketRoute("/{path:path}", _Door(gateway)),
        ],
        lifespan=lifespan,
    )
    app.state.gateway = gateway
    return app


class _Door:
    """Lets uploads in, past what is wrapped around each message elsewhere.

    Args:
        gateway: Where to.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        from starlette.websockets import WebSocket

        await self._gateway.connect(WebSocket(scope, receive, send), Wire(receive, send))


class Gateway:
    """What answers.

    Args:
        store: Database URL or path; None for the default one.
        runtime: Gives time and ids.
        settings: How it is run.
        keys: Whose keys are taken; None for everybody's.
    """

    def __init__(
        self, store: str | os.PathLike[str] | None, runtime: Runtime, settings: Settings, keys: KeyFile | None
    ) -> None:
        self.meetings = Meetings(settings.connection, runtime, store=store)
        self.meters = Meters()
        kept = self.meetings.store
        spool = Spool(settings.spool or default_spool(kept.name), settings.spool_bytes, runtime)
        accounts = Accounts(settings, runtime)
        self.house = House(settings, runtime, kept, spool, accounts, Books(kept, runtime), self.meters)
        self._accounts = accounts
        self._polls = Polls(self.meetings, self.house)
        self._chores = Chores(self.house)
        self._keys = keys
        self.meters.meetings = lambda: {str(status): count for status, count in kept.by_status().items()}
        self.meters.spool = lambda: (spool.used_bytes, spool.most_bytes)

    async def begin(self) -> None:
        """Take up the work. Raises InvalidInput when the spool cannot be used."""
        await asyncio.to_thread(self.house.spool.prepare)
        self._chores.begin()

    async def drain(self) -> None:
        """Before the end: apps are handed a reconnect, what is whole is finished."""
        await self._chores.aclose()
        await self.house.drain(self.house.settings.drain_seconds)

    async def aclose(self) -> None:
        """Let everything go; what is not finished goes on elsewhere, or later."""
        await self._chores.aclose()
        await self.house.aclose()
        await self.meetings.aclose()

    async def connect(self, websocket: WebSocket, wire: Wire) -> None:
        """One upload's connection, from its upgrade to its end; never logs its URL, for keys may stand in it."""
        query = {name.lower(): value for name, value in websocket.query_params.items()}
        path = websocket.scope["path"].lower()
        refusal: Response | None = None
        caller = self._caller(websocket, query)
        if not (path.startswith(UPLOADS) or path == "/"):
            refusal = _problem(404, "NotFound", f"Uploads are taken below {UPLOADS}.")
        elif caller is None:
            refusal = _problem(401, "Unauthorized", NO_KEY)
        elif self.house.is_draining:
            refusal = _problem(503, "ServiceUnavailable", "The gateway is about to end.", {"retry-after": "1"})
        if refusal is not None or caller is None:
            self.meters.refused("draining" if self.house.is_draining else "unauthorized" if caller is None else "path")
            await websocket.send_denial_response(refusal or _problem(401, "Unauthorized", NO_KEY))
            return
        offered = websocket.scope.get("subprotocols") or []
        await websocket.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in offered else None)
        try:
            talk = Talk(self.house, websocket, wire, caller, self._account(websocket, caller), query)
        except MalformedMessage as error:
            self.meters.closed(MALFORMED)
            await websocket.close(MALFORMED, reason(error.message))
            return
        self.meters.connected()
        try:
            await talk.run()
        finally:
            self.meters.disconnected()

    async def answer(self, request: Request) -> Response:
        """One request, whatever becomes of it; never logs its URL, for keys may stand in it."""
        path = request.scope["path"].rstrip("/").lower()
        own = {"/healthz": self._healthy, "/readyz": self._ready, "/metrics": self._metrics}.get(path)
        if own is not None and request.method in ("GET", "HEAD"):
            return await own()
        resource = path.rpartition("/")[2]
        if resource not in ("offlinetask", "meetings", *signatures.RESOURCES):
            return _problem(404, "NotFound", "There is nothing at this path: the gateway answers …/OfflineTask?id=….")
        if resource == "offlinetask" and request.method not in ("GET", "HEAD", "DELETE"):
            return _problem(405, "MethodNotAllowed", "OfflineTask takes GET and DELETE.", {"allow": "GET, DELETE"})
        query = {name.lower(): value for name, value in request.query_params.items()}
        caller = self._caller(request, query)
        if caller is None:
            self.meters.refused("unauthorized")
            return _problem(401, "Unauthorized", NO_KEY)
        if resource in signatures.RESOURCES:
            return await signatures.answer(request)
        if resource == "meetings":
            return _end_of_meeting(request.method)
        return await self._task(request, caller, query.get("id"))

    async def _task(self, request: Request, caller: Caller, meeting_id: str | None) -> Response:
        if not meeting_id:
            return _problem(400, "BadRequest", "Name the meeting: OfflineTask?id=….")
        try:
            check_id(meeting_id)
        except InvalidInput as error:
            return _problem(400, "BadRequest", error.message)
        try:
            owner = await asyncio.to_thread(self.house.store.owner_of, caller.secret)
            account = self._account(request, caller)
            if request.method == "DELETE":
                await self._polls.delete(owner, meeting_id, account)
                log.info("deleted meeting %r", meeting_id, extra={"meeting_id": meeting_id})
                return _reply(200, b"")
            body, standing = await self._polls.get(owner, meeting_id, account)
            return _reply(200, body, _cause(standing))
        except MeetingNotFound:
            return _problem(404, "NotFound", f"There is no meeting {meeting_id} under this key.")
        except RemoteMeetingError as error:
            # The sentence names the store and its trouble: that is for the operator, not for the caller.
            log.error("%s meeting %r: %s", request.method, meeting_id, error, extra={"meeting_id": meeting_id})
            return _problem(503, "ServiceUnavailable", "The meeting cannot be looked up now.", {"retry-after": "10"})

    def _caller(self, connection: HTTPConnection, query: Mapping[str, str]) -> Caller | None:
        caller = caller_of(connection.headers, query)
        if caller is None or self._keys is None:
            return caller
        return self._keys.admit(caller)

    def _account(self, connection: HTTPConnection, caller: Caller) -> Account:
        return self._accounts.of(caller, connection.headers.get("host", ""))

    async def _healthy(self) -> Response:
        return _reply(200, b'{"status":"up"}')

    async def _ready(self) -> Response:
        """Whether a new meeting would be taken."""
        if self.house.is_draining:
            return _problem(503, "Draining", "The gateway is about to end.")
        try:
            await asyncio.to_thread(self.house.store.unfinished, "")
        except RemoteMeetingError as error:
            log.error("not ready: %s", error)
            return _problem(503, "NoStore", "The store cannot be used now.")
        if self.house.spool.is_full:
            return _problem(503, "SpoolFull", "The spool is full.")
        return _reply(200, b'{"status":"ready"}')

    async def _metrics(self) -> Response:
        from starlette.responses import Response

        body, kind = await asyncio.to_thread(self.meters.render)
        return Response(body, headers={"content-type": kind, "cache-control": "no-store"})


def _end_of_meeting(method: str) -> Response:
    """EndMeetingAsync: the meeting ends with its audio, so there is nothing to do."""
    if method != "DELETE":
        return _problem(405, "MethodNotAllowed", "A meeting's end is a DELETE.", {"allow": "DELETE"})
    return _reply(200, b"")


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
