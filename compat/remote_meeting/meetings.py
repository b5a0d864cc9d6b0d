"""Meetings by id: the one core below the Python facade, the gateway and the command line.

A meeting is written down before any work starts, worked on by one process at a time, and can be asked for by any.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from remote_meeting_backends import (
    Backend,
    Connection,
    JobOptions,
    MeetingExists,
    MeetingNotFound,
    MeetingNotReady,
    MeetingStatus,
    RemoteMeetingError,
    Runtime,
    Transcript,
)
from remote_meeting_backends.live import Listener, LiveAudio

from . import routing
from .choosing import Chooser
from .driving import Ways, drive
from .endings import ask_service, load_transcript
from .forgetting import forget, sweep
from .recording import LIVE, check_id, inspect, is_spooled, spoken
from .shelf import Shelf
from .standing import Standing, answered, check_resubmission, stands
from .telling import Told
from .watching import standings

if TYPE_CHECKING:
    from remote_meeting_backends.store import MeetingKey, MeetingRecord, MeetingStore, Runner, Scope

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("remote_meeting")

LEGACY = "legacy"
NOBODY = ""
# Questions to one service at a time: more than it has connections, so that these never stand idle.
QUESTIONS = 64


class Meetings:
    """Submit, ask, wait, fetch, delete.

    Args:
        connection: The caller's account; None for whoever holds the store.
        backend: A backend's name, or `auto`.
        store: Database URL or path of the meeting store; None for the default one.
        runtime: Gives time, waits and ids.
        backends: Backends to use instead of the registered ones, by name.
    """

    def __init__(
        self,
        connection: Connection | None,
        runtime: Runtime,
        *,
        backend: str = routing.AUTO,
        store: str | os.PathLike[str] | None = None,
        backends: Mapping[str, Backend] | None = None,
    ) -> None:
        self.runtime = runtime
        self._connection = connection
        self._choice = backend
        self._where = store
        self._store: MeetingStore | None = None
        self._scope: Scope | None = None
        self._shelf = Shelf(connection, runtime, backends)
        self._shelf.check(backend)
        self._chooser = Chooser(self._shelf, connection, backend)
        self._drivers: dict[MeetingKey, asyncio.Task[Any]] = {}
        self._sweeping: asyncio.Task[None] | None = None
        self._asking: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(QUESTIONS))

    @property
    def store(self) -> MeetingStore:
        """The meeting store; the database is opened by the first call that needs it."""
        if self._store is None:
            from remote_meeting_backends.store import MeetingStore, default_store_url

            self._store = MeetingStore(self._where or default_store_url(), self.runtime)
        return self._store

    async def submit(
        self,
        audio: str | os.PathLike[str] | LiveAudio,
        meeting_id: str | None,
        options: JobOptions,
        mode: str,
        *,
        listener: Listener | None = None,
    ) -> MeetingRecord:
        """Check everything, write the meeting down, and begin.

        Args:
            audio: A path, a URL, or audio that is still being spoken.
            meeting_id: Its id; None for a new one.
            options: What is asked for.
            mode: `async` or `RealTimeAndAsync`.
            listener: Told of what is recognized, on the event loop; only backends that tell before the end are taken.

        Raises:
            InvalidInput: The audio, the options or the id cannot be used; nothing was written down.
            MeetingExists, MeetingDeleted, MeetingBusy: The id is taken, and the work cannot be resumed.
        """
        from remote_meeting_backends.store import MeetingKey, NewMeeting, Runner

        meeting_id = check_id(self.runtime.new_id() if meeting_id is None else meeting_id)
        self._shelf.need(self._choice)
        if self._sweeping is None:
            self._sweeping = asyncio.create_task(self._swept())
        live = audio if isinstance(audio, LiveAudio) else None
        if isinstance(audio, LiveAudio) or audio == LIVE:
            recording = spoken(meeting_id)
        else:
            recording = await asyncio.to_thread(inspect, audio, options, self.runtime.now())
        begin = partial(self._start, urls=recording.urls, live=live, listener=listener)
        runner = Runner.here(self.runtime.new_id())
        record = await self._find(meeting_id)
        if record is None:
            decision = self._chooser.decide(recording, options, wants_events=listener is not None)
            # Made now: an account that it cannot be made for is told before anything is written down.
            self._shelf.get(decision.backend)
            log.info("meeting %s goes to %s", meeting_id, decision.reason)
            new = NewMeeting(
                key=MeetingKey(await self._owner(), meeting_id),
                mode=mode,
                backend=decision.backend,
                routing_reason=decision.reason,
                options=options,
                audio=recording.audio,
                audio_fingerprint=recording.fingerprint,
                audio_seconds=recording.seconds,
            )
            try:
                return await begin(await self._do(self.store.create, new, runner), runner)
            except MeetingExists:
                # Somebody was faster; what they wrote decides.
                record = await self._do(self.store.get, new.key)
        named = None if self._choice == routing.AUTO else self._choice
        check_resubmission(record, recording.fingerprint, options, named)
        if live is not None:
            raise MeetingExists(
                f"Meeting {meeting_id} was begun before, and what is spoken now is not what was spoken then: choose "
                f"another id.",
                meeting_id=meeting_id,
            )
        if self._is_at_service(record):
            if listener is not None:
                # A service that keeps a job tells nothing of it before the end.
                Told(listener, meeting_id).end(None)
            return record
        self._shelf.get(record.backend)
        failed = record.job if record.status is MeetingStatus.FAILED and not self._runs_here(record) else None
        return await begin(await self._do(self.store.claim, record, runner), runner, failed_job=failed)

    async def resume(self, meeting_id: str) -> MeetingRecord:
        """Go on with a meeting that broke off, from what was stored with it.

        Raises:
            MeetingNotFound, MeetingExists, MeetingDeleted, MeetingBusy, AudioError: Why it cannot be.
        """
        record = await self._find(check_id(meeting_id))
        if record is None:
            raise self._not_found(meeting_id)
        if record.options is None or record.audio is None or record.status is MeetingStatus.COMPLETED:
            check_resubmission(record, "", record.options or JobOptions(), None)
            raise MeetingNotReady(f"Meeting {meeting_id} holds nothing to go on with.", meeting_id=meeting_id)
        if is_spooled(record.audio):
            raise MeetingNotReady(
                f"Meeting {meeting_id} came in through a gateway: it goes on where remote-meeting serve runs.",
                meeting_id=meeting_id,
            )
        return await self.submit(record.audio, meeting_id, record.options, record.mode)

    async def look(self, meeting_id: str, scope: Scope | None = None) -> Standing:
        """How a meeting stands now; a service that keeps its job is asked.

        Args:
            meeting_id: Its id.
            scope: Whose meetings may be seen, instead of the caller's own.

        Raises:
            MeetingNotFound: Nobody knows it.
            RemoteMeetingError: The service or the store could not be asked.
        """
        record = await self._find(check_id(meeting_id), scope)
        if record is None:
            if scope is None and routing.may_poll_legacy(self._connection, self._choice, self.runtime.now().date()):
                return answered(meeting_id, LEGACY, await self._shelf.get(LEGACY).status(meeting_id))
            raise self._not_found(meeting_id)
        driver = self._drivers.get(record.key)
        if driver is not None and driver.done() and not driver.cancelled():
            broken = driver.exception()
            if broken is not None:
                raise broken
        if not self._is_at_service(record):
            return stands(record, self.runtime.now(), runs_here=True)
        asking = self._asking[record.backend]
        # Not held while it waits: thousands may, and minutes later it would no longer be true.
        del record
        async with asking:
            record = await self._find(meeting_id, scope)
            if record is None:
                raise self._not_found(meeting_id)
            if not self._is_at_service(record):
                return stands(record, self.runtime.now(), runs_here=True)
            return await ask_service(self.store, self._shelf.get(record.backend), record, self.runtime.now())

    def watch(
        self, meeting_id: str, interval_seconds: float, timeout_seconds: float | None
    ) -> AsyncGenerator[Standing, None]:
        """How the meeting stands, again and again until it is over; see `watching.standings`."""
        return standings(meeting_id, self.look, self._driver, self.runtime, interval_seconds, timeout_seconds)

    async def wait(self, meeting_id: str, interval_seconds: float, timeout_seconds: float | None) -> Standing:
        """The last of `watch`: how the meeting stands when it is over."""
        async with contextlib.aclosing(self.watch(meeting_id, interval_seconds, timeout_seconds)) as watched:
            async for standing in watched:
                if standing.is_over:
                    return standing
                del standing
        raise AssertionError("watch ends with a standing that is over, or raises")

    async def transcript(self, standing: Standing) -> Transcript:
        """The transcript of a Completed meeting.

        Raises:
            RemoteMeetingError: The standing's problem, or MeetingNotReady.
            StoreError: What is stored is damaged.
        """
        if standing.problem is not None:
            raise standing.problem
        if standing.transcript is not None:
            return standing.transcript
        if standing.status is not MeetingStatus.COMPLETED or standing.record is None:
            raise MeetingNotReady(
                f"Meeting {standing.meeting_id} is {standing.status}: wait for its completion.",
                meeting_id=standing.meeting_id,
            )
        return await load_transcript(self.store, standing.record.key, self.runtime.now())

    async def delete(self, meeting_id: str, scope: Scope | None = None) -> bool:
        """Forget a meeting: its text, its words, where its audio is. Deleting twice is no error.

        Returns:
            True when the service has forgotten it too; False when it deletes nothing that it still works on, and is
            asked again later.

        Raises:
            MeetingNotFound: Nobody knows it.
        """
        record = await self._find(check_id(meeting_id), scope)
        if record is None:
            if scope is None and routing.may_poll_legacy(self._connection, self._choice, self.runtime.now().date()):
                await self._shelf.get(LEGACY).delete(meeting_id)
                return True
            raise self._not_found(meeting_id)
        driver = self._drivers.pop(record.key, None)
        if driver is not None:
            driver.cancel()
            await asyncio.gather(driver, return_exceptions=True)
        return await forget(self.store, self._shelf, record)

    async def sweep(self) -> int:
        """Ask services again to delete what they did not delete when they were asked; returns how much is left."""
        return await sweep(self.store, self._shelf, await self._visible())

    async def _swept(self) -> None:
        """Once in a client's life, beside its work: a failure is no news to whoever submits a meeting."""
        try:
            await self.sweep()
        except RemoteMeetingError as error:
            log.info("jobs that were to be deleted stay for now: %s", error)

    async def aclose(self) -> None:
        """Stop the work of this process; what was stopped can be resumed."""
        drivers, self._drivers = list(self._drivers.values()), {}
        if self._sweeping is not None and not self._sweeping.done():
            drivers.append(self._sweeping)
        for driver in drivers:
            driver.cancel()
        await asyncio.gather(*drivers, return_exceptions=True)
        self._asking.clear()
        await self._shelf.aclose()
        if self._store is not None:
            # Not on a thread: an app may close its client when the interpreter has ended them.
            self._store.close()

    async def _start(
        self,
        record: MeetingRecord,
        runner: Runner,
        *,
        urls: tuple[str, ...],
        failed_job: str | None = None,
        live: LiveAudio | None = None,
        listener: Listener | None = None,
    ) -> MeetingRecord:
        ways = Ways(self._shelf.get, self._chooser.way_out)
        work = drive(
            self.store,
            ways,
            record,
            runner,
            self.runtime,
            urls=urls,
            failed_job=failed_job,
            live=live,
            listener=listener,
        )
        driver = asyncio.create_task(work)
        self._drivers[record.key] = driver
        driver.add_done_callback(lambda ended: self._ended(record.key, ended))
        # A task that is cancelled before its first step never runs, and would not let the meeting go.
        await asyncio.sleep(0)
        return record

    def _driver(self, meeting_id: str) -> asyncio.Task[Any] | None:
        return next((task for key, task in self._drivers.items() if key.meeting_id == meeting_id), None)

    def _ended(self, key: MeetingKey, driver: asyncio.Task[Any]) -> None:
        """Keep a driver that broke, so that whoever asks is told; forget the others."""
        if (driver.cancelled() or driver.exception() is None) and self._drivers.get(key) is driver:
            del self._drivers[key]

    def _is_at_service(self, record: MeetingRecord) -> bool:
        """True while a service keeps the job, so that it is the one to ask."""
        return bool(record.job) and not record.status.is_final and not self._runs_here(record)

    def _runs_here(self, record: MeetingRecord) -> bool:
        return self._shelf.capabilities(record.backend).runs_here

    async def newest(self, limit: int | None = None) -> list[MeetingRecord]:
        """The caller's meetings, the newest first."""
        return await self._do(self.store.newest, await self._visible(), limit=limit)

    async def _find(self, meeting_id: str, scope: Scope | None = None) -> MeetingRecord | None:
        return await self._do(self.store.find, scope or await self._visible(), meeting_id)

    async def _owner(self) -> str:
        """Whose a new meeting is. Tokens change every few minutes, so only a key tells callers apart."""
        if self._connection is None or self._connection.credential is not None:
            return NOBODY
        if self._connection.token or not self._connection.key:
            return NOBODY
        return await self._do(self.store.owner_of, self._connection.key)

    async def _visible(self) -> Scope:
        """A key's own meetings, then those submitted without one; whoever has no account sees what the store holds."""
        if self._scope is None:
            from remote_meeting_backends.store import ANYONE, Scope

            owner = await self._owner()
            self._scope = ANYONE if self._connection is None else Scope(tuple(dict.fromkeys((owner, NOBODY))))
        return self._scope

    def _not_found(self, meeting_id: str) -> MeetingNotFound:
        sentence = f"There is no meeting {meeting_id} in the store {self.store.name}"
        if self._connection is not None and self._choice in (routing.AUTO, LEGACY):
            sentence += (
                f", and the old service is gone since {routing.RETIREMENT} (name an endpoint that speaks for it)"
            )
        return MeetingNotFound(f"{sentence}: check the id, the key and the store.", meeting_id=meeting_id)

    async def _do(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A call to the store, off the event loop."""
        return await asyncio.to_thread(function, *args, **kwargs)
