"""Bad days on order: which request or job they hit, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import InvalidInput


class _Fault(BaseModel):
    """What all have in common.

    Args:
        on: Operation whose requests it hits; a job's own faults are drawn at its submission.
        times: How many it hits.
        after: How many matching ones pass before.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    on: Literal[
        "submit",
        "get",
        "list",
        "patch",
        "delete",
        "files",
        "file",
        "content",
        "locales",
        "transcribe",
        "webhooks",
        "token",
        "realtime",
        "any",
    ] = "any"
    times: int = Field(default=1, ge=1)
    after: int = Field(default=0, ge=0)


class StatusFault(_Fault):
    """Another answer instead; nothing happens."""

    kind: Literal["status"]
    status: int = Field(ge=400, le=599)
    retry_after: int | None = Field(default=None, ge=0)
    code: str | None = None
    message: str | None = None
    shape: Literal["flat", "wrapped"] = "flat"


class DropFault(_Fault):
    """The connection ends without an answer, before or after the request was obeyed."""

    kind: Literal["drop_before", "drop_after"]


class TruncateFault(_Fault):
    """The answer's body ends early, and the connection with it."""

    kind: Literal["truncate"]
    bytes: int = Field(default=0, ge=0)


class DelayFault(_Fault):
    """The answer comes late, by the machine's own clock."""

    kind: Literal["delay"]
    seconds: float = Field(ge=0, le=600)


class ExpiredFault(_Fault):
    """A content URL is no good any more; another call for files gives one that is."""

    kind: Literal["expired_content"]


class InputFault(_Fault):
    """One file of a job goes wrong: its result is not listed, or the report says that it failed."""

    kind: Literal["missing_file", "file_failed"]
    input: int = Field(default=0, ge=0)
    message: str | None = None


class JobFault(_Fault):
    """A job fails as a whole."""

    kind: Literal["job_failed"]
    code: str = "Internal"
    message: str = "The transcription failed."


class FlagFault(_Fault):
    """A job stays NotStarted; or a job that has not ended cannot be deleted."""

    kind: Literal["stuck", "undeletable"]


class WsDropFault(_Fault):
    """A WebSocket ends at its nth message of one side, counted from 1: before or after that one counts for anything.

    Without a close code it just breaks.
    """

    kind: Literal["ws_drop"]
    at: int = Field(ge=1)
    direction: Literal["client", "service"] = "service"
    when: Literal["before", "after"] = "before"
    close: int | None = Field(default=None, ge=1000, le=4999)


class WsFault(_Fault):
    """Something is wrong with the nth message of the service, counted from 1.

    It comes late by `seconds`; it comes behind the one after it; noise comes before it; or the first phrase from it on
    comes twice, or is one that says TooManyRequests.
    """

    kind: Literal["ws_delay", "ws_swap", "ws_garbage", "ws_duplicate", "ws_throttled"]
    at: int = Field(default=1, ge=1)
    seconds: float = Field(default=0.0, ge=0, le=600)


class TurnFault(_Fault):
    """Turns of a connection end with the first phrase after so much audio, whatever is left of it."""

    kind: Literal["turn_ended"]
    every_seconds: float = Field(gt=0)


Fault = (
    StatusFault
    | DropFault
    | TruncateFault
    | DelayFault
    | ExpiredFault
    | InputFault
    | JobFault
    | FlagFault
    | WsDropFault
    | WsFault
    | TurnFault
)
_OF_REQUESTS: Final = frozenset({"status", "drop_before", "drop_after", "truncate", "delay"})
_OF_CONNECTIONS: Final = (
    "ws_drop",
    "ws_delay",
    "ws_swap",
    "ws_garbage",
    "ws_duplicate",
    "ws_throttled",
    "turn_ended",
)
_OF_JOBS: Final = frozenset({"missing_file", "file_failed", "job_failed", "stuck"})


class _Order(BaseModel):
    fault: Annotated[Fault, Field(discriminator="kind")]


def parse_fault(given: Any) -> Fault:
    """Read a fault.

    Raises:
        InvalidInput: It is none; with the field.
    """
    try:
        return _Order(fault=given).fault
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"][1:]) or "the whole"
        raise InvalidInput(f"This is no fault: {place}: {first['msg']}.") from error


@dataclass(slots=True)
class _Pending:
    fault: Fault
    pass_by: int
    left: int


class Faults:
    """Those that were ordered and have not been used up."""

    def __init__(self) -> None:
        self._pending: list[_Pending] = []

    def order(self, fault: Fault) -> None:
        """Put one in line."""
        self._pending.append(_Pending(fault, fault.after, fault.times))

    def clear(self) -> None:
        """Forget all."""
        self._pending.clear()

    def of_request(self, operation: str) -> Fault | None:
        """The fault of a request, if it has one; it counts as used."""
        return self._draw(_OF_REQUESTS, operation)

    def take(self, kind: str) -> Fault | None:
        """A fault of a kind that has but one place, whatever operation was named with it."""
        return self._draw(frozenset({kind}), None)

    def of_connection(self) -> list[Fault]:
        """What a new WebSocket has drawn: one of each kind at the most."""
        return [fault for kind in _OF_CONNECTIONS if (fault := self.take(kind)) is not None]

    def of_job(self) -> dict[str, dict[str, Any]]:
        """What a new job has drawn: details by kind."""
        drawn = [fault for kind in sorted(_OF_JOBS) if (fault := self.take(kind)) is not None]
        return {fault.kind: fault.model_dump(exclude={"on", "times", "after", "kind"}) for fault in drawn}

    def _draw(self, kinds: frozenset[str], operation: str | None) -> Fault | None:
        matching = [one for one in self._pending if one.fault.kind in kinds]
        if operation is not None:
            matching = [one for one in matching if one.fault.on in (operation, "any")]
        ready = next((one for one in matching if not one.pass_by), None)
        for one in matching:
            one.pass_by = max(0, one.pass_by - 1)
        if ready is None:
            return None
        ready.left -= 1
        if not ready.left:
            self._pending.remove(ready)
        return ready.fault
