"""One meeting's work in this process: its lease kept, its pieces written down, its end recorded whichever it is."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from remote_meeting_backends import (
    Backend,
    BackendFailed,
    JobRequest,
    Journal,
    MeetingBusy,
    RemoteMeetingError,
    Runtime,
    StoreError,
    Transcript,
)
from remote_meeting_backends.live import Listener, LiveAudio
from remote_meeting_backends.store import ErrorRecord, MeetingKey, MeetingRecord, MeetingStore, Runner
from remote_meeting_backends.store.records import RENEW_SECONDS

from .endings import with_doubts
from .recording import LIVE, is_url
from .routing import Decision
from .telling import Told

log = logging.getLogger("remote_meeting")

Polish = Callable[[Transcript], Awaitable[Transcript]]


class StoreJournal:
    """A job's journal, kept in the store under its runner's lease."""

    def __init__(self, store: MeetingStore, key: MeetingKey, runner: Runner) -> None:
        self._store = store
        self._key = key
        self._runner = runner

    async def progress(self, fraction: float) -> None:
        """Say which share is done, 0 to 1."""
        await asyncio.to_thread(self._store.progress, self._key, self._runner, fraction)

    async def checkpoint(self, entries: Sequence[str]) -> None:
        """Keep finished pieces."""
        await asyncio.to_thread(self._store.checkpoint, self._key, self._runner, entries)

    async def checkpoints(self) -> list[str]:
        """Every piece kept so far, by this process or one before it."""
        return await asyncio.to_thread(self._store.checkpoints, self._key)


class Keeper(Protocol):
    """Who keeps what a driver holds: its lease, and its journal."""

    def journal(self, key: MeetingKey, runner: Runner) -> Journal:
        """Where a job writes down how far it came."""

    def kept(self, key: MeetingKey, runner: Runner) -> contextlib.AbstractAsyncContextManager[None]:
        """Renew the lease meanwhile; one that is lost cancels the work, and raises MeetingBusy."""


class StoreKeeper:
    """Each meeting by itself, straight from the store.

    Args:
        store: Where leases and journals are.
        runtime: Gives the waits between renewals.
    """

    def __init__(self, store: MeetingStore, runtime: Runtime) -> None:
        self._store = store
        self._runtime = runtime

    def journal(self, key: MeetingKey, runner: Runner) -> Journal:
        """A journal of the store."""
        return StoreJournal(self._store, key, runner)

    def kept(self, key: MeetingKey, runner: Runner) -> contextlib.AbstractAsyncContextManager[None]:
        """A lease of the store."""
        return _lease_kept(self._store, key, runner, self._runtime)


@dataclass(frozen=True, slots=True)
class Ways:
    """Where a meeting may go.

    Args:
        backend: The backend of a name.
        out: Where else, when a backend refused it; None to let it fail.
    """

    backend: Callable[[str], Backend]
    out: Callable[[MeetingRecord, RemoteMeetingError], Decision | None]


async def drive(
    store: MeetingStore,
    ways: Ways,
    record: MeetingRecord,
    runner: Runner,
    runtime: Runtime,
    *,
    urls: tuple[str, ...] = (),
    failed_job: str | None = None,
    live: LiveAudio | None = None,
    listener: Listener | None = None,
    keeper: Keeper | None = None,
    request: JobRequest | None = None,
    polish: Polish | None = None,
) -> RemoteMeetingError | None:
    """Work on a meeting that this process has claimed, to its end; gives what it failed with.

    A job that runs here is waited for; one that a service keeps is only handed over. Cancelling lets the meeting go,
    so that it can be resumed at once.

    Args:
        store: Where its end is written down.
        ways: Who works on it, and who may instead.
        record: The meeting.
        runner: This process.
        runtime: Gives the waits between renewals of the lease.
        urls: Where its audio is, with what permits to read it: the store has it without.
        failed_job: The job of the attempt before, which must not be found in the place of a new one.
        live: Its audio, where it is still being spoken; without it a live meeting is completed with what was kept.
        listener: Told of what is recognized, by backends that tell before the end; and of the end, whoever made it.
        keeper: Who keeps lease and journal; None for the store itself.
        request: What is to be done, where the record does not say it; its listener is `listener`.
        polish: What becomes of the transcript before it is stored.

    Raises:
        StoreError: The end could not be written down.
    """
    told = None if listener is None else Told(listener, record.meeting_id)
    cause: RemoteMeetingError | None = BackendFailed("The work on the meeting was stopped.", code="stopped")
    if request is None:
        request = _request(record, urls, live)
    if request is not None:
        request = replace(request, listener=told)
    work = _Work(store, ways, record, runner, keeper or StoreKeeper(store, runtime), polish or _as_it_is)
    try:
        cause = None if request is None else await work.run(request, failed_job)
        return cause
    except RemoteMeetingError as error:
        cause = error
        raise
    finally:
        if told is not None:
            told.end(cause)


@dataclass(frozen=True, slots=True)
class _Work:
    """One meeting's way from its request to its end."""

    store: MeetingStore
    ways: Ways
    record: MeetingRecord
    runner: Runner
    keeper: Keeper
    polish: Polish

    async def run(self, request: JobRequest, failed_job: str | None) -> RemoteMeetingError | None:
        """To the meeting's end; gives what it failed with."""
        store, record, runner = self.store, self.record, self.runner
        backend = self.ways.backend(record.backend)
        key, job, runs_here = record.key, None, backend.capabilities.runs_here
        try:
            async with self.keeper.kept(key, runner):
                if failed_job is not None:
                    # A service that does not delete it yet does so at its time to live: the lease is not lost by that.
                    with contextlib.suppress(MeetingBusy):
                        await backend.delete(failed_job)
                job = await backend.submit(request, self.keeper.journal(key, runner))
                await asyncio.to_thread(store.start, key, runner, job, handed_over=not runs_here)
                if runs_here:
                    transcript = await self.polish(with_doubts(await backend.result(job)))
                    await asyncio.to_thread(store.complete, key, runner, transcript.model_dump_json().encode())
        except MeetingBusy as error:
            log.info("%s", error)
            if job is not None and not runs_here:
                # Deleted or taken over before the service's job was written down: nobody will ever ask for it.
                await _drop(store, backend, key, job)
            return error
        except StoreError:
            raise
        except RemoteMeetingError as error:
            decision = self.ways.out(record, error)
            if decision is not None:
                log.info("meeting %s goes on to %s", record.meeting_id, decision.reason)
                with contextlib.suppress(MeetingBusy):
                    moved = await asyncio.to_thread(store.reroute, key, runner, decision.backend, decision.reason)
                    return await replace(self, record=moved).run(request, None)
                return None
            log.warning("meeting %s failed: %s", record.meeting_id, error)
            await _fail(store, key, runner, ErrorRecord(error.code, error.message, error.request_id))
            return error
        except asyncio.CancelledError:
            # Not on a thread: when the interpreter shuts down there are no threads any more.
            with contextlib.suppress(StoreError):
                store.release(key, runner)
            raise
        except Exception as error:
            log.exception("meeting %s: a defect of remote-meeting-compat", record.meeting_id)
            sentence = f"An unexpected {type(error).__name__}: {error}"
            await _fail(store, key, runner, ErrorRecord("internal", sentence))
            return BackendFailed(sentence, code="internal")
        finally:
            if job is not None and runs_here:
                await backend.delete(job)
        return None


