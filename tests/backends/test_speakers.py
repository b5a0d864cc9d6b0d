"""Who spoke: made-up voices whose owners are known, and the bundled sample's real ones."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.testing import assert_allclose

from remote_meeting_backends import SpeakerCount
from remote_meeting_backends.local.speakers import BLOCK, CEPSTRA, FOUNDING_FRAMES, VoiceStatistics, tell_apart
from sample.make_sample import LINES
from support.sound import RATE, pcm16, speech

THREE = SpeakerCount(minimum=3, maximum=3)


def voice(person: int, *, frames: int = 200, take: int = 0) -> VoiceStatistics:
    """A stretch of a made-up person: frames around that person's own point."""
    center = np.random.default_rng(person).normal(0, 8, CEPSTRA)
    cloud = center + np.random.default_rng((person, take)).normal(0, 3, (frames, CEPSTRA))
    return VoiceStatistics(frames, cloud.sum(axis=0), cloud.T @ cloud)


def by_first_appearance(people: Sequence[int]) -> list[int]:
    """People numbered as they come in."""
    order: dict[int, int] = {}
    return [order.setdefault(person, len(order)) for person in people]


def meeting(people: Sequence[int], frames: Sequence[int] | None = None) -> list[VoiceStatistics]:
    """One stretch after the other."""
    lengths = frames or [200] * len(people)
    return [
        voice(person, frames=length, take=take)
        for take, (person, length) in enumerate(zip(people, lengths, strict=True))
    ]


@pytest.fixture(scope="module")
def sample() -> list[VoiceStatistics]:
    """The nine lines of the bundled sample."""
    samples = speech()
    stretches = [samples[int(line.start * RATE) : int(line.end * RATE)] for line in LINES]
    voices = [VoiceStatistics.of(pcm16(stretch)) for stretch in stretches]
    return [one for one in voices if one is not None]


def test_pack_and_unpack(sample: list[VoiceStatistics]) -> None:
    """What the journal keeps is the whole of it, to the last bit."""
    for one in [*sample, voice(3, frames=7)]:
        again = VoiceStatistics.unpack(one.pack())
        assert again.frames == one.frames
        assert np.array_equal(again.total, one.total)
        assert_allclose(again.outer, one.outer, rtol=1e-12)
        assert again.pack() == one.pack()


def test_packed_is_short(sample: list[VoiceStatistics]) -> None:
    """A stretch costs the journal one kilobyte, whatever its length."""
    assert {len(one.pack()) for one in sample} == {len(voice(1).pack())}
    assert len(sample[0].pack()) < 1024


@pytest.mark.parametrize("length", [0, 2, 700])
def test_too_short_to_measure(length: int) -> None:
    """Less than a frame has no statistics."""
    assert VoiceStatistics.of(bytes(length)) is None


def test_silence_can_be_measured() -> None:
    """Digital silence gives finite numbers."""
    still = VoiceStatistics.of(bytes(RATE))
    assert still is not None
    assert np.isfinite(still.total).all()
    assert tell_apart([still, voice(1), still], None) == [0, 1, 0]


def test_loudness_is_no_voice(sample: list[VoiceStatistics]) -> None:
    """The same person nearer to the microphone is the same voice."""
    line = LINES[0]
    quiet = VoiceStatistics.of(pcm16(speech()[int(line.start * RATE) : int(line.end * RATE)] * 0.3))
    assert quiet is not None
    assert_allclose(quiet.total / quiet.frames, sample[0].total / sample[0].frames, atol=1.5)


@pytest.mark.parametrize("wanted", [THREE, SpeakerCount(minimum=2, maximum=5), None])
def test_sample(sample: list[VoiceStatistics], wanted: SpeakerCount | None) -> None:
    """The sample's three people, with their number given, bounded and estimated."""
    assert tell_apart(sample, wanted) == by_first_appearance([ord(line.speaker[0]) for line in LINES])


@pytest.mark.parametrize("people", [[5, 5, 2, 5, 2, 7, 2, 5], [1] * 6, [4, 3, 2, 1, 1, 2, 3, 4]])
def test_estimated(people: list[int]) -> None:
    """Everyone is told apart with no number given, and numbered by first appearance."""
    assert tell_apart(meeting(people), None) == by_first_appearance(people)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (SpeakerCount(minimum=1, maximum=1), 1),
        (SpeakerCount(minimum=2, maximum=2), 2),
        (SpeakerCount(minimum=4, maximum=4), 4),
        (SpeakerCount(minimum=6, maximum=6), 6),
        (SpeakerCount(minimum=1, maximum=3), 3),
        (SpeakerCount(minimum=2, maximum=8), 4),
        (SpeakerCount(minimum=5, maximum=8), 5),
    ],
)
def test_wanted(wanted: SpeakerCount, found: int) -> None:
    """A given number is kept, and bounds are."""
    people = [1, 2, 3, 4] * 4
    labels = tell_apart(meeting(people), wanted)
    assert len(set(labels)) == found
    assert labels[0] == 0
    if found == 4:
        assert labels == by_first_appearance(people)


def test_more_wanted_than_there_are() -> None:
    """Three stretches cannot hold five people."""
    assert tell_apart(meeting([1, 1, 2]), SpeakerCount(minimum=5, maximum=5)) == [0, 1, 2]


def test_nothing() -> None:
    """No stretches, no speakers."""
    assert tell_apart([], None) == []


def test_stretches_without_statistics() -> None:
    """Where there are none, nobody is named, and the others are not confused."""
    first, second, third = meeting([1, 2, 1])
    assert tell_apart([None, first, None, second, third, None], None) == [None, 0, None, 1, 0, None]
    assert tell_apart([None, None], THREE) == [None, None]


def test_very_short_stretches_found_nobody() -> None:
    """A short stretch joins the voice it is nearest to instead of becoming a person of its own."""
    people = [1, 2, 1, 2, 1, 2, 2, 1]
    frames = [200, 200, 200, 200, 10, 10, FOUNDING_FRAMES - 1, 1]
    assert tell_apart(meeting(people, frames), None) == by_first_appearance(people)


def test_only_very_short_stretches() -> None:
    """Where there is nothing else, short stretches have to do."""
    assert tell_apart(meeting([1, 2], [20, 20]), SpeakerCount(minimum=2, maximum=2)) == [0, 1]
    assert len(tell_apart([voice(1, frames=1)], None)) == 1


@pytest.mark.parametrize("stretches", [BLOCK, BLOCK + 1, BLOCK + 10, 4 * BLOCK + 40])
def test_long_meetings(stretches: int) -> None:
    """Beyond one block of stretches nobody is mixed up, however few are left for the last block."""
    people = np.random.default_rng(stretches).integers(1, 6, stretches).tolist()
    assert tell_apart(meeting(people), None) == by_first_appearance(people)


def test_thousands_of_stretches() -> None:
    """A day of talk, a fifth of it very short, fits in little memory: its square would be 72 MB."""
    rng = np.random.default_rng(0)
    people = rng.integers(1, 5, 3000).tolist()
    frames = rng.choice([12, 100, 150, 200, 400], 3000).tolist()
    voices = meeting(people, frames)
    tracemalloc.start()
    labels = tell_apart(voices, None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    wrong = sum(label != right for label, right in zip(labels, by_first_appearance(people), strict=True))
    assert wrong <= 4
    assert peak < 30_000_000
