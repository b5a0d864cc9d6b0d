"""From a file to 16 kHz PCM: every format, every rate, every layout, in blocks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from remote_meeting_backends import NotAudio, TruncatedAudio
from remote_meeting_backends.audio import AudioInfo, pcm_blocks, plan_channels, probe
from support.decode_memory import decode_memory
from support.sound import RATE, pcm16, save, silence, speech, tone, wav_bytes

RAW = {"PCM_U8": (1, 8), "PCM_16": (1, 16), "PCM_24": (1, 24), "PCM_32": (1, 32), "FLOAT": (3, 32), "DOUBLE": (3, 64)}


def decode(source: Path | AudioInfo, choice: str | None = None) -> NDArray[np.int16]:
    """All blocks of a file; shape (samples, outputs)."""
    info = probe(source) if isinstance(source, Path) else source
    plan = plan_channels(info.layout, info.channels, choice, only_channel=info.only_channel)
    return np.concatenate(list(pcm_blocks(info, plan)))


def loudest(samples: NDArray[np.int16]) -> tuple[float, float]:
    """Frequency and amplitude (1 is full scale) of the strongest tone."""
    window = np.hanning(len(samples))
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64) / 32768 * window))
    peak = int(spectrum.argmax())
    return peak * RATE / len(samples), float(np.sqrt((samples.astype(np.float64) ** 2).mean() * 2) / 32768)


@pytest.mark.parametrize(
    ("name", "options", "tolerance"),
    [
        ("a.wav", {"subtype": "PCM_16"}, 1),
        ("a.wav", {"subtype": "PCM_24"}, 1),
        ("a.wav", {"subtype": "PCM_32"}, 1),
        ("a.wav", {"subtype": "FLOAT"}, 1),
        ("a.wav", {"subtype": "DOUBLE"}, 1),
        ("a.wav", {"subtype": "PCM_U8"}, 256),
        ("a.wav", {"subtype": "ULAW"}, 600),
        ("a.wav", {"format": "RF64"}, 1),
        ("a.wav", {"format": "WAVEX"}, 1),
        ("a.w64", {}, 1),
        ("a.flac", {}, 1),
        ("a.aiff", {}, 1),
        ("a.ogg", {}, 3000),
        ("a.mp3", {}, 3000),
    ],
)
def test_formats(tmp_path: Path, name: str, options: dict[str, str], tolerance: int) -> None:
    """What went in comes out, sample by sample, as near as the format keeps it."""
    samples = speech(3.3)
    heard = decode(save(tmp_path / name, samples, **options))
    assert heard.dtype == np.int16
    assert heard.shape == (len(samples), 1)
    assert np.abs(heard[:, 0] - samples * 32768.0).max() <= tolerance


@pytest.mark.parametrize("rate", [8000, 11_025, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
def test_resampling(tmp_path: Path, rate: int, name: str) -> None:
    """At 16 kHz the length, the pitch and the loudness are the same."""
    heard = decode(save(tmp_path / name, tone(3.25, frequency=1000, rate=rate), rate=rate))[:, 0]
    assert len(heard) / RATE == pytest.approx(3.25, abs=0.001)
    frequency, level = loudest(heard)
    assert frequency == pytest.approx(1000, abs=1)
    assert level == pytest.approx(0.3, rel=0.01)


def test_no_aliases(tmp_path: Path) -> None:
    """A tone above 8 kHz is gone at 16 kHz, not folded into the speech."""
    heard = decode(save(tmp_path / "a.wav", tone(1, frequency=15_000, rate=48_000), rate=48_000))
    assert np.abs(heard[RATE // 10 : -RATE // 10]).max() < 10


def test_full_scale(tmp_path: Path) -> None:
    """Samples beyond full scale stop there, and what is no number is silence."""
    samples = tone(1)
    samples[:5] = [2.0, -2.0, np.nan, np.inf, -np.inf]
    heard = decode(save(tmp_path / "a.wav", samples, subtype="FLOAT"))[:, 0]
    assert heard[:5].tolist() == [32767, -32768, 0, 32767, -32768]


def test_one_bad_number_stays_alone(tmp_path: Path) -> None:
    """No number in the reference channel, and none before resampling, makes its neighbours silent."""
    array = np.stack([tone(1, rate=48_000)] * 8, axis=1)
    array[24_000, 7] = np.nan
    array[24_000, 0] = np.inf
    heard = decode(save(tmp_path / "a.wav", array, rate=48_000, subtype="FLOAT"))[:, 0]
    assert loudest(heard)[1] == pytest.approx(0.3, rel=0.01)


@pytest.mark.parametrize("subtype", list(RAW))
@pytest.mark.parametrize("declared", [0, 0xFFFFFFFF, 0x7FFFF000, 4])
@pytest.mark.parametrize("channels", [1, 8])
def test_streams(tmp_path: Path, subtype: str, declared: int, channels: int) -> None:
    """A WAV stream, whatever size its header gives, is heard to the end of the file."""
    samples = np.stack([tone(2.5)] * channels, axis=1)
    whole = save(tmp_path / "whole.wav", samples, subtype=subtype)
    data = soundfile_data(whole)
    tag, bits = RAW[subtype]
    path = tmp_path / "stream.wav"
    path.write_bytes(wav_bytes(data, declared=declared, riff=declared, channels=channels, tag=tag, bits=bits))
    info = probe(path)
    assert (info.encoding, info.duration_seconds, info.note) == (subtype, 2.5, None)
    assert np.array_equal(decode(info), decode(whole))


def soundfile_data(path: Path) -> bytes:
    """The bytes of a WAV file's data chunk."""
    content = path.read_bytes()
    at = content.index(b"data")
    return content[at + 8 : at + 8 + int.from_bytes(content[at + 4 : at + 8], "little")]


