"""What our client sends beside what the official Speech SDKs sent, field by field: each difference has its reason.

Read from `cassettes/realtime`: native is azure-cognitiveservices-speech 1.53.0 in Python, JavaScript is
microsoft-cognitiveservices-speech-sdk 1.52.0 in Node, all three on the same audio against the emulator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from remote_meeting_backends.frame_cassettes import FrameCassette
from support.frame_facts import beginning, differences, going_on
from support.frame_scenarios import SCENARIOS

WHO = "it says who the client is and where it runs"
SOURCE = "a description of the source: no service is known to read it, and ours is a stream whatever it was made of"
TYPED = "the native SDK writes these numbers as text; JSON's own are what the SDK for JavaScript writes"
CHARSET = "the SDKs leave the character set to the reader, or name no type at all: ours says what it is"
NO_TELEMETRY = "we tell nobody how our users' machines do"
WORDS = "ours always asks for words with times and confidences, the SDKs where an app does: see native_options"
RELIABLE = "reliable reconnect: the native SDK and ours opt in, the SDK for JavaScript has it off by default"
STREAM_ID = "X-StreamId belongs to reliable reconnect, which the SDK for JavaScript has off by default"
INTERIM = "the SDK for JavaScript names it, the native SDK leaves it to the service; false is the default"
SPELLING = "the native SDK spells it audioOffsetMS; ours is as the published source of the SDK for JavaScript has it"
PROVIDER = "the native SDK writes it as null, which says nothing"
IN_QUERY = "browsers cannot set headers, so that SDK repeats key and ids in the URL, where they end up in logs"
ANOTHER_ID = "a name of the same id that the service is not known to need"
EMPTY = "an empty object, which asks for nothing"
OWN_TURN = "the native SDK's has no turn, the other's the first one's, ours one of its own: it belongs to a connection"
LAST_TURN = "the native SDK asks for another turn for the audio behind the last phrase; ours knows that it was heard"
OFFSET = "the native SDK tells where the turn's audio begins; that for JavaScript, and ours, how much was sent before"
GOES_ON = (
    "after a turn that ended in order the native SDK sends the continuation too, and keeps its clock; ours begins a "
    "clock with the turn, as the SDK for JavaScript does, and names it after a break only"
)

OF_THE_CONFIG = {
    "speech.config: context.system.build": WHO,
    "speech.config: context.system.lang": WHO,
    "speech.config: context.system.name": WHO,
    "speech.config: context.system.version": WHO,
    "speech.config: context.audio.source.manufacturer": SOURCE,
    "speech.config: context.audio.source.type": SOURCE,
    "speech.config: header content-type": CHARSET,
    "speech.context: header content-type": CHARSET,
    "telemetry": NO_TELEMETRY,
    "upgrade: header user-agent": WHO,
}
OF_THE_CONTEXT = {
    "phraseOutput.format": WORDS,
    "phraseOutput.detailed.options": WORDS,
}
NATIVE_CONTEXT = {
    **OF_THE_CONTEXT,
    "phraseDetection.speakerDiarization.audioOffsetMs": SPELLING,
    "phraseDetection.speakerDiarization.audioOffsetMS": SPELLING,
    "phraseDetection.speakerDiarization.diarizeIntermediates": INTERIM,
    "phraseDetection.speakerDiarization.identityProvider": PROVIDER,
}
JAVASCRIPT_CONTEXT = {
    **OF_THE_CONTEXT,
    "phraseOutput": EMPTY,
    "phraseDetection.enrichment": EMPTY,
    "audio.streams.1": RELIABLE,
}
JAVASCRIPT_UPGRADE = {
    "upgrade: header connectionid": ANOTHER_ID,
    "upgrade: header sec-websocket-protocol": "the native SDK and ours name the subprotocol, that SDK does not",
    "upgrade: header user-agent": WHO,
    "upgrade: query Ocp-Apim-Subscription-Key": IN_QUERY,
    "upgrade: query X-ConnectionId": IN_QUERY,
}
CONTINUATION = ("continuation.token", "continuation.previousServiceTag")
ACKNOWLEDGED = "continuation.audio.streams.1.offset"


def within(where: str, rows: dict[str, str]) -> dict[str, str]:
    """The same rows of another part."""
    return {f"{where}{row}": reason for row, reason in rows.items()}


WORDS_IN_URL = {f"upgrade: query {name}": WORDS for name in ("format", "wordLevelConfidence", "wordLevelTimestamps")}
NATIVE_BEGINNING = {
    **OF_THE_CONFIG,
    "order": LAST_TURN,
    "speech.config: context.audio.source.bitspersample": TYPED,
    "speech.config: context.audio.source.channelcount": TYPED,
    "speech.config: context.audio.source.samplerate": TYPED,
    "speech.config: context.audio.source.connectivity": SOURCE,
    "speech.config: header x-requestid": OWN_TURN,
}
DIFFERENCES: dict[str, dict[str, str]] = {
    "native_whole": {**NATIVE_BEGINNING, **within("speech.context: ", NATIVE_CONTEXT), **WORDS_IN_URL},
    "javascript_whole": {
        **OF_THE_CONFIG,
        **within("speech.context: ", JAVASCRIPT_CONTEXT),
        **JAVASCRIPT_UPGRADE,
        **WORDS_IN_URL,
        "audio: WAV header: header x-streamid": STREAM_ID,
        "audio: piece: header x-streamid": STREAM_ID,
        "audio: end: header x-streamid": STREAM_ID,
        "same ids: audioSessionId is X-ConnectionId": "that SDK makes an id of its own; realtime.md has them as one",
        "same ids: speech.config is in the first turn": OWN_TURN,
        "speech.config: context.audio.source.model": SOURCE,
        "speech.config: recognition": "a hint of that SDK; the phraseDetection's mode says the same",
    },
    "native_options": {
        **NATIVE_BEGINNING,
        **within("speech.context: ", {row: why for row, why in NATIVE_CONTEXT.items() if not row.endswith("format")}),
    },
    "native_turns": {
        "next turn: audioOffset tells": OFFSET,
        **within("next turn: ", NATIVE_CONTEXT),
        **within("next turn: ", dict.fromkeys((*CONTINUATION, ACKNOWLEDGED), GOES_ON)),
    },
    "javascript_turns": within("next turn: ", JAVASCRIPT_CONTEXT),
    "native_cut": {
        "next turn: audioOffset tells": OFFSET,
        **within("next turn: ", NATIVE_CONTEXT),
        f"next turn: {ACKNOWLEDGED}": TYPED,
        **within("again, ", {"upgrade: header user-agent": WHO, **WORDS_IN_URL}),
    },
    "javascript_cut": {
        **within("next turn: ", JAVASCRIPT_CONTEXT),
        **within("next turn: ", dict.fromkeys((*CONTINUATION, ACKNOWLEDGED), RELIABLE)),
        **within("again, ", {**JAVASCRIPT_UPGRADE, **WORDS_IN_URL}),
    },
}


def table(name: str, read: Callable[[FrameCassette], dict[str, Any]]) -> dict[str, Any]:
    """A cassette's."""
    return read(FrameCassette.load(SCENARIOS[name].path))


