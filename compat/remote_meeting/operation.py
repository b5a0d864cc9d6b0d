"""The C# operation and the Java poller, blocking. Everything is done by `remote_meeting.aio`."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from remote_meeting_backends import MeetingStatus, RemoteMeetingError

from . import aio
from .aio import DEFAULT_POLLING_SECONDS
from .polling import PollResponse
from .portal import PORTAL
from .raw import RawResponse
from .results import RemoteMeetingTranscriptionResult

if TYPE_CHECKING:
    from concurrent.futures import Future

    from .client import RemoteMeetingTranscriptionClient

log = logging.getLogger("remote_meeting")


class RemoteMeetingTranscriptionOperation:
    """The C# client's operation: a meeting id, and what was last heard of it. Any process can make one.

    Members and errors are those of `remote_meeting.aio.RemoteMeetingTranscriptionOperation`.
    """

    def __init__(self, meeting_id: str, client: RemoteMeetingTranscriptionClient) -> None:
        self._operation = aio.RemoteMeetingTranscriptionOperation(meeting_id, client.asynchronous)

    @property
    def id(self) -> str:
        """The meeting's id."""
        return self._operation.id

    @property
    def has_completed(self) -> bool:
        """True once Completed, Failed or Deleted was seen, or that it was interrupted and will not end by itself."""
        return self._operation.has_completed

    @property
    def has_value(self) -> bool:
        """True once the transcript is here."""
        return self._operation.has_value

    @property
    def value(self) -> RemoteMeetingTranscriptionResult:
        """The transcript; raises when there is none, and why."""
        return self._operation.value

    @property
    def status(self) -> MeetingStatus | None:
        """What was last seen; None before the first poll. New beside the old."""
        return self._operation.status

    @property
    def progress(self) -> float | None:
        """Share done, 0 to 1, as last seen. New beside the old."""
        return self._operation.progress

    def update_status(self) -> RawResponse:
        """Ask once, and return the answer."""
        return PORTAL.call(self._operation.update_status())

    def wait_for_completion(
        self, polling_interval: float = DEFAULT_POLLING_SECONDS, timeout: float | None = None
    ) -> RemoteMeetingTranscriptionResult:
        """Ask until it is over; intervals in seconds."""
        return PORTAL.call(self._operation.wait_for_completion(polling_interval, timeout))

    def get_raw_response(self) -> RawResponse:
        """The last answer, in the retired service's wire format."""
        return self._operation.get_raw_response()


class Subscription:
    """A poller's background polling."""

    def __init__(self, future: Future[None]) -> None:
        self._future = future

    def dispose(self) -> None:
        """Stop polling; no further callback is made. The meeting itself goes on."""
        self._future.cancel()

    @property
    def is_disposed(self) -> bool:
        """True when the polling has ended, by itself or by `dispose`."""
        return self._future.done()

    def join(self, timeout: float | None = None) -> None:
        """Wait, in seconds, until the last response was handed over. Raises what a callback raised, or TimeoutError."""
        self._future.result(timeout)


class MeetingTranscriptionPoller:
    """The Java client's poller: `subscribe` for callbacks, `get_sync_poller` for the blocking half."""

    def __init__(self, meeting_id: str, client: RemoteMeetingTranscriptionClient) -> None:
        self._poller = aio.MeetingTranscriptionPoller(meeting_id, client.asynchronous)

    def set_poll_interval(self, seconds: float) -> Self:
        """How long to wait between two polls, in seconds."""
        self._poller.set_poll_interval(seconds)
        return self

    def poll(self) -> PollResponse:
        """Ask once. Raises what the question raises."""
        return PORTAL.call(self._poller.poll())

    def subscribe(
        self,
        on_response: Callable[[PollResponse], object],
        on_error: Callable[[RemoteMeetingError], object] | None = None,
        on_complete: Callable[[], object] | None = None,
        *,
        timeout: float | None = None,
    ) -> Subscription:
        """Poll in the background and hand over each response, up to the last.

        Args:
            on_response: Called with each response; the last may be FAILED, with the error in its value.
            on_error: Called with that error too. Without it the error is logged: it is never swallowed.
            on_complete: Called after the last response when it was no failure.
            timeout: Seconds at most; None for 24 hours and the length of the audio.

        Callbacks run on a thread of their own, one after the other, and may make calls that block. One that raises
        ends the polling; its error is logged, and raised again by `Subscription.join`.
        """

        async def run() -> None:
            from asyncio import to_thread

            async with contextlib.aclosing(self._poller.subscribe(timeout)) as responses:
                last: PollResponse | None = None
                async for last in responses:
                    await to_thread(on_response, last)
            error = last.value.error if last is not None else None
            if error is None:
                if on_complete is not None:
                    await to_thread(on_complete)
            elif on_error is not None:
                await to_thread(on_error, error)
            else:
                log.error("%s", error)

        async def run_and_tell() -> None:
            try:
                await run()
            except Exception:
                log.exception("The polling has ended before its last response.")
                raise

        return Subscription(PORTAL.start(run_and_tell()))

    def get_sync_poller(self) -> Self:
        """The blocking half: this object."""
        return self

    def wait_for_completion(self, timeout: float | None = None) -> PollResponse:
        """Wait for the last response."""
        return PORTAL.call(self._poller.wait_for_completion(timeout))

    def get_final_result(self) -> RemoteMeetingTranscriptionResult:
        """The transcript; waits for it when that was not done yet."""
        return PORTAL.call(self._poller.get_final_result())
