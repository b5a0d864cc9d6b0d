"""Audio that comes in pieces, to the 16 kHz 16-bit PCM that backends take: its channels chosen, its rate changed."""

from __future__ import annotations

from typing import Any

from ..errors import InvalidInput
from ..extras import need
from .channels import layout_of, plan_channels
from .stream import SAMPLE_RATE

SLOWEST_RATE = 8_000
FASTEST_RATE = 192_000
MOST_CHANNELS = 16


class Pieces:
    """Converts a stream of 16-bit little-endian PCM.

    Args:
        rate: Samples a second in each channel, 8,000 to 192,000.
        bits: Of a sample; 16.
        channels: Interleaved channels.
        choice: `mix`, `separate`, a channel's number from 0, or None where the layout leaves no doubt: the 7+1 array of
            the old service is mixed from its microphones.

    Raises:
        InvalidInput: Another form of audio.
        ChannelChoiceNeeded: Several channels, and no word on what to hear.
        MissingExtra: numpy or soxr is not installed.
    """

    def __init__(self, rate: int = SAMPLE_RATE, bits: int = 16, channels: int = 1, choice: str | None = None) -> None:
        if bits != 16 or not SLOWEST_RATE <= rate <= FASTEST_RATE or not 1 <= channels <= MOST_CHANNELS:
            raise InvalidInput(
                f"A stream of {channels} channels of {bits} bits at {rate} Hz is not taken: give PCM of 16 bits, 8 to "
                f"192 kHz, up to {MOST_CHANNELS} channels."
            )
        plan = plan_channels(layout_of(channels), channels, choice, name="The stream")
        self.note = plan.note
        self.channels = len(plan.weights)
        self._numpy: Any = need("numpy", extra="local", what="Reading audio")
        # Whole numbers are summed, and divided once: the same samples come out however the stream is cut.
        self._gain = max(max(shares) for shares in plan.weights)
        shares = [[weight / self._gain for weight in output] for output in plan.weights]
        self._weights = self._numpy.array(shares, dtype=self._numpy.float32).T
        self._is_same = rate == SAMPLE_RATE and channels == 1
        self._frame = 2 * channels
        self._rest = b""
        self._resampler: Any = None
        if rate != SAMPLE_RATE:
            soxr = need("soxr", extra="local", what="Resampling audio")
            self._resampler = soxr.ResampleStream(rate, SAMPLE_RATE, self.channels, dtype="float32")

    def feed(self, pcm: bytes) -> bytes:
        """What comes out of the next piece, of any length."""
        if self._rest or len(pcm) % self._frame:
            data = self._rest + pcm
            usable = len(data) - len(data) % self._frame
            pcm, self._rest = data[:usable], data[usable:]
        return pcm if self._is_same else self._converted(pcm, last=False)

    def finish(self) -> bytes:
        """What is left at the end; a part of a sample is dropped."""
        return b"" if self._resampler is None else self._converted(b"", last=True)

    def _converted(self, pcm: bytes, *, last: bool) -> bytes:
        numpy = self._numpy
        samples = numpy.frombuffer(pcm, dtype="<i2").reshape(-1, self._frame // 2).astype(numpy.float32)
        heard = numpy.ascontiguousarray(samples @ self._weights)
        if self._gain != 1.0:
            heard *= self._gain
        if self._resampler is not None:
            # What swings over after a change of rate may be louder than any sample; a mean never is.
            heard = numpy.clip(self._resampler.resample_chunk(heard, last=last), -32768, 32767)
        numpy.rint(heard, out=heard)
        return bytes(heard.astype("<i2").tobytes())
