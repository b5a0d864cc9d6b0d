"""The emulator itself: what it knows, the faults in line, and the work that goes on behind its answers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import tempfile
import uuid
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ..transcript import Transcript
from .faults import Faults
from .fetching import Fetcher
from .jobs import Job
from .listening import Listener
from .problems import not_found
from .settings import Settings
from .state import State

log = logging.getLogger("remote_meeting.emulator")
LONGEST_LOG: Final = 100_000


@dataclass(slots=True)
class Record:
    """What was asked, for whoever tests a client: never a query's values, never a key."""

    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=LONGEST_LOG))
    submitted: int = 0
    transcribed: int = 0
    deleted: int = 0

    def clear(self) -> None:
        """Begin again."""
        self.requests.clear()
        self.submitted = self.transcribed = self.deleted = 0

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "requests": list(self.requests),
            "submitted": self.submitted,
            "transcribed": self.transcribed,
            "deleted": self.deleted,
        }


class Emulator:
    """Everything that the routes share.

    Args:
        settings: How it is set up.

    Raises:
        StoreError: The state's file cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.runtime = settings.runtime
        self.state = State(settings.state)
        self.folder = Path(tempfile.mkdtemp(prefix="remote-meeting-emulator-"))
        self.shelf = self.folder / "audio"
        self.shelf.mkdir()
        self.faults = Faults()
        self.record = Record()
        self.listener = Listener(self.runtime)
        self.fetcher = Fetcher(self.shelf)
        self.revoked: set[str] = set()
        self.progression = settings.progression
        self.script: Transcript | None = settings.script
        self.page_size = settings.page_size
        # Of tokens and content URLs: these do not outlive the process.
        self.secret = uuid.uuid4().bytes
        self.tasks: dict[str, asyncio.Task[None]] = {}
        # What others have to forget at a reset.
        self.forgetting: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The time of day."""
        return self.runtime.now()

    def new_id(self) -> str:
        """A uuid that nothing here has."""
        while True:
            found = str(uuid.UUID(hex=self.runtime.new_id()))
            if found not in self.state.jobs and found not in self.state.hooks:
                return found

    def job(self, job_id: str) -> Job:
        """A job that is there and whose time is not over. Raises Problem 404."""
        job = self.state.jobs.get(job_id)
        if job is None or self._is_gone(job):
            raise not_found()
        return job

    def jobs(self) -> list[Job]:
        """Every job whose time is not over, the oldest first."""
        return [job for job in list(self.state.jobs.values()) if not self._is_gone(job)]

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let something go on in the background, until it ends or is forgotten."""
        task = asyncio.create_task(work)
        self.tasks[name] = task

        def ended(task: asyncio.Task[None]) -> None:
            if self.tasks.get(name) is task:
                del self.tasks[name]
            if not task.cancelled() and task.exception() is not None:
                log.error("%s failed", name.partition(" ")[0], exc_info=task.exception())

        task.add_done_callback(ended)
        return task

    async def stop(self, name: str) -> None:
        """End something that goes on in the background."""
        task = self.tasks.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def reset(self) -> None:
        """Forget everything, and be as at the start."""
        for name in list(self.tasks):
            await self.stop(name)
        self.state.clear()
        self.faults.clear()
        self.record.clear()
        self.revoked.clear()
        for forget in self.forgetting:
            forget()
        self.progression = self.settings.progression
        self.script = self.settings.script
        self.page_size = self.settings.page_size
        for entry in self.shelf.iterdir():
            entry.unlink()

    async def aclose(self) -> None:
        """End all work, and leave nothing but the state's file."""
        for name in list(self.tasks):
            await self.stop(name)
        await self.listener.aclose()
        await self.fetcher.aclose()
        self.state.close()
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def room(self) -> Iterator[Path]:
        """A folder for as long as somebody needs one."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            yield Path(folder)

    def _is_gone(self, job: Job) -> bool:
        expires = job.expires()
        if expires is None or self.now() < expires:
            return False
        self.state.drop_job(job.id)
        return True
