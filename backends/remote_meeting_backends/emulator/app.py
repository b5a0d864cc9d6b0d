"""The emulator as an ASGI app: routes, keys and versions."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from ..extras import need
from . import checks, problems, tokens
from .control import Control, ControlRoutes
from .core import Emulator, log
from .door import FrontDoor
from .fast import Fast
from .realtime import PATHS, Realtime
from .settings import Settings
from .transcriptions import Transcriptions
from .webhooks import WebHooks
from .work import Work

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import HTTPConnection, Request
    from starlette.responses import Response

    Handler = Callable[[Request, str], Awaitable[Response]]

WHAT = "The emulator"
KEY_HEADER = "ocp-apim-subscription-key"


def create_app(settings: Settings | None = None) -> Starlette:
    """Make an emulator. `app.state.emulator` and `app.state.control` are its inside, for whoever shares its loop.

    Raises:
        MissingExtra: Starlette or python-multipart is not installed.
        StoreError: The state's file cannot be used.
    """
    applications = need("starlette.applications", extra="emulator", what=WHAT)
    need("python_multipart", extra="emulator", what=WHAT)
    emulator = Emulator(settings or Settings())
    hooks = WebHooks(emulator)
    work = Work(emulator, hooks.tell)
    control = Control(emulator, work)
    realtime = Realtime(emulator, lambda websocket: _may_enter(emulator, websocket))
    emulator.forgetting.append(realtime.meetings.clear)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        for job in emulator.jobs():
            work.begin(job)
        hooks.begin()
        yield
        await realtime.aclose()
        await emulator.aclose()

    app: Starlette = applications.Starlette(
        routes=[
            *_routes(
                emulator, Transcriptions(emulator, work, hooks.tell), Fast(emulator), hooks, ControlRoutes(control)
            ),
            *_websockets(realtime),
        ],
        lifespan=lifespan,
        exception_handlers={
            problems.Problem: _answered,
            problems.BlobProblem: _answered,
            404: _no_such_path,
            405: _no_such_method,
            Exception: _broken,
        },
    )
    # The service knows no other spelling of its paths.
    app.router.redirect_slashes = False
    app.add_middleware(FrontDoor, emulator=emulator)
    app.state.emulator = emulator
    app.state.control = control
    return app


def _routes(emulator: Emulator, jobs: Transcriptions, fast: Fast, hooks: WebHooks, control: ControlRoutes) -> list[Any]:
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    warned: set[str | None] = set()

    def guarded(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            _authenticate(emulator, request)
            asked = request.query_params.get("api-version")
            version = checks.api_version(asked)
            if asked != version and asked not in warned:
                warned.add(asked)
                log.warning("api-version %s is newer than any known here: it is answered as %s", asked, version)
            return await handler(request, version)

        return answer

    async def retired(request: Request) -> Response:
        _authenticate(emulator, request)
        raise problems.retired(request.path_params["version"])

    async def token(request: Request) -> Response:
        if not _has_key(emulator, request):
            raise problems.unauthorized()
        return PlainTextResponse(tokens.issue(emulator.secret, emulator.now(), emulator.runtime.new_id()))

    def route(path: str, handler: Handler, method: str) -> Route:
        return Route(f"/speechtotext/{path}", guarded(handler), methods=[method])

    anything = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
    return [
        Route("/speechtotext/v{version}", retired, methods=anything),
        Route("/speechtotext/v{version}/{rest:path}", retired, methods=anything),
        route("transcriptions:submit", jobs.submit, "POST"),
        route("transcriptions:transcribe", fast.transcribe, "POST"),
        route("transcriptions/locales", jobs.locales, "GET"),
        route("transcriptions", jobs.list, "GET"),
        route("transcriptions/{job}/files/{file}", jobs.file, "GET"),
        route("transcriptions/{job}/files", jobs.files, "GET"),
        *_shared("transcriptions/{job}", guarded, GET=jobs.get, PATCH=jobs.patch, DELETE=jobs.delete),
        route("webhooks/{hook}:ping", hooks.ping, "POST"),
        route("webhooks/{hook}:test", hooks.test, "POST"),
        *_shared("webhooks/{hook}", guarded, GET=hooks.get, PATCH=hooks.patch, DELETE=hooks.delete),
        *_shared("webhooks", guarded, GET=hooks.list, POST=hooks.create),
        Route("/content/{job}/{file}/{name:path}", jobs.content, methods=["GET"]),
        Route("/sts/v1.0/issueToken", token, methods=["POST"]),
        Route("/sts/v1.0/issuetoken", token, methods=["POST"]),
        Route("/_emulator/{verb:path}", control.answer, methods=anything),
    ]


def _websockets(realtime: Realtime) -> list[Any]:
    from starlette.routing import WebSocketRoute

    return [WebSocketRoute(path, realtime.connect) for path in PATHS]


def _shared(path: str, guarded: Callable[[Handler], Any], **handlers: Handler) -> list[Any]:
    """One path with several methods, so that a wrong one is told all of them."""
    from starlette.routing import Route

    async def answer(request: Request, version: str) -> Response:
        return await handlers[request.method if request.method != "HEAD" else "GET"](request, version)

    return [Route(f"/speechtotext/{path}", guarded(answer), methods=list(handlers))]


def _authenticate(emulator: Emulator, request: Request) -> None:
    if not _may_enter(emulator, request):
        raise problems.unauthorized()


def _may_enter(emulator: Emulator, connection: HTTPConnection) -> bool:
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        # Entra ID's tokens stand behind `aad#RESOURCE#` on WebSockets.
        return tokens.is_valid(emulator.secret, emulator.now(), token.strip().rpartition("#")[2])
    return _has_key(emulator, connection)


def _has_key(emulator: Emulator, connection: HTTPConnection) -> bool:
    given = connection.headers.get(KEY_HEADER, "")
    if not given and connection.scope["type"] == "websocket":
        # The Speech SDK for JavaScript cannot set headers in a browser, and does not in Node.
        names = {name.lower(): value for name, value in connection.query_params.items()}
        given = names.get(KEY_HEADER, "")
    return _is_key(emulator, given.encode())


def _is_key(emulator: Emulator, given: bytes) -> bool:
    return any(hmac.compare_digest(given, key.encode()) for key in emulator.settings.keys)


async def _answered(_request: Request, problem: Exception) -> Response:
    if isinstance(problem, problems.Problem | problems.BlobProblem):
        return problem.response()
    raise problem


async def _no_such_path(_request: Request, _problem: Exception) -> Response:
    return problems.Problem(404, "Resource not found").response()


async def _no_such_method(_request: Request, problem: Exception) -> Response:
    headers = getattr(problem, "headers", None)
    return problems.Problem(405, "The method is not allowed here.", headers=headers).response()


async def _broken(_request: Request, _problem: Exception) -> Response:
    return problems.Problem(500, "The emulator broke; its log says how.").response()
