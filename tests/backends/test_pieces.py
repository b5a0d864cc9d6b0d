"""Audio that comes in pieces: cut wherever it may be, what comes out is the same, at the backends' rate."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remote_meeting_backends import InvalidInput
from remote_meeting_backends.audio.pieces import Pieces

SECONDS = 0.5


def tone(rate: int, channels: int = 1, hertz: float = 440.0) -> bytes:
    """A tone; in further channels ever softer."""
    at = np.arange(int(rate * SECONDS)) / rate
    wave = np.sin(2 * np.pi * hertz * at) * 10_000
    return np.stack([wave / (channel + 1) for channel in range(channels)], axis=1).astype("<i2").tobytes()


def through(pieces: Pieces, pcm: bytes, cuts: list[int]) -> bytes:
    """All that comes out, fed in parts."""
    places = [0, *sorted(cut % (len(pcm) + 1) for cut in cuts), len(pcm)]
    fed = [pieces.feed(pcm[start:end]) for start, end in itertools.pairwise(places)]
    return b"".join([*fed, pieces.finish()])


FORMS = st.tuples(st.sampled_from([8_000, 16_000, 22_050, 44_100, 48_000]), st.sampled_from([1, 2, 8]))


@given(FORMS, st.lists(st.integers(0, 1_000_000), max_size=6))
def test_where_it_is_cut_makes_no_difference(form: tuple[int, int], cuts: list[int]) -> None:
    """In the middle of a sample, of a frame, or nowhere: not a bit is another."""
    rate, channels = form
    pcm = tone(rate, channels)
    choice = None if channels in (1, 8) else "mix"
    whole = through(Pieces(rate, 16, channels, choice), pcm, [])
    assert through(Pieces(rate, 16, channels, choice), pcm, cuts) == whole
    assert abs(len(whole) // 2 - int(16_000 * SECONDS)) <= 16


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000, 96_000])
def test_a_tone_stays_a_tone(rate: int) -> None:
    """Its pitch and its level are what they were."""
    heard = np.frombuffer(through(Pieces(rate), tone(rate), []), dtype="<i2").astype(float)
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    assert abs(float(np.argmax(spectrum)) / SECONDS - 440) <= 4
    middle = heard[len(heard) // 4 : -len(heard) // 4]
    assert np.sqrt((middle**2).mean()) == pytest.approx(10_000 / np.sqrt(2), rel=0.02)


def test_one_channel_at_the_right_rate_is_untouched() -> None:
    """Not a bit of it changes."""
    pcm = tone(16_000)
    assert through(Pieces(), pcm, [3, 1001]) == pcm


def test_which_channel_is_heard() -> None:
    """One by its number, all as one, or each for itself."""
    pcm = tone(16_000, 2)
    left, right = (np.frombuffer(pcm, dtype="<i2")[channel::2].astype(float) for channel in (0, 1))
    for choice, wanted in (("0", left), ("1", right), ("mix", (left + right) / 2)):
        heard = np.frombuffer(through(Pieces(16_000, 16, 2, choice), pcm, []), dtype="<i2")
        assert np.abs(heard - wanted).max() <= 1
    apart = Pieces(16_000, 16, 2, "separate")
    assert apart.channels == 2
    assert through(apart, pcm, [5]) == pcm


def test_the_old_array_is_mixed_from_its_microphones() -> None:
    """Seven of them; the eighth channel, what the room's loudspeaker plays, is not heard."""
    silent = np.zeros((8_000, 8), dtype="<i2")
    silent[:, 7] = 10_000
    array = Pieces(16_000, 16, 8)
    assert array.channels == 1
    assert array.note
    assert not np.frombuffer(through(array, silent.tobytes(), []), dtype="<i2").any()


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ((4_000, 16, 1), "at 4000 Hz is not taken"),
        ((400_000, 16, 1), "at 400000 Hz is not taken"),
        ((16_000, 8, 1), "of 8 bits"),
        ((16_000, 16, 0), "of 0 channels"),
        ((16_000, 16, 17), "of 17 channels"),
        ((16_000, 16, 2), "say which to hear"),
    ],
)
def test_what_is_not_taken(form: tuple[int, int, int], words: str) -> None:
    """Told in a sentence, before any audio came."""
    with pytest.raises(InvalidInput, match=words):
        Pieces(*form)
