"""Where the audio of a client belongs that comes back: said by itself, or found by the samples."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting.gateway.places import (
    MOST_AHEAD_BYTES,
    Place,
    bytes_of,
    came_back,
    continued,
    found,
    ticks_of,
    token_of,
)

SECOND = 10_000_000


class Audio:
    """What is there."""

    def __init__(self, pcm: bytes) -> None:
        self.pcm = pcm
        self.end = len(pcm)

    def read(self, place: int, size: int) -> bytes:
        """Never more than a little at a time."""
        return self.pcm[place : place + min(size, 5000)]


def noise(seconds: float, seed: int = 1) -> bytes:
    """Audio that is nowhere else."""
    return random.Random(seed).randbytes(round(seconds * 16_000) * 2)


def context(clock: int, offset: object, token: str | None = None) -> dict[str, object]:
    """A speech.context of a client that was cut off."""
    streams = {"1": {"offset": offset}}
    return {"continuation": {"token": token or token_of(clock), "audio": {"streams": streams}}}


@pytest.mark.parametrize("offset", [20_000_000, "20000000"], ids=["number", "text"])
def test_a_continuation_says_where_and_on_which_clock(offset: object) -> None:
    """The native SDK writes the number as text."""
    told = context(SECOND, offset)
    assert continued(told, Audio(noise(5))) == Place(bytes_of(3 * SECOND), SECOND, is_known=True)
    assert came_back(told)


def test_a_client_may_be_ahead_of_what_arrived() -> None:
    """But not by more than it can have kept."""
    audio = Audio(noise(1))
    assert continued(context(0, 5 * SECOND), audio) == Place(bytes_of(5 * SECOND), 0, is_known=True)
    assert continued(context(0, ticks_of(audio.end + MOST_AHEAD_BYTES + 2)), audio) is None


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"continuation": None},
        {"continuation": {"token": "another-service-s", "audio": {"streams": {"1": {"offset": 5}}}}},
        {"continuation": {"token": token_of(0)}},
        context(0, -5),
        context(0, "9" * 30),
        context(0, 5, token="rmc1.x"),
        context(0, 5, token="rmc1"),
        context(0, None),
        {"continuation": {"token": 5, "audio": []}},
    ],
)
def test_what_is_no_continuation_is_none(told: dict[str, object]) -> None:
    """Nobody is led astray by it."""
    assert continued(told, Audio(noise(5))) is None


def test_the_first_audio_begins_the_meeting() -> None:
    """Whatever it is."""
    assert found(noise(0.1), Audio(b""), []) == Place(0, 0)


def test_audio_is_found_behind_the_last_phrase_that_arrived() -> None:
    """The newest phrase is tried first; one that was told on a connection that broke is passed over."""
    audio = Audio(noise(10))
    for told in (4 * SECOND, 6 * SECOND):
        at = bytes_of(told)
        place = found(audio.pcm[at : at + 3200], audio, [6 * SECOND, 4 * SECOND, 2 * SECOND])
        assert place == Place(at, told, is_known=True)


def test_audio_is_found_anywhere() -> None:
    """Also where no phrase ended; its clock begins there."""
    audio = Audio(noise(10))
    at = bytes_of(3 * SECOND + 625 * 7)
    assert found(audio.pcm[at : at + 3200], audio, [SECOND]) == Place(at, ticks_of(at), is_known=True)


def test_audio_that_is_cut_short_by_the_end_is_found() -> None:
    """Of the newest audio only the beginning has arrived."""
    whole = noise(10)
    audio = Audio(whole[: bytes_of(5 * SECOND) + 200])
    at = bytes_of(5 * SECOND)
    assert found(whole[at : at + 3200], audio, [5 * SECOND]).at == at


def test_new_audio_goes_behind_all_that_is_there() -> None:
    """An app that was started anew under the same id."""
    audio = Audio(noise(10))
    assert found(noise(0.1, seed=2), audio, [SECOND]) == Place(audio.end, ticks_of(audio.end), is_known=False)


def test_silence_is_where_clients_go_on() -> None:
    """It is found everywhere, so that the end of the last phrase decides."""
    audio = Audio(noise(2) + bytes(64_000) + noise(2, seed=2))
    assert found(bytes(3200), audio, [3 * SECOND]).at == bytes_of(3 * SECOND)
    assert found(bytes(3200), audio, []).at == audio.end
    assert found(bytes(3200), Audio(bytes(64_000)), []).at == 0


def test_an_odd_place_is_none() -> None:
    """Samples have two bytes: the same bytes half a sample later are other audio."""
    probe = noise(0.04)
    audio = Audio(noise(1, seed=3) + b"\x07" + probe + b"\x07" + probe[:0])
    assert found(probe, audio, []) == Place(audio.end, ticks_of(audio.end), is_known=False)


@given(st.integers(0, 159_000), st.lists(st.integers(0, 10 * SECOND), max_size=5), st.integers(1, 3200))
def test_what_was_there_is_found_where_it_was(sample: int, ends: list[int], size: int) -> None:
    """Whatever phrases were told: noise comes once."""
    pcm = noise(10)
    at = 2 * sample
    probe = pcm[at : at + 2 * size]
    if len(probe) >= 64:
        assert found(probe, Audio(pcm), ends).at == at
