"""Stretches of speech in a stream of PCM, found by pocketsphinx's endpointer (WebRTC voice activity detection)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..audio import SAMPLE_RATE
from ..extras import need
from ..transcript import ticks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BYTES_A_SECOND = SAMPLE_RATE * 2
SAMPLE_BYTES = 2
# A decoder's memory and delay grow with the utterance: a monologue is cut at its quietest moment.
LONGEST_SECONDS = 20.0
LONGEST_BYTES = int(LONGEST_SECONDS * SAMPLE_RATE) * SAMPLE_BYTES
CUT_WITHIN_SECONDS = 5.0
CUT_STEP_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of speech.

    Args:
        output: Which of the plan's outputs it was heard on, from 0.
        offset_ticks: Start, in ticks from the start of the audio.
        pcm: 16-bit little-endian samples at 16 kHz.
    """

    output: int
    offset_ticks: int
    pcm: bytes

    @property
    def duration_ticks(self) -> int:
        """Length in ticks."""
        return ticks(len(self.pcm) / BYTES_A_SECOND)


def split(blocks: Iterable[NDArray[np.int16]], outputs: int) -> Iterator[Segment]:
    """Find speech in each output on its own.

    Args:
        blocks: Arrays of shape (samples, outputs) at 16 kHz.
        outputs: How many.

    Yields:
        Segments in the order in which they end.
    """
    finders = [Finder(output) for output in range(outputs)]
    for block in blocks:
        for finder in finders:
            yield from finder.feed(block[:, finder.output].tobytes())
    for finder in finders:
        yield from finder.finish()


class Finder:
    """The endpointer of one output, fed with bytes of any number.

    Args:
        output: Which of the plan's outputs it hears.
    """

    def __init__(self, output: int) -> None:
        pocketsphinx = need("pocketsphinx", extra="local", what="The local backend")
        self.output = output
        self._endpointer = pocketsphinx.Endpointer(window=0.3, ratio=0.9, vad_mode=pocketsphinx.Vad.LOOSE)
        self._frame_bytes: int = self._endpointer.frame_bytes
        self._rest = b""
        self._speech = bytearray()
        self._start = 0.0

    @property
    def open_speech(self) -> Segment | None:
        """The stretch that goes on, as far as it was heard; None while nobody speaks."""
        if not self._speech:
            return None
        return Segment(self.output, ticks(self._start), bytes(self._speech))

    def feed(self, pcm: bytes) -> Iterator[Segment]:
        """Stretches that end in this audio."""
        data = self._rest + pcm
        usable = len(data) - len(data) % self._frame_bytes
        for at in range(0, usable, self._frame_bytes):
            yield from self._heard(self._endpointer.process(data[at : at + self._frame_bytes]))
        self._rest = data[usable:]

    def finish(self) -> Iterator[Segment]:
        """What is left at the end of the audio."""
        # The endpointer wants its last frame shorter than a whole one and longer than nothing.
        if self._endpointer.in_speech:
            if self._rest:
                last = self._endpointer.end_stream(self._rest)
            else:
                last = (self._endpointer.end_stream(bytes(SAMPLE_BYTES)) or b"")[:-SAMPLE_BYTES]
            yield from self._heard(last)
        if self._speech:
            yield self._take(len(self._speech))

    def _heard(self, speech: bytes | None) -> Iterator[Segment]:
        if not speech:
            return
        if not self._speech:
            self._start = self._endpointer.speech_start
        self._speech += speech
        while len(self._speech) > LONGEST_BYTES:
            yield self._take(_quietest(bytes(self._speech[:LONGEST_BYTES])))
        if not self._endpointer.in_speech:
            yield self._take(len(self._speech))

    def _take(self, size: int) -> Segment:
        segment = Segment(self.output, ticks(self._start), bytes(self._speech[:size]))
        del self._speech[:size]
        self._start += size / BYTES_A_SECOND
        return segment


def _quietest(pcm: bytes) -> int:
    """Where to cut: the quietest tenth of a second near the end, in bytes."""
    numpy = need("numpy", extra="local", what="The local backend")
    step = int(CUT_STEP_SECONDS * SAMPLE_RATE)
    samples = numpy.frombuffer(pcm, dtype="<i2")
    first = max(0, len(samples) - int(CUT_WITHIN_SECONDS * SAMPLE_RATE))
    tail = samples[first : first + (len(samples) - first) // step * step].astype(numpy.float64)
    energies = (tail.reshape(-1, step) ** 2).mean(axis=1)
    return int(first + int(energies.argmin()) * step + step // 2) * 2
