"""What an app says before its audio, and what of that is refused."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting.gateway.opening import Opening, note_of_signatures
from remote_meeting_backends.speech_protocol.messages import MalformedMessage


def opening(most: int = 50, **query: str) -> Opening:
    """Of a URL's query."""
    return Opening.of_query(query, most)


def start(meeting_id: Any = "m-1", name: str = "start", users: tuple[Any, ...] = ()) -> dict[str, Any]:
    """A speech.event."""
    attendees = [{"id": user, "preferredLanguage": "en-us", "voice": "", "details": ""} for user in users]
    return {"id": "meeting", "name": name, "meeting": {"id": meeting_id, "attendees": attendees}}


def said(*events: dict[str, Any]) -> Opening:
    """An opening after a speech.config and these events."""
    told = opening()
    told.take("speech.config", {})
    for event in events:
        told.take("speech.event", event)
    return told


def test_a_query_says_what_is_wanted() -> None:
    """Without case; what is unknown is passed over."""
    told = opening(transcriptionmode="ASYNC", language="de-DE", cid="model", profanity="Raw", x="y")
    assert (told.mode, told.language, told.model, told.profanity) == ("async", "de-DE", "model", "none")
    bare = opening()
    assert (bare.mode, bare.language, bare.model, bare.profanity) == ("RealTimeAndAsync", "en-US", None, None)


def test_a_mode_that_there_is_not_is_refused() -> None:
    """With those that there are."""
    with pytest.raises(MalformedMessage, match="async or RealTimeAndAsync"):
        opening(transcriptionmode="later")


def test_an_event_names_the_meeting_and_who_takes_part() -> None:
    """Later ones add and remove."""
    told = said(
        start(users=("katie", "steve")), start(name="join", users=("ann",)), start(name="leave", users=("katie",))
    )
    assert told.need() == "m-1"
    assert list(told.participants) == ["katie", "steve", "ann"]
    assert not told.is_over
    told.take("speech.event", start(name="end"))
    assert told.is_over


def test_the_sdk_for_javascript_names_who_joins_in_its_own_way() -> None:
    """As seen with 1.52.0: its objects as they are."""
    told = said(start())
    late = {"privId": "late", "privPreferredLanguage": "en-us", "privVoice": "x", "privProperties": {"privKeys": []}}
    told.take("speech.event", {"id": "meeting", "name": "join", "meeting": {"id": "m-1", "attendees": [late]}})
    assert told.participants == {"late": "en-us"}
    assert told.has_signatures


def test_older_clients_call_it_a_conversation() -> None:
    """The same under the name from before."""
    assert said({"id": "conversation", "name": "start", "conversation": {"id": "old"}}).need() == "old"


def test_what_must_come_first() -> None:
    """Each is named."""
    with pytest.raises(MalformedMessage, match=r"before speech\.config"):
        opening().need()
    with pytest.raises(MalformedMessage, match="named its meeting"):
        said().need()


@pytest.mark.parametrize("meeting_id", ["", "x" * 257, "a\nb", "a\0b", 5, ["a"], "\u202e"])
def test_ids_that_cannot_be(meeting_id: Any) -> None:
    """Empty, too long, unprintable, no text."""
    with pytest.raises(MalformedMessage):
        said(start(meeting_id))


def test_another_meeting_on_one_connection_is_refused() -> None:
    """One connection, one meeting; the same again is none."""
    said(start(), start())
    with pytest.raises(MalformedMessage, match="another"):
        said(start(), start("m-2"))


def test_participants_are_bounded() -> None:
    """In one event, and over all; one who joins twice counts once."""
    with pytest.raises(MalformedMessage, match="10000 participants"):
        said(start(users=tuple(map(str, range(10_000)))))
    told = said(start(users=tuple(map(str, range(50)))))
    told.take("speech.event", start(name="join", users=("3",)))
    with pytest.raises(MalformedMessage, match="More than 50"):
        told.take("speech.event", start(name="join", users=("new",)))


@pytest.mark.parametrize("user", [None, 5, "x" * 2000, {}])
def test_a_participant_has_an_id(user: Any) -> None:
    """That is a short text."""
    with pytest.raises(MalformedMessage, match="participant"):
        said(start(users=(user,)))


def test_voice_signatures_are_told_of_once() -> None:
    """An empty one is none."""
    told = said(start(users=("katie",)))
    assert note_of_signatures(has_signatures=told.has_signatures) is None
    event = start(name="join", users=("steve",))
    event["meeting"]["attendees"][0]["voice"] = '{"Version":0,"Tag":"x","Data":"y"}'
    told.take("speech.event", event)
    assert "Guest-1" in str(note_of_signatures(has_signatures=told.has_signatures))


def test_words_that_are_likely_come_with_the_context() -> None:
    """As a PhraseListGrammar of the SDK sends them; anything else in their place is passed over."""
    told = opening()
    told.take_context({"dgi": {"Groups": [{"Items": [{"Text": "Contoso"}, {"Text": 5}, 7]}, 8, {"Items": None}]}})
    assert told.phrases == ("Contoso",)
    told.take_context({"dgi": [1]})
    assert told.phrases == ()


NAMES = st.sampled_from(["id", "name", "meeting", "attendees", "voice", "dgi", "Groups", "Items"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(NAMES, JSON, max_size=5), max_size=4))
def test_nothing_that_is_json_breaks_it(events: list[dict[str, Any]]) -> None:
    """It is taken, or refused with a sentence."""
    told = opening()
    for event in events:
        with contextlib.suppress(MalformedMessage):
            told.take("speech.event", event)
        told.take_context(event)
