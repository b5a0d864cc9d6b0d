"""Work that blocks, beside the event loop, and never in the way of leaving.

asyncio's own threads are waited for at the end of the program: a name server that is silent, or a disk that hangs,
would hold up Ctrl-C for as long as it likes. These threads are left behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")


class TooLate(Exception):
    """The deadline passed."""


async def aside(work: Callable[[], T]) -> T:
    """What a function returns, or its error; whoever is cancelled meanwhile does not wait for its end."""
    loop = asyncio.get_running_loop()
    told: asyncio.Future[T] = loop.create_future()

    def settle(tell: Callable[[Any], None], value: Any) -> None:
        if not told.done():
            tell(value)

    def run() -> None:
        tell: Callable[[Any], None]
        value: Any
        try:
            tell, value = told.set_result, work()
        except Exception as error:
            tell, value = told.set_exception, error
        # The loop may be closed: then nobody waits any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, tell, value)

    threading.Thread(target=run, daemon=True, name="doctor").start()
    return await told


async def within(seconds: float, work: Awaitable[T]) -> T:
    """What is awaited, if it comes in time.

    Raises:
        TooLate: It does not. A timeout of the work's own is told from this one, and stays what it is.
    """
    try:
        async with asyncio.timeout(seconds) as limit:
            return await work
    except TimeoutError as error:
        if limit.expired():
            raise TooLate(f"no answer within {seconds:g} s") from error
        raise
