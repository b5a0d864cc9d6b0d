"""What the end of a connection means: try again, wait, or give up, and with which words. Pure decisions.

Source: protocol/realtime.md, "Turns, resumption, pace": 1002, 1003, 1007 and 4000 are final, 401 and 403 are
authentication, 429 is throttling, anything else is tried again.
"""

from __future__ import annotations

from typing import Final

from ..errors import (
    AuthenticationFailed,
    BadRequest,
    RemoteMeetingError,
    ServiceUnavailable,
    ServiceUnreachable,
    Throttled,
    UnexpectedReply,
)

FINAL_CODES: Final = frozenset({1002, 1003, 1007, 4000})
MOST_ATTEMPTS: Final = 8
FIRST_WAIT_SECONDS: Final = 0.25
LONGEST_WAIT_SECONDS: Final = 30.0
# A service that throttles and does not say for how long.
THROTTLED_WAIT_SECONDS: Final = 5.0
_AUTHENTICATION: Final = (401, 403)
_WORTH_ANOTHER_TRY: Final = frozenset({408, 425, 429})


class Lost(Exception):
    """The connection is gone, and another may do better.

    Args:
        error: What to say when no other does.
        wait_seconds: The service's own word on when to come back.
    """

    def __init__(self, error: RemoteMeetingError, wait_seconds: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.wait_seconds = wait_seconds


def of_upgrade(status: int, words: str, retry_after: str | None, place: str, request_id: str) -> Exception:
    """What an answer other than 101 means: a Lost to be tried again, or the error that ends the meeting."""
    said = f": {words}" if words else ""
    if status in _AUTHENTICATION:
        return AuthenticationFailed(
            f"The key or token was refused by {place} ({status}{said}): check it, and that it belongs to this region.",
            status_code=status,
            request_id=request_id,
        )
    if status == 429:
        throttled = Throttled(
            f"{place} has too many sessions or requests ({status}{said}).", status_code=status, request_id=request_id
        )
        return Lost(throttled, _seconds(retry_after))
    if status >= 500 or status in _WORTH_ANOTHER_TRY:
        return Lost(
            ServiceUnavailable(
                f"{place} is not available ({status}{said}).", status_code=status, request_id=request_id
            ),
            _seconds(retry_after),
        )
    if status == 404:
        return BadRequest(
            f"Nobody takes audio at this path of {place} ({status}): check the endpoint.",
            status_code=status,
            request_id=request_id,
        )
    if 300 <= status < 400:
        return BadRequest(
            f"{place} sends its callers elsewhere ({status}): name that place as the endpoint.",
            status_code=status,
            request_id=request_id,
        )
    return BadRequest(f"{place} refused the connection ({status}{said}).", status_code=status, request_id=request_id)


def of_close(code: int | None, words: str, place: str, request_id: str) -> Exception:
    """What the end of a connection means, by its close code; None where it broke without one."""
    said = f": {words}" if words else ""
    if code in FINAL_CODES:
        return BadRequest(
            f"{place} closed the connection because of the request ({code}{said}).",
            code=str(code),
            request_id=request_id,
        )
    if code is None or code == 1006:
        return Lost(
            ServiceUnreachable(
                f"The connection to {place} broke{said} (1006; with a token, one that has expired is the usual cause).",
                code="1006",
                request_id=request_id,
            )
        )
    return Lost(
        ServiceUnavailable(f"{place} closed the connection ({code}{said}).", code=str(code), request_id=request_id)
    )


def of_refusal(error: RemoteMeetingError) -> Exception:
    """What an error in the service's own messages means."""
    if isinstance(error, Throttled | ServiceUnavailable | UnexpectedReply):
        return Lost(error)
    return error


def wait_before(attempt: int, lost: Lost, jitter: float) -> float:
    """Seconds before the next connection.

    Args:
        attempt: Which it is since the last phrase, from 1.
        lost: Why there is none.
        jitter: 0 to 1.
    """
    if lost.wait_seconds is not None:
        return lost.wait_seconds
    first = THROTTLED_WAIT_SECONDS if isinstance(lost.error, Throttled) else FIRST_WAIT_SECONDS
    return float(min(LONGEST_WAIT_SECONDS, first * 2 ** (attempt - 1)) * (0.75 + 0.5 * jitter))


def given_up(lost: Lost, *, is_told: bool = True) -> RemoteMeetingError:
    """The error of a meeting for which no connection lasted.

    Args:
        lost: The last one.
        is_told: Phrases were to come; else nothing was, before the end.
    """
    error = lost.error
    failed, kept = ("brought no phrase", "was recognized") if is_told else ("did not last", "arrived")
    error.message = (
        f"{error.message.rstrip('.')}; {MOST_ATTEMPTS} connections in a row {failed}. What {kept} is kept: submit "
        f"the meeting again to go on."
    )
    return error


def _seconds(retry_after: str | None) -> float | None:
    """A Retry-After in seconds; a date or 0 is no word."""
    if retry_after is None or not retry_after.strip().isdecimal():
        return None
    seconds = float(retry_after.strip()[:6])
    return seconds or None
