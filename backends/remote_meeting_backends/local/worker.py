"""The child process that recognizes speech: PCM in, one line of JSON out.

A process of its own, because the decoder holds the interpreter's lock while it works, and because two cores are
twice as fast as one. It ends when its input ends, so it never outlives the process that started it.

In: 4 bytes big-endian length, then that many bytes of 16-bit PCM at 16 kHz. Out: `{"ready": true}` once, then
for each input one object with `words` (text, start and end in seconds, confidence) and `voice` (see speakers.py).
"""

from __future__ import annotations

import json
import re
import signal
import struct
import sys
from typing import Any, BinaryIO

from ..extras import need
from .speakers import VoiceStatistics

FRAMES_A_SECOND = 100
VARIANT = re.compile(r"\(\d+\)$")


def recognize(decoder: Any, pcm: bytes) -> list[list[Any]]:
    """Words of one stretch of speech: [text, start seconds, end seconds, confidence]."""
    # Otherwise the noise estimate of the last stretch leaks into this one, and a rerun hears other words.
    decoder.reinit_feat()
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()
    if decoder.hyp() is None:
        return []
    words = []
    for segment in decoder.seg():
        if segment.word.startswith(("<", "[")):
            continue
        start, end = segment.start_frame / FRAMES_A_SECOND, (segment.end_frame + 1) / FRAMES_A_SECOND
        words.append([VARIANT.sub("", segment.word), start, end, round(min(1.0, max(0.0, segment.prob)), 4)])
    return words


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer until the input ends."""
    pocketsphinx = need("pocketsphinx", extra="local", what="The local backend")
    decoder = pocketsphinx.Decoder(samprate=16000, loglevel="FATAL")
    _answer(sink, {"ready": True})
    while len(head := source.read(4)) == 4:
        (length,) = struct.unpack(">I", head)
        pcm = source.read(length)
        if len(pcm) < length:
            return
        words = recognize(decoder, pcm)
        voice = VoiceStatistics.of(pcm)
        _answer(sink, {"words": words, "voice": voice.pack() if voice is not None else None})


def _answer(sink: BinaryIO, message: dict[str, Any]) -> None:
    sink.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")
    sink.flush()


if __name__ == "__main__":
    # Ctrl-C reaches the whole group, and a service manager's end every process: the parent decides, and closing the
    # pipe is how it says so.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        # Nobody is left to answer: leave before the interpreter tries to flush into the broken pipe.
        import os

        os._exit(0)
