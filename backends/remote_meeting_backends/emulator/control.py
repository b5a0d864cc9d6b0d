"""The emulator's own controls, for whoever tests a client: the same verbs from within its loop and over HTTP."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from ..errors import InvalidInput
from ..transcript import Transcript
from . import problems
from .bodies import SubmissionProperties
from .faults import parse_fault
from .fetching import shelved_path
from .jobs import Job, Outcome, Status
from .render import Heard, Wanted, batch_result, report
from .scripts import parse_script
from .settings import LARGEST_PAGE, Progression
from .transcriptions import host_of
from .work import REPORT, RESULT, Work, stamp

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from .core import Emulator


class Seed(BaseModel):
    """A job that stands there already; it goes neither forward nor back."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)

    display_name: str = Field(default="seeded", min_length=1)
    id: UUID | None = None
    description: str | None = None
    custom_properties: dict[str, str] | None = None
    locale: str = "en-US"
    status: Status = Status.SUCCEEDED
    created_date_time: datetime | None = None
    last_action_date_time: datetime | None = None
    content_urls: list[str] = Field(default_factory=lambda: ["https://example.invalid/audio.wav"])
    properties: dict[str, Any] = Field(default_factory=dict)
    error: dict[str, str] | None = None
    phrases: list[dict[str, Any]] = Field(default_factory=list)


