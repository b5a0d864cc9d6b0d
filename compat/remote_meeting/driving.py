"""One meeting's work in this process: its lease kept, its pieces written down, its end recorded whichever it is."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from remote_meeting_backends import (
    Backend,
    BackendFailed,
    JobRequest,
    MeetingBusy,
    RemoteMeetingError,
    Runtime,
    StoreError,
)
from remote_meeting_backends.live import Listener, LiveAudio
from remote_meeting_backends.store import ErrorRecord, MeetingKey, MeetingRecord, MeetingStore, Runner
from remote_meeting_backends.store.records import RENEW_SECONDS

from .endings import with_doubts
from .recording import LIVE, is_url
from .routing import Decision
from .telling import Told

log = logging.getLogger("remote_meeting")


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
) -> None:
    """Work on a meeting that this process has claimed, to its end.

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

    Raises:
        StoreError: The end could not be written down.
    """
    told = None if listener is None else Told(listener, record.meeting_id)
    cause: RemoteMeetingError | None = BackendFailed("The work on the meeting was stopped.", code="stopped")
    try:
        cause = await _work(
            store, ways, record, runner, runtime, urls=urls, failed_job=failed_job, live=live, listener=told
        )
    except RemoteMeetingError as error:
        cause = error
        raise
    finally:
        if told is not None:
            told.end(cause)


async def _work(
    store: MeetingStore,
    ways: Ways,
    record: MeetingRecord,
    runner: Runner,
    runtime: Runtime,
    *,
    urls: tuple[str, ...],
    failed_job: str | None,
    live: LiveAudio | None,
    listener: Listener | None,
) -> RemoteMeetingError | None:
    """To the meeting's end; gives what it failed with."""
    if record.options is None or record.audio is None:
        return None
    backend = ways.backend(record.backend)
    key, job, runs_here = record.key, None, backend.capabilities.runs_here
    if record.audio == LIVE:
        request = JobRequest(record.meeting_id, None, record.options, live=live, listener=listener)
    elif is_url(record.audio):
        request = JobRequest(record.meeting_id, None, record.options, urls or (record.audio,))
    else:
        request = JobRequest(record.meeting_id, Path(record.audio), record.options, listener=listener)
    try:
        async with _lease_kept(store, key, runner, runtime):
            if failed_job is not None:
                # A service that does not delete it yet does so at its time to live: the lease is not lost by that.
                with contextlib.suppress(MeetingBusy):
                    await backend.delete(failed_job)
            job = await backend.submit(request, StoreJournal(store, key, runner))
            await asyncio.to_thread(store.start, key, runner, job, handed_over=not runs_here)
            if runs_here:
                transcript = await backend.result(job)
                await asyncio.to_thread(store.complete, key, runner, with_doubts(transcript).model_dump_json().encode())
    except MeetingBusy as error:
        log.info("%s", error)
        if job is not None and not runs_here:
            # Deleted or taken over before the service's job was written down: nobody will ever ask for it.
            await _drop(store, backend, key, job)
        return error
    except StoreError:
        raise
    except RemoteMeetingError as error:
        decision = ways.out(record, error)
        if decision is not None:
            log.info("meeting %s goes on to %s", record.meeting_id, decision.reason)
            with contextlib.suppress(MeetingBusy):
                moved = await asyncio.to_thread(store.reroute, key, runner, decision.backend, decision.reason)
                await drive(store, ways, moved, runner, runtime, urls=urls, listener=listener)
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
