"""The time of day as the protocol writes it: ISO 8601, milliseconds, Z. Each frame has one."""

from __future__ import annotations

from datetime import datetime

from ..runtime import Runtime


class Stamps:
    """Gives the time of the moment; what is the same for a whole second is written once.

    Args:
        runtime: Gives the time.
    """

    __slots__ = ("_prefix", "_runtime", "_second")

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._second: datetime | None = None
        self._prefix = ""

    def __call__(self) -> str:
        now = self._runtime.now()
        second = now.replace(microsecond=0)
        if second != self._second:
            self._second, self._prefix = second, now.strftime("%Y-%m-%dT%H:%M:%S.")
        return f"{self._prefix}{now.microsecond // 1000:03d}Z"
