"""Web hooks over HTTP: made, challenged, told of events, pinged and tested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

from . import checks, problems
from .bodies import HookBody, HookUpdate
from .core import log
from .filters import Kind
from .jobs import Job, Status
from .subscriptions import PING, Hook, Message, challenge, notification
from .transcriptions import PAGE, link, page
from .work import stamp

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from .core import Emulator

FILTERS: Final = {
    "displayName": Kind.TEXT,
    "description": Kind.TEXT,
    "createdDateTime": Kind.DATE,
    "lastActionDateTime": Kind.DATE,
    "status": Kind.TEXT,
    "webUrl": Kind.TEXT,
}
SECONDS: Final = 10.0
_KEPT: Final = {"display_name", "description", "custom_properties", "web_url", "events"}
_WAIT: Final = {"Retry-After": "1"}


class WebHooks:
    """The handlers, and the sender.

    Args:
        emulator: What it knows.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def begin(self) -> None:
        """After a restart, challenge the hooks that had not answered yet."""
        for hook in self._emulator.state.hooks.values():
            if not hook.status.is_final:
                self._challenge(hook)

    def tell(self, event: str, job: Job) -> None:
        """Send word of a job's event to every hook that wants it, behind the answers."""
        for hook in list(self._emulator.state.hooks.values()):
            if hook.wants(event, job.version):
                entity = f"{job.host}/speechtotext/transcriptions/{job.id}?api-version={job.version}"
                self._send(hook, event, entity)

    async def create(self, request: Request, version: str) -> Response:
        """201; the hook is of use once it has answered the challenge."""
        checks.known_query(request.query_params, ())
        body = checks.json_body(await request.body(), request.headers.get("content-type"), HookBody)
        now = self._emulator.now().replace(microsecond=0)
        hook = Hook(
            id=self._emulator.new_id(),
            version=version,
            created=now,
            entered=now,
            body=body.model_dump(by_alias=True, exclude_none=True, include=_KEPT),
            secret=body.properties.secret if body.properties else None,
        )
        self._emulator.state.keep_hook(hook)
        told = self._told(request, hook)
        self._challenge(hook)
        return _json(told, 201, {"Location": told["self"]})

    async def get(self, request: Request, version: str) -> Response:
        """200 with the hook."""
        checks.known_query(request.query_params, ())
        hook = self._hook(request)
        return _json(self._told(request, hook), 200, {} if hook.status.is_final else _WAIT)

    async def list(self, request: Request, version: str) -> Response:
        """200 with a page of hooks."""
        query = request.query_params
        checks.known_query(query, PAGE)
        passes = checks.filter_of(query, FILTERS)
        found = []
        for hook in self._emulator.state.hooks.values():
            values = {name: hook.body.get(name) for name in ("displayName", "description", "webUrl")}
            dates = {"createdDateTime": hook.created, "lastActionDateTime": hook.entered}
            if passes({**values, **dates, "status": hook.status}):
                found.append(hook)
        shown, answer = page(request, found, self._emulator.page_size)
        told = {"values": [self._told(request, hook) for hook in shown], **answer}
        return _json(told, 200, {} if all(hook.status.is_final for hook in shown) else _WAIT)

    async def patch(self, request: Request, version: str) -> Response:
        """200; another URL or secret has to be challenged again."""
        checks.known_query(request.query_params, ())
        hook = self._hook(request)
        content_type = request.headers.get("content-type")
        update = checks.json_body(await request.body(), content_type, HookUpdate, checks.JSON_OR_MERGE)
        hook.body |= update.model_dump(by_alias=True, exclude_none=True, include=_KEPT)
        secret = update.properties.secret if update.properties else None
        if secret is not None:
            hook.secret = secret
        if update.web_url is not None or secret is not None:
            self._enter(hook, Status.NOT_STARTED)
            self._challenge(hook)
        self._emulator.state.keep_hook(hook)
        return _json(self._told(request, hook), 200, {} if hook.status.is_final else _WAIT)

    async def delete(self, request: Request, version: str) -> Response:
        """204, also for what is not there."""
        checks.known_query(request.query_params, ())
        self._emulator.state.drop_hook(checks.entity_id(request.path_params["hook"]))
        return _empty(204)

    async def ping(self, request: Request, version: str) -> Response:
        """202, and a ping is sent."""
        checks.known_query(request.query_params, ())
        hook = self._usable(request)
        self._send(hook, PING, link(request, f"webhooks/{hook.id}"))
        return _empty(202, _WAIT)

    async def test(self, request: Request, version: str) -> Response:
        """202, and the last job that the hook would hear of is sent; 204 where there is none."""
        checks.known_query(request.query_params, ())
        hook = self._usable(request)
        for job in reversed(self._emulator.jobs()):
            for event in ("TranscriptionCompletion", "TranscriptionProcessing", "TranscriptionCreation"):
                if hook.wants(event, job.version):
                    self._send(hook, event, link(request, f"transcriptions/{job.id}"))
                    return _empty(202, _WAIT)
        return _empty(204)

    def _hook(self, request: Request) -> Hook:
        hook = self._emulator.state.hooks.get(checks.entity_id(request.path_params["hook"]))
        if hook is None:
            raise problems.not_found()
        return hook

    def _usable(self, request: Request) -> Hook:
        hook = self._hook(request)
        if hook.status is not Status.SUCCEEDED:
            raise problems.invalid("The web hook has not answered its challenge.", inner="InvalidPrerequisite")
        return hook

    def _challenge(self, hook: Hook) -> None:
        self._emulator.spawn(f"challenge {hook.id}", self._ask(hook))

    async def _ask(self, hook: Hook) -> None:
        token = self._emulator.runtime.new_id()
        parts = urlsplit(hook.url)
        query = "&".join(part for part in (parts.query, f"validationToken={token}") if part)
        error = None
        try:
            status, body = await self._post(urlunsplit(parts._replace(query=query)), challenge(hook, token))
            if status != 200 or body.strip() != token.encode():
                error = f"The challenge was answered with {status} and another body than the token."
        except OSError as failure:
            error = str(failure)
        if error is not None:
            hook.error = {"code": "InvalidCallbackUri", "message": error}
        self._enter(hook, Status.SUCCEEDED if error is None else Status.FAILED)
        if hook.id in self._emulator.state.hooks:
            self._emulator.state.keep_hook(hook)

    def _send(self, hook: Hook, event: str, entity: str) -> None:
        invocation = self._emulator.new_id()
        message = notification(hook, event, entity, invocation)
        self._emulator.spawn(f"notification {invocation}", self._deliver(hook.url, message))

    async def _deliver(self, url: str, message: Message) -> None:
        try:
            status, _ = await self._post(url, message)
        except OSError as error:
            log.warning("a web hook could not be told: %s", error)
        else:
            if status >= 300:
                log.warning("a web hook answered %s", status)

    async def _post(self, url: str, message: Message) -> tuple[int, bytes]:
        """Send; raises OSError when there is no answer."""
        import httpx

        try:
            async with httpx.AsyncClient(timeout=SECONDS) as client:
                answer = await client.post(url, content=message.body, headers=message.headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            # Not with its URL: a receiver's query may hold a key.
            raise OSError(f"it cannot be reached: {type(error).__name__}") from error
        return answer.status_code, answer.content

    def _enter(self, hook: Hook, status: Status) -> None:
        hook.status, hook.entered = status, self._emulator.now()
        if status is not Status.FAILED:
            hook.error = None

    def _told(self, request: Request, hook: Hook) -> dict[str, Any]:
        own = link(request, f"webhooks/{hook.id}")
        properties: dict[str, Any] = {"apiVersion": hook.version}
        if hook.error is not None:
            properties["error"] = hook.error
        return {
            "self": own,
            **hook.body,
            "properties": properties,
            "links": {
                "ping": link(request, f"webhooks/{hook.id}:ping"),
                "test": link(request, f"webhooks/{hook.id}:test"),
            },
            "createdDateTime": stamp(hook.created),
            "lastActionDateTime": stamp(hook.entered),
            "status": hook.status,
        }


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    from starlette.responses import JSONResponse

    return JSONResponse(body, status, headers)


def _empty(status: int, headers: dict[str, str] | None = None) -> Response:
    from starlette.responses import Response

    return Response(status_code=status, headers=headers)
