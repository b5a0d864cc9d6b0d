"""Audio as the services take it: one channel where speakers are told apart, in a format that they decode."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ..audio import SAMPLE_RATE, AudioInfo, ChannelPlan, pcm_blocks, plan_channels, probe
from ..backend import Capabilities, JobOptions
from ..errors import InvalidInput, OptionNotSupported
from ..extras import need

# What the services document and libsndfile reads too; anything else is sent as FLAC.
TAKEN = frozenset({"WAV", "WAVEX", "FLAC", "OGG", "MP3"})
TAKEN_SAMPLES = frozenset({"PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "ULAW", "ALAW", "VORBIS", "OPUS"})
MOST_SEPARATE = 2
CONVERTED = "meeting.flac"
_TYPES = {"WAV": "audio/wav", "WAVEX": "audio/wav", "FLAC": "audio/flac", "OGG": "audio/ogg", "MP3": "audio/mpeg"}


@dataclass(frozen=True, slots=True)
class Sendable:
    """A file that can be sent.

    Args:
        path: Where it is; a converted one is gone when it was sent.
        media_type: What it is.
        size_bytes: How large.
        duration_seconds: How long.
        channels: Which channels the service keeps apart; None for one channel.
        notes: What was decided on the way, for the result's notes.
    """

    path: Path
    media_type: str
    size_bytes: int
    duration_seconds: float
    channels: tuple[int, ...] | None
    notes: tuple[str, ...]


@asynccontextmanager
async def sendable(audio: Path, options: JobOptions, backend: str) -> AsyncIterator[Sendable]:
    """Look at a file, and convert it where the service would not take it so; the copy is removed in the end.

    Args:
        audio: Any file that libsndfile reads.
        options: Which channels are heard, and whether a cut file will do.
        backend: Name for messages.

    Raises:
        AudioError: The file cannot be used, or its channels need a choice.
        OptionNotSupported: More channels are to be kept apart than the services can.
    """
    import asyncio

    info = await asyncio.to_thread(probe, audio, allow_truncated=options.allow_truncated)
    plan = plan_channels(
        info.layout, info.channels, options.channels, only_channel=info.only_channel, name=str(info.path)
    )
    apart = tuple(range(len(plan.weights))) if plan.separate and len(plan.weights) > 1 else None
    if apart is not None and len(apart) > MOST_SEPARATE:
        raise OptionNotSupported(
            f"The {backend} backend keeps at most {MOST_SEPARATE} channels apart, and {info.path} has {info.channels}: "
            f"choose --channels mix or a channel's number, or --backend local.",
            backend=backend,
        )
    notes = tuple(note for note in (info.note, plan.note) if note)
    if _is_taken(info, plan):
        yield Sendable(info.path, _TYPES[info.container], info.size_bytes, info.duration_seconds, apart, notes)
        return
    with tempfile.TemporaryDirectory(prefix="remote-meeting-") as folder:
        path = Path(folder) / CONVERTED
        await asyncio.to_thread(_convert, info, plan, path)
        yield Sendable(path, _TYPES["FLAC"], path.stat().st_size, info.duration_seconds, apart, notes)


def check_limits(size_bytes: int, seconds: float, options: JobOptions, can: Capabilities, backend: str) -> None:
    """Refuse what the service would refuse, before a byte is sent.

    Raises:
        InvalidInput: Too large or too long; `way_out` names the backend that takes it.
    """
    way_out = "batch" if backend != "batch" else None
    advice = ": the batch backend takes it" if way_out else ""
    longest = can.max_diarized_seconds if options.diarizes else None
    if can.max_bytes is not None and size_bytes > can.max_bytes:
        said = f"at most {can.max_bytes / 1e6:g} MB, and this is {size_bytes / 1e6:.1f} MB{advice}"
    elif can.max_seconds is not None and seconds > can.max_seconds:
        said = f"at most {can.max_seconds / 3600:g} h of audio, and this is {seconds / 3600:.2f} h{advice}"
    elif longest is not None and seconds > longest:
        said = f"at most {longest / 3600:g} h where speakers are told apart, and this is {seconds / 3600:.2f} h{advice}"
    else:
        return
    raise InvalidInput(f"The {backend} backend takes {said}.", backend=backend, code="too_large", way_out=way_out)


def _is_taken(info: AudioInfo, plan: ChannelPlan) -> bool:
    """True when the service reads the file itself, and all of its channels are meant."""
    readable = info.container == "MP3" or (info.container in TAKEN and info.encoding in TAKEN_SAMPLES)
    whole = info.headerless_from is None and not info.is_cut
    return readable and whole and (info.channels == 1 or (plan.separate and info.channels <= MOST_SEPARATE))


def _convert(info: AudioInfo, plan: ChannelPlan, path: Path) -> None:
    soundfile = need("soundfile", extra="azure", what="Converting audio")
    outputs = len(plan.weights)
    with soundfile.SoundFile(path, "w", SAMPLE_RATE, outputs, subtype="PCM_16", format="FLAC") as file:
        for block in pcm_blocks(info, plan):
            file.write(block)
