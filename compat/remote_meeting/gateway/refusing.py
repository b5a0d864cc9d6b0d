"""How an upload is refused or ended: a closing code that the official SDKs understand, and a sentence.

1002, 1003, 1007 and 4000 are final to them; after any other they come again. Source: protocol/realtime.md.
"""

from __future__ import annotations

from typing import Final

from remote_meeting_backends import (
    AuthenticationFailed,
    InvalidInput,
    MeetingBusy,
    RemoteMeetingError,
    StoreError,
)

MALFORMED: Final = 1007
TOO_SLOW: Final = 1008
BROKEN: Final = 1011
RESTART: Final = 1012
LATER: Final = 1013
FINAL: Final = 4000
# A close frame holds 125 bytes, two of them the code.
LONGEST_REASON: Final = 123
# Nobody spoke: to an app that streams it is an end like any other.
SILENCE: Final = frozenset({"no_speech"})


class Refused(Exception):
    """A connection ends here.

    Args:
        code: Of the close frame.
        sentence: Why.
    """

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def reason(sentence: str) -> str:
    """A sentence that fits a close frame."""
    raw = sentence.encode()
    if len(raw) <= LONGEST_REASON:
        return sentence
    return raw[: LONGEST_REASON - 3].decode(errors="ignore").rstrip() + "…"


def refusal_of(error: RemoteMeetingError) -> Refused:
    """What an error of ours means to an app that uploads."""
    if isinstance(error, StoreError):
        # The sentence names the store and its trouble: that is for the operator, not for the caller.
        return Refused(LATER, "The meeting cannot be written down now: come again later.")
    if isinstance(error, InvalidInput):
        return Refused(MALFORMED, error.message)
    if isinstance(error, AuthenticationFailed | MeetingBusy):
        return Refused(FINAL, error.message)
    return Refused(BROKEN, error.message)
