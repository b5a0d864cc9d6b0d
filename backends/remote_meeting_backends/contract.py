"""The contract that every backend keeps, as tests to inherit. Needs pytest (the extra `test`).

::

    class TestMyBackend(BackendContract):
        backend_type = MyBackend

        def request(self) -> JobRequest:
            return JobRequest("m-1", Path("meeting.wav"), JobOptions())

For a backend whose jobs begin elsewhere, override `begin`; see each hook's docstring for the others.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from .backend import Backend, Capabilities, JobRequest, JobStatus
from .connection import Connection
from .errors import MeetingNotFound, RemoteMeetingError
from .runtime import Runtime, SystemRuntime
from .transcript import MeetingStatus, Transcript

ODD_JOBS = ("", " ", "no-such-job", "../../etc/passwd", "a?b=c&d#e%00", "\x00\r\n", "käse 会議 🎙", "x" * 3000)


class MemoryJournal:
    """A journal that lasts as long as its test."""

    def __init__(self) -> None:
        self.fractions: list[float] = []
        self.entries: list[str] = []

    async def progress(self, fraction: float) -> None:
        """Remember the share."""
        self.fractions.append(fraction)

    async def checkpoint(self, entries: Sequence[str]) -> None:
        """Remember the pieces."""
        self.entries.extend(entries)

    async def checkpoints(self) -> list[str]:
        """Every piece so far."""
        return list(self.entries)


class BackendContract:
    """Inherit, set `backend_type`, override the hooks that do not fit."""

    pytestmark = pytest.mark.anyio
    backend_type: type[Backend]

    def connection(self) -> Connection:
        """Hook: the account to open it with."""
        return Connection()

    def runtime(self) -> Runtime:
        """Hook: the clock to open it with."""
        return SystemRuntime()

    def request(self) -> JobRequest:
        """Hook: a meeting that it can complete within seconds. Not needed where `begin` is overridden."""
        raise NotImplementedError("override request or begin")

    async def begin(self, backend: Backend) -> str:
        """Hook: a job that it knows and will complete, or has completed."""
        return await backend.submit(self.request(), MemoryJournal())

    async def unknown(self, backend: Backend) -> str:
        """Hook: a job's reference that it does not know."""
        return "no-such-job"

    @pytest.fixture
    def anyio_backend(self) -> str:
        """Backends are written for asyncio."""
        return "asyncio"

    @pytest.fixture
    async def backend(self) -> AsyncIterator[Backend]:
        """The backend under test, closed when its test has ended."""
        opened = self.backend_type.open(self.connection(), self.runtime())
        yield opened
        await opened.aclose()

    def test_it_says_what_it_can_do(self) -> None:
        """Name and capabilities are data of the class, so that routing needs no instance, and nobody changes them."""
        kind = self.backend_type
        assert kind.name
        assert kind.name == kind.name.strip().lower() != "auto"
        assert isinstance(kind.capabilities, Capabilities)
        untyped: Any = kind.capabilities
        with pytest.raises(FrozenInstanceError):
            untyped.files = True

    def test_it_says_what_is_missing(self) -> None:
        """None when it can work here, as it must where this test runs, and never an exception."""
        assert self.backend_type.missing() is None

    async def test_opening_starts_nothing(self) -> None:
        """No task, and nothing that has to be closed by whoever only opened it."""
        before = asyncio.all_tasks()
        opened = self.backend_type.open(self.connection(), self.runtime())
        assert asyncio.all_tasks() == before
        await opened.aclose()

    async def test_a_job_comes_to_its_end(self, backend: Backend) -> None:
        """The result is a transcript in the order of its offsets; the status is Completed then, and stays so."""
        job = await self.begin(backend)
        transcript = await backend.result(job)
        assert isinstance(transcript, Transcript)
        offsets = [phrase.offset_ticks for phrase in transcript.phrases]
        assert offsets == sorted(offsets)
        status = await backend.status(job)
        assert isinstance(status, JobStatus)
        assert status.status is MeetingStatus.COMPLETED
        assert await backend.result(job) == transcript

    async def test_an_unknown_job_is_not_found(self, backend: Backend) -> None:
        """Never an empty result, never a status."""
        with pytest.raises(MeetingNotFound):
            await backend.status(await self.unknown(backend))

    async def test_deleting_twice_is_safe(self, backend: Backend) -> None:
        """The second time is no error, or MeetingNotFound where a service forgets what it has deleted."""
        job = await self.begin(backend)
        await backend.delete(job)
        with contextlib.suppress(MeetingNotFound):
            await backend.delete(job)

    async def test_a_cancelled_call_leaves_it_in_order(self, backend: Backend) -> None:
        """Whoever gives up waiting stops neither the job nor the backend."""
        job = await self.begin(backend)
        for call in (backend.status(job), backend.result(job)):
            await _cancelled(call)
        assert isinstance(await backend.status(job), JobStatus)
        assert isinstance(await backend.result(job), Transcript)

    async def test_closing_twice_is_safe(self, backend: Backend) -> None:
        """Also when it was used, and when a job is still running."""
        await self.begin(backend)
        await backend.aclose()
        await backend.aclose()

    async def test_only_its_own_errors_come_out(self, backend: Backend) -> None:
        """Whatever reference it is given, it answers or raises a RemoteMeetingError with a sentence."""
        for job in ODD_JOBS:
            for call in (backend.status, backend.result, backend.delete):
                raised = await asyncio.gather(call(job), return_exceptions=True)
                problem = next((one for one in raised if isinstance(one, BaseException)), RemoteMeetingError("none"))
                assert isinstance(problem, RemoteMeetingError), f"{call.__name__}({job[:20]!r}) raised {problem!r}"
                assert str(problem).strip()


async def _cancelled(call: Awaitable[object]) -> None:
    """Begin a call, and cancel it when it first waits for something."""
    task = asyncio.ensure_future(call)
    await asyncio.sleep(0)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
