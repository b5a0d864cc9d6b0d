"""Audio on its way to a service: sent as it is where the service reads it, else one clean copy that is removed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from remote_meeting_backends import (
    Capabilities,
    ChannelChoiceNeeded,
    InvalidInput,
    JobOptions,
    OptionNotSupported,
    SpeakerCount,
)
from remote_meeting_backends.speech_rest.prepare import check_limits, sendable
from support import sound

pytestmark = pytest.mark.anyio

LEFT, RIGHT = sound.tone(0.5, frequency=300), sound.tone(0.5, frequency=900)


@pytest.mark.parametrize(
    ("name", "options", "media_type"),
    [
        ("a.wav", {}, "audio/wav"),
        ("a.wav", {"subtype": "PCM_24"}, "audio/wav"),
        ("a.wav", {"subtype": "ULAW"}, "audio/wav"),
        ("a.flac", {}, "audio/flac"),
        ("a.ogg", {}, "audio/ogg"),
        ("a.mp3", {}, "audio/mpeg"),
    ],
)
async def test_what_the_service_reads_is_sent_as_it_is(
    tmp_path: Path, name: str, options: dict[str, str], media_type: str
) -> None:
    """The very file, with its type."""
    path = sound.save(tmp_path / name, LEFT, **options)
    async with sendable(path, JobOptions(), "fast") as audio:
        assert (audio.path, audio.media_type, audio.channels) == (path, media_type, None)
        assert audio.size_bytes == path.stat().st_size
        assert audio.duration_seconds == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(("name", "subtype"), [("a.aiff", "PCM_16"), ("a.wav", "FLOAT"), ("a.au", "PCM_16")])
async def test_what_it_does_not_read_is_converted(tmp_path: Path, name: str, subtype: str) -> None:
    """To FLAC, 16 kHz, the same samples; the copy is gone afterwards."""
    path = sound.save(tmp_path / name, LEFT, subtype=subtype)
    async with sendable(path, JobOptions(), "batch") as audio:
        copy = audio.path
        samples, rate = soundfile.read(copy, dtype="float32")
        assert audio.media_type == "audio/flac"
        assert audio.size_bytes == copy.stat().st_size
    assert rate == sound.RATE
    assert np.abs(samples - LEFT).max() < 1e-3
    assert path.exists()
    assert not copy.exists()
    assert not copy.parent.exists()


@pytest.mark.parametrize(
    ("choice", "heard"), [("mix", (LEFT + RIGHT) / 2), ("0", LEFT), ("1", RIGHT)], ids=["mix", "left", "right"]
)
async def test_one_channel_is_made_here(tmp_path: Path, choice: str, heard: np.ndarray) -> None:
    """Services that tell speakers apart take mono alone, so what was chosen is all that is sent; and it is said."""
    path = sound.save(tmp_path / "stereo.wav", np.stack([LEFT, RIGHT], axis=1))
    async with sendable(path, JobOptions(channels=choice), "batch") as audio:
        samples, _ = soundfile.read(audio.path, dtype="float32")
        assert audio.channels is None
        assert audio.notes
    assert samples.shape == heard.shape
    assert np.abs(samples - heard).max() < 1e-3


async def test_two_channels_are_kept_apart_by_the_service(tmp_path: Path) -> None:
    """The file goes as it is, with the channels named."""
    path = sound.save(tmp_path / "stereo.wav", np.stack([LEFT, RIGHT], axis=1))
    async with sendable(path, JobOptions(channels="separate"), "fast") as audio:
        assert (audio.path, audio.channels) == (path, (0, 1))


async def test_an_array_becomes_the_mean_of_its_microphones(tmp_path: Path) -> None:
    """The 7+1 channels of the old service; the reference is not heard."""
    array = np.stack([LEFT] * 7 + [RIGHT], axis=1)
    async with sendable(sound.save(tmp_path / "array.wav", array), JobOptions(), "batch") as audio:
        samples, _ = soundfile.read(audio.path, dtype="float32")
    assert np.abs(samples - LEFT).max() < 1e-3


async def test_what_cannot_be_decided_or_done_is_refused(tmp_path: Path) -> None:
    """Stereo without a choice; more channels apart than the service has."""
    stereo = sound.save(tmp_path / "stereo.wav", np.stack([LEFT, RIGHT], axis=1))
    four = sound.save(tmp_path / "four.wav", np.stack([LEFT] * 4, axis=1))
    with pytest.raises(ChannelChoiceNeeded, match="--channels"):
        async with sendable(stereo, JobOptions(), "fast"):
            pass
    with pytest.raises(OptionNotSupported, match=r"keeps at most 2 channels apart, and .* has 4"):
        async with sendable(four, JobOptions(channels="separate"), "fast"):
            pass


CAN = Capabilities(max_bytes=500_000_000, max_seconds=18_000, max_diarized_seconds=7_200)


@pytest.mark.parametrize(
    ("size", "seconds", "options", "why"),
    [
        (500_000_001, 60, JobOptions(), "at most 500 MB, and this is 500.0 MB"),
        (1, 18_001, JobOptions(), "at most 5 h of audio, and this is 5.00 h"),
        (1, 7_201, JobOptions(), "at most 2 h where speakers are told apart, and this is 2.00 h"),
    ],
)
def test_a_limit_is_told_before_a_byte_is_sent(size: int, seconds: float, options: JobOptions, why: str) -> None:
    """With the backend that takes it."""
    with pytest.raises(InvalidInput, match=f"takes {why}: the batch backend takes it") as caught:
        check_limits(size, seconds, options, CAN, "fast")
    assert caught.value.way_out == "batch"


@pytest.mark.parametrize(
    ("size", "seconds", "options"),
    [
        (500_000_000, 7_200, JobOptions()),
        (1, 18_000, JobOptions(channels="separate")),
        (1, 18_000, JobOptions(speakers=SpeakerCount(minimum=1, maximum=1))),
    ],
)
def test_what_is_within_the_limits_passes(size: int, seconds: float, options: JobOptions) -> None:
    """Exactly at them too; the shorter limit counts only where speakers are told apart."""
    check_limits(size, seconds, options, CAN, "fast")