class Control:
    """The verbs.

    Args:
        emulator: Whose.
        work: To make the results of seeded jobs.
    """

    def __init__(self, emulator: Emulator, work: Work) -> None:
        self._emulator = emulator
        self._work = work

    async def reset(self) -> None:
        """Forget everything: jobs, hooks, faults, script, audio and log."""
        await self._emulator.reset()

    async def progression(self, mode: str) -> None:
        """How jobs that are submitted from now on go forward."""
        self._emulator.progression = Progression.parse(mode)

    async def page_size(self, size: int) -> None:
        """How much a list holds when `top` is not given."""
        if not 1 <= size <= LARGEST_PAGE:
            raise InvalidInput(f"{size} is no page size: give 1 to {LARGEST_PAGE}.")
        self._emulator.page_size = size

    async def fault(self, order: Mapping[str, Any]) -> None:
        """Put a fault in line."""
        self._emulator.faults.order(parse_fault(dict(order)))

    async def script(self, script: Transcript | None) -> None:
        """What is answered instead of listening; None listens again."""
        self._emulator.script = script

    async def log(self) -> dict[str, Any]:
        """What was asked so far."""
        return self._emulator.record.told()

    async def audio(self, name: str, content: bytes) -> None:
        """Put audio where contentUrls and audioUrl can name it."""
        with self.shelving(name) as file:
            file.write(content)

    async def seed(self, jobs: Sequence[Mapping[str, Any]], host: str) -> list[str]:
        """Put jobs there; returns their ids."""
        try:
            seeds = [Seed.model_validate(job) for job in jobs]
            made = [self._seeded(seed, host) for seed in seeds]
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise InvalidInput(f"This is no job: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
        for job in made:
            self._emulator.state.keep_job(job)
        return [job.id for job in made]

    def shelved(self, name: str) -> Path:
        """Where audio of that name stands. Raises InvalidInput for a name that is none."""
        path = shelved_path(self._emulator.shelf, name)
        if path is None:
            raise InvalidInput(f"{name[:40]!r} is no name for audio: leave out slashes.")
        return path

    @contextlib.contextmanager
    def shelving(self, name: str) -> Iterator[IO[bytes]]:
        """A file that takes its place on the shelf when it is whole: a job may be reading the one before it."""
        target = self.shelved(name)
        with self._emulator.room() as folder:
            part = folder / "audio"
            with part.open("wb") as file:
                yield file
            part.replace(target)

    def _seeded(self, seed: Seed, host: str) -> Job:
        now = self._emulator.now().replace(microsecond=0)
        properties = SubmissionProperties.model_validate({"timeToLiveHours": 48, **seed.properties})
        body = seed.model_dump(
            by_alias=True, exclude_none=True, include={"display_name", "description", "custom_properties", "locale"}
        )
        job = Job(
            id=str(seed.id or self._emulator.new_id()),
            version="2025-10-15",
            created=_aware(seed.created_date_time or now),
            entered=_aware(seed.last_action_date_time or now),
            body={**body, "properties": properties.model_dump(by_alias=True, exclude_none=True)},
            urls=seed.content_urls,
            host=host,
            status=seed.status,
            flaws={} if seed.status.is_final else {"stuck": {}},
        )
        error = seed.error or ({"code": "Internal", "message": "It failed."} if seed.status is Status.FAILED else None)
        job.outcome = self._ended(job, seed, error)
        return job

    def _ended(self, job: Job, seed: Seed, error: dict[str, str] | None) -> Outcome:
        said = parse_script(json.dumps({"phrases": seed.phrases}))
        end = max((phrase.end_ticks for phrase in said.phrases), default=0)
        wanted = Wanted(speakers=True, words=bool(job.body["properties"]["wordLevelTimestampsEnabled"]))
        files = []
        for number, url in enumerate(job.urls):
            result = batch_result(Heard(end, said.phrases), wanted, source=url, timestamp=stamp(job.entered))
            files.append(self._work.file(f"contenturl_{number}.json", RESULT, result))
        kind, message = (error.get("code", "Internal"), error.get("message")) if error else (None, None)
        told = [(url, kind, message) for url in job.urls]
        files.append(self._work.file("report.json", REPORT, report(told)))
        return Outcome(at=job.entered, milliseconds=end // 10_000, error=error, files=files)


class ControlRoutes:
    """The same over HTTP, for this machine alone; no key is needed.

    Args:
        control: The verbs.
    """

    def __init__(self, control: Control) -> None:
        self._control = control

    async def answer(self, request: Request) -> Response:
        """Any of them; a body that is none is 400 with a sentence."""
        from starlette.responses import FileResponse, JSONResponse, Response

        if not _is_near(request):
            raise problems.Problem(403, "The controls answer this machine only.")
        verb, _, name = request.path_params["verb"].partition("/")
        try:
            match request.method, verb:
                case "POST", "reset":
                    await self._control.reset()
                case "PUT", "progression":
                    await self._control.progression(str(_field(await request.json(), "mode")))
                case "PUT", "page-size":
                    await self._control.page_size(int(_field(await request.json(), "size")))
                case "POST", "faults":
                    await self._control.fault(await request.json())
                case "PUT", "script":
                    await self._control.script(parse_script(await request.body()))
                case "DELETE", "script":
                    await self._control.script(None)
                case "GET", "log":
                    return JSONResponse(await self._control.log())
                case "POST", "seed":
                    jobs = _field(await request.json(), "transcriptions")
                    return JSONResponse({"ids": await self._control.seed(jobs, host_of(request))}, 201)
                case "PUT", "audio":
                    with self._control.shelving(name) as file:
                        async for block in request.stream():
                            file.write(block)
                    return JSONResponse({"url": f"{host_of(request)}/_emulator/audio/{quote(name)}"}, 201)
                case (("GET" | "HEAD"), "audio") if self._control.shelved(name).exists():
                    return FileResponse(self._control.shelved(name), media_type="application/octet-stream")
                case _:
                    raise problems.Problem(404, f"The emulator has no control {request.method} {verb[:40]!r}.")
        except (InvalidInput, ValueError, TypeError) as error:
            raise problems.invalid(str(error)) from error
        return Response(status_code=204)


def _field(body: Any, name: str) -> Any:
    if not isinstance(body, dict) or name not in body:
        raise InvalidInput(f'The body must be an object with "{name}".')
    return body[name]


def _is_near(request: Request) -> bool:
    if request.client is None:
        return True
    try:
        address = ip_address(request.client.host)
    except ValueError:
        return request.client.host in ("localhost", "testclient")
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _aware(when: datetime) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=UTC)
