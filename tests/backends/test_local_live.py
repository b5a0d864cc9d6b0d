"""Live audio through the local backend: told as it is heard, kept as it is told, speakers told apart as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from remote_meeting_backends import (
    JobOptions,
    JobRequest,
    MeetingFailed,
    OptionNotSupported,
    SpeakerCount,
    SystemRuntime,
)
from remote_meeting_backends.audio import pcm_blocks, plan_channels, probe
from remote_meeting_backends.contract import MemoryJournal
from remote_meeting_backends.live import (
    Canceled,
    LiveAudio,
    LiveEvent,
    SessionStarted,
    SessionStopped,
    SpeechEnded,
    SpeechStarted,
    Transcribed,
    Transcribing,
)
from remote_meeting_backends.local import LocalBackend
from remote_meeting_backends.local.segments import split
from remote_meeting_backends.local.speakers import VoiceStatistics
from remote_meeting_backends.local.voices import SpeakerTracker
from remote_meeting_backends.phrases_kept import load_phrase
from support.live import blocks
from support.sound import SAMPLE, save, silence, speech

pytestmark = pytest.mark.anyio
KATIE_AND_STEVE = Path(__file__).parents[3] / "shared" / "audio" / "katiesteve_mono.wav"


def pcm(samples: NDArray[np.float32]) -> bytes:
    """As it is spoken."""
    return (samples * 32767).astype("<i2").tobytes()


def voices(path: Path) -> list[VoiceStatistics | None]:
    """Of each stretch of speech in a file."""
    info = probe(path)
    segments = split(pcm_blocks(info, plan_channels(info.layout, info.channels, None)), 1)
    return [VoiceStatistics.of(segment.pcm) for segment in segments]


async def test_a_live_meeting(tmp_path: Path) -> None:
    """Its phrases have the words of the file, are in the journal, and are told in order between the session's ends."""
    backend = LocalBackend(SystemRuntime())
    events: list[LiveEvent] = []
    journal = MemoryJournal()
    kept: list[bool] = []

    def listener(event: LiveEvent) -> None:
        events.append(event)
        if isinstance(event, Transcribed):
            kept.append(load_phrase(journal.entries[-1]) == event.phrase)

    live = LiveAudio(blocks(pcm(speech(18)), 3200))
    job = await backend.submit(JobRequest("m", None, JobOptions(), live=live, listener=listener), journal)
    transcript = await backend.result(job)
    job = await backend.submit(JobRequest("f", save(tmp_path / "talk.wav", speech(18)), JobOptions()), MemoryJournal())
    whole = await backend.result(job)
    await backend.aclose()
    assert [phrase.text for phrase in transcript.phrases] == [phrase.text for phrase in whole.phrases]
    assert [load_phrase(entry) for entry in journal.entries] == list(transcript.phrases)
    assert kept == [True] * len(transcript.phrases)
    assert [event.phrase for event in events if isinstance(event, Transcribed)] == list(transcript.phrases)
    assert isinstance(events[0], SessionStarted)
    assert events[-2:] == [Canceled(), SessionStopped("m")]
    assert any(isinstance(event, Transcribing) for event in events)
    begins = [event.offset_ticks for event in events if isinstance(event, SpeechStarted)]
    ends = [event.offset_ticks for event in events if isinstance(event, SpeechEnded)]
    assert all(begin < end for begin, end in zip(begins, ends, strict=True))
    assert len(transcript.speakers) == 3


async def test_a_file_with_somebody_who_listens(tmp_path: Path) -> None:
    """Told along the way, and the same at the end."""
    backend = LocalBackend(SystemRuntime())
    events: list[LiveEvent] = []
    audio = save(tmp_path / "talk.wav", speech(8.4))
    job = await backend.submit(JobRequest("m", audio, JobOptions(), listener=events.append), MemoryJournal())
    transcript = await backend.result(job)
    await backend.aclose()
    assert [event.phrase for event in events if isinstance(event, Transcribed)] == list(transcript.phrases)
    assert len(transcript.phrases) == 2


