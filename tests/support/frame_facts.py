"""What a client sends, as one flat table: a field a row, so that two clients can be laid side by side."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

from remote_meeting_backends.frame_cassettes import Frame, FrameCassette, Talk

ABSENT = "(absent)"
TICKS_A_MS = 10_000
_ID = re.compile(r"<id-\d+>")
_COUNT = re.compile(r"(?i)\.(?:offset|audioOffsetMs)$")


def beginning(cassette: FrameCassette) -> dict[str, Any]:
    """Everything that the client said in its first connection, but for how turns after the first begin.

    Names of ids are all one: whose id an id is stands in `same ids`.
    """
    return _nameless(dict(_first(cassette.connections[0])))


def going_on(cassette: FrameCassette) -> dict[str, Any]:
    """How it goes on after a turn, and in another connection; how much audio that was depends on the day."""
    table = dict(_flat("next turn", [frame for talk in cassette.connections for frame in contexts(talk)][1].body))
    for talk in cassette.connections[1:2]:
        table |= {f"again, {row}": value for row, value in _upgrade(talk)}
    table["next turn: audioOffset tells"] = _what_offset_tells(cassette)
    counts = {row: f"a number, as {type(value).__name__}" for row, value in table.items() if _COUNT.search(row)}
    return _nameless({**table, **counts})


def _what_offset_tells(cassette: FrameCassette) -> str:
    """What the second turn tells as audioOffset: where the last phrase ended, or more than that."""
    ended, turns = 0, 0
    for frame in (frame for talk in cassette.connections for frame in talk.frames):
        if frame.path == "speech.phrase":
            ended = (frame.body["Offset"] + frame.body["Duration"]) // TICKS_A_MS
        elif frame.path == "speech.context" and (turns := turns + 1) == 2:
            told = {name.lower(): value for name, value in frame.body["phraseDetection"]["speakerDiarization"].items()}
            return "where the turn's audio begins" if told["audiooffsetms"] == ended else "how much was sent before"
    return ABSENT


def _nameless(table: dict[str, Any]) -> dict[str, Any]:
    return {row: _ID.sub("<id>", value) if isinstance(value, str) else value for row, value in table.items()}


def contexts(talk: Talk) -> list[Frame]:
    """The beginnings of turns."""
    return [frame for frame in talk.frames if frame.sender == "client" and frame.path == "speech.context"]


def order(talk: Talk) -> str:
    """The paths of the client's messages, many of one kind as one; how much telemetry there is depends on the day."""
    said = (_kind(frame) for frame in talk.frames if frame.sender == "client" and not frame.is_telemetry)
    return ", ".join(kind for kind, _ in itertools.groupby(said))


def differences(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The rows that differ: our value and theirs."""
    rows = sorted(ours.keys() | theirs.keys())
    pairs = {row: (ours.get(row, ABSENT), theirs.get(row, ABSENT)) for row in rows}
    return {row: pair for row, pair in pairs.items() if pair[0] != pair[1] or type(pair[0]) is not type(pair[1])}


def _first(talk: Talk) -> Iterator[tuple[str, Any]]:
    yield from _upgrade(talk)
    yield "order", order(talk)
    yield "telemetry", any(frame.is_telemetry for frame in talk.frames)
    config = next(frame for frame in talk.frames if frame.path == "speech.config")
    context = contexts(talk)[0]
    for name, frame in (("speech.config", config), ("speech.context", context)):
        yield from _headers(name, frame)
        yield from _flat(name, frame.body)
    session = context.body["phraseDetection"]["speakerDiarization"]["audioSessionId"]
    yield "same ids: audioSessionId is X-ConnectionId", session == talk.request.headers["x-connectionid"]
    yield "same ids: speech.config is in the first turn", config.turn == context.turn
    audio = [frame for frame in talk.frames if frame.audio is not None and frame.turn == context.turn]
    yield "audio: WAV header, bytes", _size(audio[0])
    yield "audio: WAV header, hash", audio[0].audio.sha256 if audio[0].audio else ABSENT
    yield from _headers("audio: WAV header", audio[0])
    yield from _headers("audio: piece", audio[1])
    yield "audio: bytes of a piece", _size(audio[1])
    yield "audio: hashes of the pieces", _hashes([frame for frame in audio[1:] if _size(frame)])
    if not _size(audio[-1]):
        yield from _headers("audio: end", audio[-1])


def _upgrade(talk: Talk) -> Iterator[tuple[str, Any]]:
    yield "upgrade: path", talk.request.path
    yield from ((f"upgrade: query {name}", value) for name, value in talk.request.query.items())
    yield from ((f"upgrade: header {name}", value) for name, value in talk.request.headers.items())


def _headers(name: str, frame: Frame) -> Iterator[tuple[str, Any]]:
    yield from ((f"{name}: header {header.lower()}", value) for header, value in frame.headers.items())


def _flat(name: str, body: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(body, dict) and body:
        for member, inner in body.items():
            yield from _flat(name, inner, f"{place}.{member}" if place else member)
    else:
        yield f"{name}: {place}", body if isinstance(body, str | int | float | bool) else repr(body)


def _kind(frame: Frame) -> str:
    if frame.audio is None:
        return frame.path
    return "audio" if frame.audio.size else "end of audio"


def _size(frame: Frame) -> int:
    return frame.audio.size if frame.audio else 0


def _hashes(frames: Sequence[Frame]) -> str:
    return " ".join(frame.audio.sha256[:8] for frame in frames if frame.audio)
