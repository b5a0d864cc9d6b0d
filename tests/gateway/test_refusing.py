"""How an app is turned away: by a code it understands, and a sentence that fits a close frame and tells no secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting.gateway.refusing import BROKEN, FINAL, LATER, MALFORMED, Refused, reason, refusal_of
from remote_meeting_backends import (
    AuthenticationFailed,
    BackendFailed,
    InvalidInput,
    MeetingBusy,
    RemoteMeetingError,
    StoreError,
)

MOST_BYTES = 123


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_a_reason_fits(sentence: str) -> None:
    """RFC 6455, 5.5: 125 bytes with the code. What fits is not touched, what does not is cut at a character."""
    told = reason(sentence)
    assert len(told.encode()) <= MOST_BYTES
    if len(sentence.encode()) <= MOST_BYTES:
        assert told == sentence
    else:
        assert told.endswith("…")
        assert sentence.startswith(told.removesuffix("…"))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidInput("It is wrong."), MALFORMED),
        (AuthenticationFailed("The key was refused."), FINAL),
        (MeetingBusy("It is over.", meeting_id="m"), FINAL),
        (BackendFailed("It broke."), BROKEN),
    ],
)
def test_what_an_error_means(error: RemoteMeetingError, code: int) -> None:
    """Its own sentence is told."""
    refused = refusal_of(error)
    assert (refused.code, refused.sentence) == (code, error.message)


def test_where_the_store_is_is_not_told() -> None:
    """Its trouble is the operator's; the app may come again."""
    refused = refusal_of(StoreError("The store postgresql://db.internal/meetings cannot be used: no route to host."))
    assert isinstance(refused, Refused)
    assert refused.code == LATER
    assert "db.internal" not in refused.sentence
