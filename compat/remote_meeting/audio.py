"""Where audio comes from, in the Speech SDK for Python's shape: files, streams that are written to, and read from."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator
from enum import Enum

from remote_meeting_backends import AudioError, InvalidInput, OptionNotSupported

from .properties import PropertyId

PULL_BYTES = 3200


class AudioStreamContainerFormat(Enum):
    """Compressed forms of audio; numbers as in the Speech SDK. Streams of them are not taken here, files are."""

    OGG_OPUS = 0x101
    MP3 = 0x102
    FLAC = 0x103
    ALAW = 0x104
    MULAW = 0x105
    AMRNB = 0x106
    AMRWB = 0x107
    ANY = 0x108


class AudioStreamWaveFormat(Enum):
    """Forms of samples; numbers as in the Speech SDK. PCM is what is taken."""

    PCM = 1
    ALAW = 6
    MULAW = 7
    G722 = 0x28F


class AudioStreamFormat:
    """PCM in a stream.

    Args:
        samples_per_second: In each channel, 8,000 to 192,000; None for 16,000.
        bits_per_sample: 16.
        channels: Interleaved: 1, 2, or the 8 of the old service's array.
        compressed_stream_format: Not here.
        wave_stream_format: PCM.

    Raises:
        OptionNotSupported: The audio is compressed, or no PCM: write it to a file, or decode it first.
    """

    def __init__(
        self,
        samples_per_second: int | None = None,
        bits_per_sample: int = 16,
        channels: int = 1,
        compressed_stream_format: AudioStreamContainerFormat | None = None,
        wave_stream_format: AudioStreamWaveFormat = AudioStreamWaveFormat.PCM,
    ) -> None:
        odd = compressed_stream_format or (
            None if wave_stream_format is AudioStreamWaveFormat.PCM else wave_stream_format
        )
        if odd is not None:
            raise OptionNotSupported(
                f"A stream of {odd.name} is not decoded here: give PCM of 16 bits, or the audio as a file."
            )
        self.samples_per_second = samples_per_second or 16_000
        self.bits_per_sample = bits_per_sample
        self.channels = channels


class PushAudioInputStream:
    """Audio that the app writes, from any thread. What is not heard yet is kept, beyond four minutes on disk.

    Args:
        stream_format: Its form; None for 16 kHz, 16 bits, one channel.
    """

    def __init__(self, stream_format: AudioStreamFormat | None = None) -> None:
        from remote_meeting_backends.realtime.backlog import Backlog

        self.stream_format = stream_format or AudioStreamFormat()
        self._kept = Backlog()
        self._lock = threading.Lock()
        self._is_closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: asyncio.Event | None = None

    def write(self, buffer: bytes) -> None:
        """Add PCM. Raises InvalidInput after `close`."""
        with self._lock:
            if self._is_closed:
                raise InvalidInput("The stream is closed: what is written to it now is not heard.")
            self._kept.append(bytes(buffer))
        self._tell()

    def close(self) -> None:
        """The audio ends; what was written is heard to its end."""
        with self._lock:
            self._is_closed = True
        self._tell()

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """What was written, in pieces; new beside the old, for the backends."""
        self._loop, self._news = asyncio.get_running_loop(), asyncio.Event()
        place = 0
        while True:
            self._news.clear()
            with self._lock:
                block = self._kept.read(place, 1 << 16)
                self._kept.release(place)
                is_over = self._is_closed and not block
                if is_over:
                    self._kept.close()
            if is_over:
                return
            if block:
                place += len(block)
                yield block
            else:
                await self._news.wait()

    def _tell(self) -> None:
        loop, news = self._loop, self._news
        if loop is not None and news is not None and not loop.is_closed():
            loop.call_soon_threadsafe(news.set)


class PullAudioInputStreamCallback:
    """Derive from it: `read` fills a buffer with PCM and returns how many bytes, 0 at the end."""

    def read(self, buffer: memoryview) -> int:
        """Fill the buffer, and return how many bytes are in it; 0 ends the audio. Called on a thread of its own."""
        raise InvalidInput("A PullAudioInputStreamCallback must override read().")

    def get_property(self, property_id: PropertyId) -> str:
        """A property of what was read last; empty unless overridden. Nobody asks for one here."""
        return ""

    def close(self) -> None:
        """Nothing is read any more."""


class PullAudioInputStream:
    """Audio that is read from the app when it is needed.

    Args:
        pull_stream_callback: Reads it.
        stream_format: Its form; None for 16 kHz, 16 bits, one channel.
    """

    def __init__(
        self, pull_stream_callback: PullAudioInputStreamCallback, stream_format: AudioStreamFormat | None = None
    ) -> None:
        self.stream_format = stream_format or AudioStreamFormat()
        self._callback = pull_stream_callback

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """What is read, in pieces; new beside the old, for the backends."""
        try:
            while block := await asyncio.to_thread(self._read):
                yield block
        finally:
            await asyncio.to_thread(self._callback.close)

    def _read(self) -> bytes:
        buffer = bytearray(PULL_BYTES)
        try:
            count = self._callback.read(memoryview(buffer))
        except Exception as error:
            # The app's own: what it gave before is heard, then the recognition ends with this.
            raise AudioError(f"The stream's callback has failed: {type(error).__name__}: {error}") from error
        if not isinstance(count, int) or not 0 <= count <= len(buffer):
            raise AudioError(
                f"The stream's callback returned {count!r}: give the number of bytes in the buffer, 0 to {len(buffer)}."
            )
        return bytes(buffer[:count])


AudioStream = PushAudioInputStream | PullAudioInputStream


class AudioConfig:
    """Which audio is heard.

    Args:
        use_default_microphone: Not here: there is no microphone behind this package.
        filename: A file of any form that is read here, not WAV alone.
        stream: A stream that is written to or read from.
        device_name: Not here.

    Raises:
        ValueError: Not one of filename and stream, or a microphone.
    """

    def __init__(
        self,
        use_default_microphone: bool = False,
        filename: str | os.PathLike[str] | None = None,
        stream: AudioStream | None = None,
        device_name: str | None = None,
    ) -> None:
        if use_default_microphone or device_name is not None:
            raise ValueError(
                "there is no microphone here: read it yourself, and write what it hears to a PushAudioInputStream"
            )
        if (filename is None) == (stream is None):
            raise ValueError("give one of filename and stream")
        if stream is not None and not isinstance(stream, PushAudioInputStream | PullAudioInputStream):
            raise ValueError("stream must be a PushAudioInputStream or a PullAudioInputStream")
        self.filename = None if filename is None else os.fspath(filename)
        self.stream = stream
        self._properties: dict[str, str] = {}

    def set_property(self, property_id: PropertyId, value: str) -> None:
        """Set a property by its id."""
        self.set_property_by_name(property_id.wire_name, value)

    def get_property(self, property_id: PropertyId) -> str:
        """A property by its id; empty when it is not set."""
        return self.get_property_by_name(property_id.wire_name)

    def set_property_by_name(self, property_name: str, value: str) -> None:
        """Set a property by its name."""
        self._properties[property_name] = str(value)

    def get_property_by_name(self, property_name: str) -> str:
        """A property by its name; empty when it is not set."""
        return self._properties.get(property_name, "")


__all__ = [
    "AudioConfig",
    "AudioStreamContainerFormat",
    "AudioStreamFormat",
    "AudioStreamWaveFormat",
    "PullAudioInputStream",
    "PullAudioInputStreamCallback",
    "PushAudioInputStream",
]
