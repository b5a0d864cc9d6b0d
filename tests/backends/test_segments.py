"""Stretches of speech: found where they are, whole, in order, and never too long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from remote_meeting_backends.local.segments import LONGEST_SECONDS, Segment, split
from remote_meeting_backends.transcript import seconds
from sample.make_sample import LINES
from support.sound import RATE, pcm16, speech

Pcm = NDArray[np.int16]


def spoken(number: int) -> Pcm:
    """One line of the bundled sample, without the pauses around it."""
    line = LINES[number]
    samples = speech()[int(line.start * RATE) : int(line.end * RATE)]
    return np.frombuffer(pcm16(samples), dtype="<i2")


def pause(length: float) -> Pcm:
    """Silence of some seconds."""
    return np.zeros(int(length * RATE), dtype=np.int16)


def noise(length: float) -> Pcm:
    """Hiss, which the endpointer takes for speech without a pause."""
    return np.random.default_rng(1).normal(0, 3000, int(length * RATE)).astype(np.int16)


def found(samples: Pcm, *, block: int = RATE, outputs: int = 1) -> list[Segment]:
    """What is found in samples that come in blocks."""
    columns = samples.reshape(-1, outputs)
    blocks: Iterator[Pcm] = (columns[at : at + block] for at in range(0, len(columns), block))
    return list(split(blocks, outputs))


def start(segment: Segment) -> int:
    """Its first sample."""
    return round(seconds(segment.offset_ticks) * RATE)


def samples_of(segment: Segment) -> Pcm:
    """Its samples."""
    return np.frombuffer(segment.pcm, dtype="<i2")


def assert_cut_from(samples: Pcm, segments: Sequence[Segment]) -> None:
    """Each segment is exactly what the audio holds at its offset, for its duration."""
    for segment in segments:
        heard = samples_of(segment)
        assert np.array_equal(heard, samples[start(segment) : start(segment) + len(heard)])
        assert seconds(segment.duration_ticks) == pytest.approx(len(heard) / RATE, abs=1e-7)


def test_known_pauses() -> None:
    """Three lines with pauses between them: three stretches, each around its line."""
    parts = [pause(1.5), spoken(0), pause(0.7), spoken(1), pause(4), spoken(2), pause(1)]
    samples = np.concatenate(parts)
    ends = np.cumsum([len(part) for part in parts]) / RATE
    segments = found(samples)
    assert len(segments) == 3
    for segment, begin, end in zip(segments, ends[0::2], ends[1::2], strict=False):
        assert seconds(segment.offset_ticks) == pytest.approx(begin, abs=0.35)
        assert seconds(segment.offset_ticks + segment.duration_ticks) == pytest.approx(end, abs=0.35)
    assert_cut_from(samples, segments)


@pytest.mark.parametrize("block", [160, 999, RATE, 10 * RATE])
def test_block_size_is_no_matter(block: int) -> None:
    """The same is found however the samples come in."""
    samples = np.concatenate([pause(0.5), spoken(3), pause(1), spoken(4), pause(0.3)])
    assert found(samples, block=block) == found(samples)


@pytest.mark.parametrize("extra", [0, 1, 240, 479])
def test_speech_to_the_very_end(extra: int) -> None:
    """Audio that ends while somebody speaks keeps its last word, and no sample is made up."""
    samples = np.concatenate([pause(1), spoken(0)[: 2 * RATE]])
    frame = 480
    samples = samples[: len(samples) // frame * frame - frame + extra]
    (segment,) = found(samples)
    assert_cut_from(samples, [segment])
    assert start(segment) + len(samples_of(segment)) == len(samples)


@pytest.mark.parametrize("samples", [pause(0), pause(0.01), pause(3)])
def test_no_speech(samples: Pcm) -> None:
    """Nothing to hear, nothing found."""
    assert found(samples) == []


def test_no_pause_at_all() -> None:
    """A minute and a half without a pause is cut into pieces that fit together."""
    samples = np.concatenate([spoken(number)[800:-2400] for number in [*range(9)] * 4])
    segments = found(samples)
    assert len(samples) / RATE > 80
    assert len(segments) >= 4
    assert start(segments[0]) < RATE // 10
    assert np.array_equal(np.concatenate([samples_of(segment) for segment in segments]), samples[start(segments[0]) :])
    assert_cut_from(samples, segments)
    assert max(seconds(segment.duration_ticks) for segment in segments) <= LONGEST_SECONDS


def test_cut_at_the_quietest_moment() -> None:
    """A cut without a pause is made where it is quietest: not in a word if there is a gap near."""
    samples = noise(30).copy()
    gap = slice(int(17.3 * RATE), int(17.5 * RATE))
    samples[gap] //= 20
    first, second = found(samples)
    assert 17.3 <= seconds(second.offset_ticks) <= 17.5
    assert len(samples_of(first)) == start(second)


@pytest.mark.parametrize("length", [19.9, 20.0, 20.01, 20.1, 20.25, 20.3, 21])
@pytest.mark.parametrize("after", [0.0, 1.0])
def test_never_longer_than_the_longest(length: float, after: float) -> None:
    """The limit holds to the sample, wherever speech ends."""
    samples = np.concatenate([noise(length), pause(after)])
    segments = found(samples)
    assert max(len(samples_of(segment)) for segment in segments) <= LONGEST_SECONDS * RATE
    assert sum(len(samples_of(segment)) for segment in segments) >= int(length * RATE)
    assert_cut_from(samples, segments)


def test_quietest_beyond_the_longest() -> None:
    """A gap just behind the limit is no place to cut."""
    samples = noise(20.25).copy()
    samples[int(20.02 * RATE) : int(20.2 * RATE)] //= 20
    segments = found(samples)
    assert len(segments) == 2
    assert max(len(samples_of(segment)) for segment in segments) <= LONGEST_SECONDS * RATE


def test_two_outputs() -> None:
    """Each output is searched on its own: both at once find what each alone does."""
    left = np.concatenate([pause(1), spoken(0), pause(3), spoken(1), pause(1)])
    right = np.concatenate([spoken(2), pause(10)])[: len(left)]
    right = np.concatenate([right, pause(10)])[: len(left)]
    segments = found(np.stack([left, right], axis=1).ravel(), outputs=2)
    assert [(s.output, s.offset_ticks) for s in segments] != sorted((s.output, s.offset_ticks) for s in segments)
    for output, alone in enumerate((left, right)):
        ours = [(s.offset_ticks, s.pcm) for s in segments if s.output == output]
        assert ours == [(s.offset_ticks, s.pcm) for s in found(alone)]
    assert {s.output for s in segments} == {0, 1}