async def test_what_was_kept_of_a_meeting_that_broke_off() -> None:
    """The next process has no audio any more: the phrases are the transcript, and a note says what is missing."""
    journal = MemoryJournal()
    backend = LocalBackend(SystemRuntime())

    async def breaks() -> AsyncIterator[bytes]:
        yield pcm(speech(9))
        raise OSError("gone")

    request = JobRequest("m", None, JobOptions(), live=LiveAudio(breaks()))
    with pytest.raises(OSError, match="gone"):
        await backend.result(await backend.submit(request, journal))
    transcript = await backend.result(await backend.submit(JobRequest("m", None, JobOptions()), journal))
    with pytest.raises(MeetingFailed, match="before anything was recognized"):
        await backend.result(await backend.submit(JobRequest("n", None, JobOptions()), MemoryJournal()))
    await backend.aclose()
    assert len(transcript.phrases) == len(journal.entries) >= 1
    assert "was not heard" in transcript.notes[0]


async def test_silence_is_no_meeting() -> None:
    """As with a file."""
    backend = LocalBackend(SystemRuntime())
    live = LiveAudio(blocks(pcm(silence(2))))
    job = await backend.submit(JobRequest("m", None, JobOptions(), live=live), MemoryJournal())
    with pytest.raises(MeetingFailed, match=r"No speech was found in the 2\.0 s"):
        await backend.result(job)
    await backend.aclose()


async def test_what_it_cannot_hear() -> None:
    """Two channels at once, and other languages."""
    backend = LocalBackend(SystemRuntime())
    with pytest.raises(OptionNotSupported, match="one channel"):
        await backend.submit(JobRequest("m", None, JobOptions(), live=LiveAudio(blocks(b""), 2)), MemoryJournal())
    request = JobRequest("m", None, JobOptions(language="de-DE"), live=LiveAudio(blocks(b"")))
    with pytest.raises(OptionNotSupported, match="US English only"):
        await backend.submit(request, MemoryJournal())
    await backend.aclose()


def test_speakers_as_they_come() -> None:
    """Three voices that take turns; a stretch that comes again is the same speaker's, and changes nothing."""
    tracker, stretches = SpeakerTracker(), voices(SAMPLE)
    found = [tracker.assign(voice) for voice in stretches]
    assert found == [0, 1, 2, 0, 2, 1, 0, 2, 1]
    assert [tracker.assign(voice) for voice in stretches] == found
    assert tracker.assign(None) is None


def test_no_more_speakers_than_there_are() -> None:
    """Whoever says how many is not told of more."""
    tracker = SpeakerTracker(SpeakerCount(minimum=1, maximum=2))
    assert {tracker.assign(voice) for voice in voices(SAMPLE)} == {0, 1}


@pytest.mark.skipif(not KATIE_AND_STEVE.exists(), reason="the recording is not part of this repository")
def test_a_real_conversation() -> None:
    """Two people; whoever speaks second, and shortly, is known from the fourth stretch on."""
    tracker = SpeakerTracker()
    found = [tracker.assign(voice) for voice in voices(KATIE_AND_STEVE)]
    assert set(found) == {0, 1}
    assert found[2:] == [0, 1, 0, 1]


def test_a_long_meeting_stays_small() -> None:
    """Older stretches are forgotten: hundreds of them name the same three."""
    tracker = SpeakerTracker(SpeakerCount(minimum=3, maximum=3))
    stretches = [voice for voice in voices(SAMPLE) if voice is not None]
    for number in range(250):
        voice = stretches[number % len(stretches)]
        # No stretch is like the other.
        own = VoiceStatistics(voice.frames, voice.total * (1 + number * 1e-9), voice.outer)
        assert tracker.assign(own) == [0, 1, 2, 0, 2, 1, 0, 2, 1][number % len(stretches)]
