"""From code that blocks to the event loop on which everything runs: one thread, started by the first call."""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
from collections.abc import Coroutine
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

T = TypeVar("T")
CLOSING_SECONDS = 10.0


class Portal:
    """An event loop on a thread of its own.

    The thread does not keep the interpreter alive: what still runs at exit is cancelled, and so let go of properly.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._process = 0

    def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end and return what it returns; an interrupt (Ctrl-C) cancels it."""
        future = self.start(coroutine)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin a coroutine and go on."""
        import asyncio

        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run_coroutine_threadsafe(coroutine, self._running_loop())
        coroutine.close()
        raise RuntimeError("This call would block the event loop it is made on: use remote_meeting.aio instead.")

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        import asyncio

        with self._lock:
            # A forked child has the loop's object but not its thread.
            if self._loop is None or self._process != os.getpid():
                self._loop = asyncio.new_event_loop()
                self._process = os.getpid()
                self._thread = threading.Thread(target=_run, args=(self._loop,), name="remote-meeting", daemon=True)
                self._thread.start()
                self._close_at_exit()
            return self._loop

    def _close_at_exit(self) -> None:
        """Close before the interpreter ends its worker threads: work that still ran then would find none, and fail."""
        # Those that were registered last are called first, so the worker threads' own must be there before.
        import_module("concurrent.futures.thread")
        register = getattr(threading, "_register_atexit", atexit.register)
        # A first call that is made while the interpreter ends, by somebody's own exit handler, leaves nothing to close.
        with contextlib.suppress(RuntimeError):
            register(self._close)

    def _close(self) -> None:
        import asyncio

        loop, self._loop = self._loop, None
        if loop is None or self._process != os.getpid():
            return

        async def cancel_all() -> None:
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        with contextlib.suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(cancel_all(), loop).result(CLOSING_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        if self._thread is not None:
            self._thread.join(CLOSING_SECONDS)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.close()


PORTAL = Portal()
