"""The pure cores of frame cassettes, on anything: what is written reads the same, what is named matches itself."""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting_backends.frame_cassettes import (
    Answer,
    Audio,
    Bindings,
    Closed,
    Frame,
    FrameCassette,
    Recorded,
    Replay,
    Request,
    Scrub,
    Talk,
)
from remote_meeting_backends.frame_cassettes.scrub import read_frame
from remote_meeting_backends.speech_protocol.messages import Message, encode

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
OBJECTS = st.dictionaries(TEXTS, JSON, min_size=1, max_size=2)
IDS = st.uuids().map(lambda found: found.hex) | st.uuids().map(str)
HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)
AUDIOS = st.builds(lambda sha256, size: Audio(sha256=sha256, size=size), HASHES, st.integers(0, 9999))
CONTENT = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"body": OBJECTS}),
    st.fixed_dictionaries({"text": TEXTS}),
    st.fixed_dictionaries({"audio": AUDIOS}),
    st.fixed_dictionaries({"base64": TEXTS}),
    st.fixed_dictionaries({"noise": TEXTS}),
)
FRAMES = st.builds(
    lambda sender, path, headers, content: Frame(sender=sender, path=path, headers=headers, **content),
    st.sampled_from(["client", "service"]),
    TEXTS,
    st.dictionaries(TEXTS, TEXTS, max_size=2),
    CONTENT,
)
TALKS = st.builds(
    Talk,
    request=st.builds(Request, path=TEXTS, query=st.dictionaries(TEXTS, TEXTS, max_size=2)),
    answer=st.builds(Answer, status=st.integers(100, 599), subprotocol=st.none() | TEXTS, text=TEXTS),
    frames=st.lists(FRAMES, max_size=2).map(tuple),
    closed=st.none() | st.builds(Closed, by=st.sampled_from(["client", "service"]), code=st.none() | st.integers()),
)
CASSETTES = st.builds(
    FrameCassette,
    recorded=st.builds(
        lambda source, client, on: Recorded(source=source, client=client, faults="none", on=on, api="/"),
        TEXTS,
        TEXTS,
        st.dates(),
    ),
    connections=st.lists(TALKS, max_size=2).map(tuple),
)


@given(CASSETTES)
def test_what_is_written_reads_the_same(cassette: FrameCassette) -> None:
    """Whatever was said: YAML's own words, breaks of lines, numbers as texts; a message is a line."""
    text = cassette.dump()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "any.yaml")
        path.write_bytes(text.encode())
        assert FrameCassette.load(path) == cassette
    messages = sum(len(talk.frames) for talk in cassette.connections)
    assert sum(line.startswith("  - ") for line in text.split("\n")) == messages


@st.composite
def messages(draw: st.DrawFn) -> tuple[Any, Any]:
    """A message of the client, and the same one on another day with other ids."""
    then, now = draw(st.lists(st.tuples(IDS, st.uuids()), max_size=3, unique_by=lambda pair: plain(pair[0]))), []
    for old, new in then:
        now.append((old, str(new) if "-" in old else new.hex))
    body = draw(OBJECTS) | {f"member {number}": f"see {old}-1." for number, (old, _) in enumerate(then)}
    headers = {"X-Timestamp": "2026-11-27T10:00:00.000Z", **{f"X-Id-{n}": old for n, (old, _) in enumerate(then)}}
    first = encode(Message("speech.context", json.dumps(body), "", headers))
    assert isinstance(first, str)
    second = first.replace("2026-11-27T10:00:00.000Z", "2030-01-01T00:00:00Z")
    for old, new in now:
        second = second.replace(old, new)
    return first, second


def plain(found: str) -> str:
    """An id without its dashes."""
    return found.replace("-", "")


@given(messages())
def test_what_is_named_matches_itself(pair: tuple[str, str]) -> None:
    """A message is the recorded one, whatever its ids and times are now; and nothing else is."""
    then = Scrub().frame(read_frame("client", pair[0]))
    assert list(Bindings(lambda: "f" * 32).frame(then, read_frame("client", pair[1]))) == []
    body = json.loads(pair[1].partition("\r\n\r\n")[2])
    other = encode(Message("speech.context", json.dumps({**body, "member more": 1})))
    assert list(Bindings(lambda: "f" * 32).frame(then, read_frame("client", other)))


def test_an_id_stands_for_one_name() -> None:
    """Two names are two ids, and a name is the same id wherever it stands."""
    then = Frame(sender="client", path="x", body={"a": "<id-1>", "b": "<id-2>"})

    def found(a: str, b: str, bindings: Bindings) -> list[str]:
        return list(bindings.frame(then, Frame(sender="client", path="x", body={"a": a, "b": b})))

    bindings = Bindings(lambda: "f" * 32)
    assert found("a" * 32, "b" * 32, bindings) == []
    assert found("a" * 32, "c" * 32, bindings) == [f"x: b is '{'c' * 32}', and was '<id-2>'"]
    assert len(found("a" * 32, "a" * 32, Bindings(lambda: "f" * 32))) == 1
    assert bindings.filled({"tag": "<id-2>", "at": "<time>"}) == {"tag": "b" * 32, "at": "<time>"}


def client(path: str, turn: str, size: int | None = None) -> Frame:
    """A client's message of a turn, with some audio."""
    audio = None if size is None else Audio(sha256="0" * 64, size=size)
    return Frame(sender="client", path=path, headers={"x-requestid": turn}, audio=audio)


def reply(path: str, turn: str) -> Frame:
    """A service's."""
    return Frame(sender="service", path=path, headers={"x-requestid": turn})


def raw(frame: Frame, turn: str) -> str | bytes:
    """As it is sent."""
    content = None if frame.audio is None else bytes(frame.audio.size)
    return encode(Message(frame.path, "" if content is None else content, turn))


@pytest.mark.parametrize("more", [0, 1, 5])
def test_how_much_is_under_way_may_differ(more: int) -> None:
    """Behind a turn that the service ended; it has waited for as much as it had when it was recorded."""
    hashed = read_frame("client", encode(Message("audio", bytes(4), "a" * 32))).audio
    piece = Frame(sender="client", path="audio", headers={"x-requestid": "<id-1>"}, audio=hashed)
    talk = Talk(
        request=Request(path="/"),
        frames=(
            client("speech.context", "<id-1>"),
            piece,
            piece,
            reply("turn.end", "<id-1>"),
            piece,
            client("speech.context", "<id-2>"),
            reply("turn.start", "<id-2>"),
        ),
        closed=Closed(by="client", code=1000),
    )
    replay = Replay(talk, Bindings(lambda: "f" * 32))
    frames = [raw(client("speech.context", ""), "a" * 32), *[raw(piece, "a" * 32)] * (2 + more)]
    frames.append(raw(client("speech.context", ""), "b" * 32))
    heard = []
    for number, frame in enumerate(frames):
        replay.take(frame)
        heard += [(number, answer) for answer in replay.due()]
    assert [number for number, _ in heard] == [2, 3 + more]
    assert (replay.problems, replay.unsaid()) == ([], [])


def test_the_day_is_the_clocks() -> None:
    """As YAML has it: no time, no zone."""
    recorded = Recorded(source="emulator", client="x", faults="none", on=date(2026, 11, 27), api="/")
    assert "'on': '2026-11-27'" in FrameCassette(recorded=recorded, connections=()).dump()