def test_tags_are_not_heard(tmp_path: Path) -> None:
    """Chunks behind the samples stay out of the audio."""
    tags = b"LIST" + (2000).to_bytes(4, "little") + b"x" * 2000
    (tmp_path / "a.wav").write_bytes(wav_bytes(pcm16(tone(1)), after=tags))
    assert len(decode(tmp_path / "a.wav")) == RATE


def test_array_mix(tmp_path: Path) -> None:
    """The 7+1 array becomes the mean of its seven microphones; the reference channel is not in it."""
    rng = np.random.default_rng(7)
    array = rng.integers(-20_000, 20_000, (2 * RATE, 8)).astype(np.int16)
    soundfile.write(tmp_path / "a.wav", array, RATE)
    heard = decode(tmp_path / "a.wav")
    assert heard.shape == (2 * RATE, 1)
    assert np.abs(heard[:, 0] - array[:, :7].astype(float).mean(axis=1)).max() <= 0.51


@pytest.mark.parametrize("channel", [0, 4, 7])
def test_padded_mono(tmp_path: Path, channel: int) -> None:
    """Mono padded to 8 channels is heard at its full level."""
    array = np.zeros((RATE, 8), dtype=np.float32)
    array[:, channel] = tone(1)
    assert np.array_equal(decode(save(tmp_path / "a.wav", array)), decode(save(tmp_path / "mono.wav", tone(1))))


def test_stereo(tmp_path: Path) -> None:
    """Mix, one, the other, each on its own."""
    left, right = tone(1, frequency=300), tone(1, frequency=2000, level=0.1)
    path = save(tmp_path / "a.flac", np.stack([left, right], axis=1))
    first, second = decode(path, "0"), decode(path, "1")
    assert np.abs(first[:, 0] - left * 32768.0).max() <= 1
    assert np.abs(second[:, 0] - right * 32768.0).max() <= 1
    assert np.abs(decode(path, "mix")[:, 0] - (first[:, 0] / 2 + second[:, 0] / 2)).max() <= 1
    assert np.array_equal(decode(path, "separate"), np.concatenate([first, second], axis=1))


def test_separate_and_resampled(tmp_path: Path) -> None:
    """Channels stay apart through the resampler."""
    both = np.stack([tone(1, frequency=300, rate=44_100), tone(1, frequency=2000, rate=44_100)], axis=1)
    heard = decode(save(tmp_path / "a.wav", both, rate=44_100), "separate")
    assert [round(loudest(heard[:, output])[0], -1) for output in (0, 1)] == [300, 2000]


@pytest.mark.parametrize(("rate", "declared"), [(RATE, None), (RATE, 0), (8000, None), (48_000, None)])
def test_memory_is_flat(tmp_path: Path, rate: int, declared: int | None) -> None:
    """Ten minutes take no more memory than a few seconds."""
    path = tmp_path / "long.wav"
    minute = bytes(60 * rate * 2)
    path.write_bytes(wav_bytes(b"", rate=rate, declared=0 if declared == 0 else 10 * len(minute)))
    with path.open("ab") as file:
        for _ in range(10):
            file.write(minute)
    samples, peak = decode_memory(path)
    assert samples == 600 * RATE
    assert peak < 2_000_000


def test_blocks_are_short(tmp_path: Path) -> None:
    """No block is much longer than a second, at any rate."""
    info = probe(save(tmp_path / "a.wav", silence(5, rate=44_100), rate=44_100))
    lengths = [len(block) for block in pcm_blocks(info, plan_channels(info.layout, 1, None))]
    assert len(lengths) >= 5
    assert max(lengths) <= 1.1 * RATE


def test_broken_in_the_middle(tmp_path: Path) -> None:
    """A FLAC file with a hole is an error that says where, not a short transcript."""
    path = save(tmp_path / "a.flac", np.random.default_rng(0).normal(0, 0.1, 10 * RATE).astype(np.float32))
    content = path.read_bytes()
    path.write_bytes(content[:100_000] + content[140_000:])
    with pytest.raises(TruncatedAudio, match=r"a\.flac cannot be decoded after 3\.\d s"):
        decode(path)


def test_gone_after_the_look(tmp_path: Path) -> None:
    """A file that went away between the look and the work is one of our errors."""
    path = save(tmp_path / "a.flac", tone(1))
    info = probe(path)
    path.unlink()
    with pytest.raises(NotAudio, match=r"a\.flac is not audio that can be read here"):
        decode(info)