def _request(record: MeetingRecord, urls: tuple[str, ...], live: LiveAudio | None) -> JobRequest | None:
    """What the record says that is to be done; None for one that was deleted."""
    if record.options is None or record.audio is None:
        return None
    if record.audio == LIVE:
        return JobRequest(record.meeting_id, None, record.options, live=live)
    if is_url(record.audio):
        return JobRequest(record.meeting_id, None, record.options, urls or (record.audio,))
    return JobRequest(record.meeting_id, Path(record.audio), record.options)


async def _as_it_is(transcript: Transcript) -> Transcript:
    return transcript


async def _drop(store: MeetingStore, backend: Backend, key: MeetingKey, job: str) -> None:
    """Delete a job that nobody will ask for; where the service does not do it now, it is tried again later."""
    try:
        await backend.delete(job)
    except RemoteMeetingError as error:
        log.warning("meeting %s: its job stays for now: %s", key.meeting_id, error)
        await asyncio.to_thread(store.owe, key, job)


async def _fail(store: MeetingStore, key: MeetingKey, runner: Runner, cause: ErrorRecord) -> None:
    """Write down why; a meeting that was deleted or taken over meanwhile needs no reason."""
    with contextlib.suppress(MeetingBusy):
        await asyncio.to_thread(store.fail, key, runner, cause)


@contextlib.asynccontextmanager
async def _lease_kept(store: MeetingStore, key: MeetingKey, runner: Runner, runtime: Runtime) -> AsyncIterator[None]:
    """Renew the lease while the work goes on; a lease that is lost stops the work."""
    worker = asyncio.current_task()
    lost: list[RemoteMeetingError] = []

    async def renew() -> None:
        while True:
            await runtime.idle(RENEW_SECONDS)
            try:
                await asyncio.to_thread(store.renew, key, runner)
            except MeetingBusy as error:
                lost.append(error)
                if worker is not None:
                    worker.cancel()
                return
            except StoreError as error:
                # The lease outlives a few missed renewals; if the store stays away, the end cannot be written either.
                log.warning("%s", error)

    renewing = asyncio.create_task(renew())
    try:
        yield
    except asyncio.CancelledError:
        if lost and worker is not None and worker.uncancel() == 0:
            raise lost[0] from None
        raise
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
