"""Signals and futures in the Speech SDK for Python's shape; callbacks run on one thread, in order."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")
log = logging.getLogger("remote_meeting")


class ResultFuture(Generic[T]):
    """What an `…_async` call returns: `get()` waits for it.

    Args:
        future: What is waited for; None for a call that is done already.
        value: What `get` returns.
        afterwards: Called by the first `get`, when the wait is over.
    """

    def __init__(self, future: Future[Any] | None, value: T, afterwards: Callable[[], object] | None = None) -> None:
        self._future = future
        self._value = value
        self._afterwards = afterwards

    def get(self) -> T:
        """Wait, and return the result. Raises what went wrong."""
        if self._future is not None:
            self._future.result()
        afterwards, self._afterwards = self._afterwards, None
        if afterwards is not None:
            afterwards()
        return self._value


class EventSignal(Generic[T]):
    """Those who want to be told of one kind of event."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[T], object]] = []

    def connect(self, callback: Callable[[T], object]) -> None:
        """Call it with each event from now on, on the thread of callbacks."""
        self._callbacks.append(callback)

    def disconnect_all(self) -> None:
        """Tell nobody any more."""
        self._callbacks.clear()

    def is_connected(self) -> bool:
        """True when anybody is told."""
        return bool(self._callbacks)

    def emit(self, event: T) -> None:
        """Tell everybody; one who fails is logged, and keeps nobody from being told."""
        for callback in list(self._callbacks):
            try:
                callback(event)
            except Exception:
                log.exception("A callback has failed; the recognition goes on.")


class PhraseListGrammar:
    """Words that are likely to be said; those that are added before a transcriber begins are told to the service.

    Args:
        phrases: Where they are kept.
    """

    def __init__(self, phrases: list[str]) -> None:
        self._phrases = phrases

    @classmethod
    def from_recognizer(cls, recognizer: Any) -> PhraseListGrammar:
        """Of a transcriber."""
        return cls(recognizer.phrases)

    def __getattr__(self, name: str) -> Any:
        # The SDK's own spelling.
        if name == "addPhrase":
            return self.add_phrase
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def add_phrase(self, phrase: str) -> None:
        """Add one; the SDK calls it `addPhrase`."""
        self._phrases.append(phrase)

    def clear(self) -> None:
        """Take all out again."""
        self._phrases.clear()


class Caller:
    """One thread that makes calls in the order in which they were given; it does not keep the interpreter alive."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._is_ending = False

    def call(self, function: Callable[..., object], *args: Any) -> None:
        """Give a call; after `close` it is made by another thread, once the one before has ended."""
        if self._thread is None or self._is_ending:
            before, self._calls, self._is_ending = self._thread, queue.SimpleQueue(), False
            self._thread = threading.Thread(
                target=_run, args=(self._calls, before), name="remote-meeting-events", daemon=True
            )
            self._thread.start()
        self._calls.put(lambda: function(*args))

    def drain(self, seconds: float) -> None:
        """Wait until all that was given has been called; not from within such a call."""
        thread, calls = self._thread, self._calls
        if thread is None or threading.current_thread() is thread:
            return
        if self._is_ending:
            thread.join(seconds)
            return
        done = threading.Event()
        calls.put(done.set)
        done.wait(seconds)

    def close(self) -> None:
        """End the thread once everything was called."""
        if self._thread is not None and not self._is_ending:
            self._is_ending = True
            self._calls.put(None)


def _run(calls: queue.SimpleQueue[Callable[[], object] | None], before: threading.Thread | None) -> None:
    if before is not None:
        before.join()
    while (call := calls.get()) is not None:
        try:
            call()
        except Exception:
            log.exception("A call on the thread of callbacks has failed.")