@pytest.mark.parametrize("name", DIFFERENCES)
def test_each_difference_has_its_reason(name: str) -> None:
    """No row differs that is not listed, and none is listed that does not differ."""
    what = name.partition("_")[2]
    read = beginning if what in ("whole", "options") else going_on
    found = differences(table(f"ours_{what}", read), table(name, read))
    assert {row: pair for row, pair in found.items() if row not in DIFFERENCES[name]} == {}
    assert DIFFERENCES[name].keys() - found.keys() == set()


def test_every_client_sends_the_same_audio() -> None:
    """The header of a WAV file, and pieces of 100 ms, to the last byte."""
    tables = [table(f"{client}_whole", beginning) for client in ("ours", "native", "javascript")]
    for row in ("audio: WAV header, hash", "audio: bytes of a piece", "audio: hashes of the pieces"):
        assert len({one[row] for one in tables}) == 1


@pytest.mark.parametrize("what", ["turns", "cut"])
def test_a_session_keeps_its_id(what: str) -> None:
    """Whatever becomes of turns and connections, all three clients name one audioSessionId, so that labels stay."""
    for client in ("ours", "native", "javascript"):
        cassette = FrameCassette.load(SCENARIOS[f"{client}_{what}"].path)
        bodies = [
            frame.body for talk in cassette.connections for frame in talk.frames if frame.path == "speech.context"
        ]
        sessions = {body["phraseDetection"]["speakerDiarization"]["audioSessionId"] for body in bodies}
        assert len(bodies) > 1
        assert len(sessions) == 1
