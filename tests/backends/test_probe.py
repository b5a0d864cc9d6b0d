"""Looking at a file: what is said of good ones, and the one sentence for each kind of bad one."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remote_meeting_backends import (
    AudioNotFound,
    EmptyAudio,
    InvalidInput,
    NotAudio,
    TruncatedAudio,
)
from remote_meeting_backends.audio import Layout, fingerprint, pcm_blocks, plan_channels, probe
from support.sound import RATE, pcm16, save, silence, speech, tone, wav_bytes


def test_facts(tmp_path: Path) -> None:
    """A plain file's facts."""
    info = probe(save(tmp_path / "a.wav", np.stack([tone(1.5, rate=44_100)] * 2, axis=1), rate=44_100))
    assert (info.container, info.encoding, info.sample_rate, info.channels) == ("WAV", "PCM_16", 44_100, 2)
    assert (info.duration_seconds, info.layout, info.note) == (1.5, Layout.STEREO, None)
    assert info.size_bytes == (tmp_path / "a.wav").stat().st_size


def test_path_as_text(tmp_path: Path) -> None:
    """A path may be a str."""
    assert probe(str(save(tmp_path / "a.flac", tone(1)))).duration_seconds == 1.0


def test_missing(tmp_path: Path) -> None:
    """No file there."""
    with pytest.raises(AudioNotFound, match=r"There is no file .*nowhere\.wav: check the name and the folder\."):
        probe(tmp_path / "nowhere.wav")


def test_directory(tmp_path: Path) -> None:
    """A folder instead of a file."""
    with pytest.raises(AudioNotFound, match="is a directory: name one audio file"):
        probe(tmp_path)


def test_pipe(tmp_path: Path) -> None:
    """A pipe would be waited for without end: it is refused."""
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(AudioNotFound, match=r"pipe\.wav is a pipe or a device: save what comes from it to a file"):
        probe(tmp_path / "pipe.wav")


def test_name_that_cannot_be(tmp_path: Path) -> None:
    """A name that no file can have."""
    with pytest.raises(AudioNotFound, match="cannot be read"):
        probe(f"{tmp_path}/a\0b.wav")


def test_name_that_is_not_utf8(tmp_path: Path) -> None:
    """A name that neither libsndfile nor a database takes."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.wav"))
    path.write_bytes(wav_bytes(pcm16(tone(1))))
    with pytest.raises(AudioNotFound, match="has a name that is not UTF-8, which cannot be stored: rename it"):
        probe(path)


def test_one_sentence_for_a_directory(tmp_path: Path) -> None:
    """What is wrong is said once."""
    with pytest.raises(AudioNotFound) as caught:
        probe(tmp_path)
    assert str(caught.value) == f"{tmp_path} is a directory: name one audio file."


def test_mp3_without_an_index(tmp_path: Path) -> None:
    """Its length is a guess, which is said; the index that an encoder writes takes the doubt away."""
    whole = save(tmp_path / "whole.mp3", tone(4))
    assert probe(whole).note is None
    bare = tmp_path / "bare.mp3"
    bare.write_bytes(whole.read_bytes().replace(b"Xing", b"\0\0\0\0").replace(b"Info", b"\0\0\0\0"))
    assert "an MP3 without an index: its length is an estimate" in str(probe(bare).note)


def test_no_permission(tmp_path: Path) -> None:
    """A file that may not be read."""
    path = save(tmp_path / "locked.wav", tone(1))
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(AudioNotFound, match=r"locked\.wav cannot be read: Permission denied"):
        probe(path)


def test_text(tmp_path: Path) -> None:
    """A text file."""
    (tmp_path / "notes.wav").write_text("These are the minutes of the meeting.\n" * 20)
    with pytest.raises(NotAudio, match=r"notes\.wav is not audio that can be read here .*WAV, FLAC, Ogg, MP3 or AIFF"):
        probe(tmp_path / "notes.wav")


def test_headerless_samples(tmp_path: Path) -> None:
    """Samples with no header say nothing of their rate; the name alone must not confuse the reader."""
    (tmp_path / "meeting.raw").write_bytes(pcm16(tone(1)))
    with pytest.raises(NotAudio, match="convert it first, for instance with ffmpeg"):
        probe(tmp_path / "meeting.raw")


def test_empty(tmp_path: Path) -> None:
    """No bytes at all."""
    (tmp_path / "empty.wav").touch()
    with pytest.raises(EmptyAudio, match=r"empty\.wav is empty \(0 bytes\)"):
        probe(tmp_path / "empty.wav")


@pytest.mark.parametrize("declared", [None, 0xFFFFFFFF, 32_000])
def test_header_only(tmp_path: Path, declared: int | None) -> None:
    """A WAV header and nothing behind it, whatever it declares."""
    (tmp_path / "a.wav").write_bytes(wav_bytes(b"", declared=declared))
    with pytest.raises(EmptyAudio, match=r"holds a WAV header and no audio after it \(0 s\)"):
        probe(tmp_path / "a.wav")


def test_no_samples(tmp_path: Path) -> None:
    """0 s of another format."""
    with pytest.raises(EmptyAudio, match=r"holds no audio \(0 s\)"):
        probe(save(tmp_path / "none.aiff", silence(0)))


def test_only_a_header_of_tags(tmp_path: Path) -> None:
    """A declared size of 0 with tags behind it is no stream."""
    (tmp_path / "a.wav").write_bytes(wav_bytes(b"", after=b"LIST\x04\0\0\0INFO"))
    with pytest.raises(EmptyAudio, match="no audio after it"):
        probe(tmp_path / "a.wav")


def halved(path: Path) -> Path:
    """Cut a file in the middle."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


@pytest.mark.parametrize(
    ("name", "options", "found"),
    [
        ("a.wav", {}, "its header promises 4.0 s and only 2.0 s are there"),
        ("a.wav", {"format": "RF64"}, "its header promises 4.0 s and only 2.0 s are there"),
        ("a.wav", {"subtype": "IMA_ADPCM"}, r"its header promises 4.\d s and only 2.0 s are there"),
        ("a.flac", {}, "its header promises 4.0 s and its end is missing"),
        ("a.mp3", {}, "its header promises 4.0 s and its end is missing"),
    ],
)
def test_cut(tmp_path: Path, name: str, options: dict[str, str], found: str) -> None:
    """A file shorter than its header promises is refused, or taken with a note."""
    path = halved(save(tmp_path / name, speech(4), **options))
    with pytest.raises(TruncatedAudio, match=rf"is cut short: {found}; fetch the whole file, or pass --allow-trunc"):
        probe(path)
    info = probe(path, allow_truncated=True)
    assert info.is_cut
    assert info.note is not None
    assert "is cut short" in info.note
    heard = sum(len(block) for block in pcm_blocks(info, plan_channels(info.layout, info.channels, None)))
    assert RATE <= heard < 3.5 * RATE


def test_cut_beyond_two_gib(tmp_path: Path) -> None:
    """A long recording of many channels that was cut is not taken for a stream."""
    (tmp_path / "a.wav").write_bytes(wav_bytes(pcm16(tone(1)), declared=3 << 30))
    with pytest.raises(TruncatedAudio, match=r"and only 1\.0 s are there"):
        probe(tmp_path / "a.wav")


@pytest.mark.parametrize("name", ["whole.flac", "whole.mp3", "whole.ogg"])
def test_whole_files_are_whole(tmp_path: Path, name: str) -> None:
    """Looking at the end finds nothing wrong with a good file."""
    info = probe(save(tmp_path / name, speech(7.3)))
    assert (info.is_cut, info.note) == (False, None)
    assert info.duration_seconds == pytest.approx(7.3, abs=0.001)


@pytest.mark.parametrize("declared", [None, 0])
def test_eight_channels(tmp_path: Path, declared: int | None) -> None:
    """Eight channels that all sound are the 7+1 array."""
    array = np.stack([tone(1, frequency=200 + 50 * number) for number in range(8)], axis=1)
    (tmp_path / "a.wav").write_bytes(wav_bytes(pcm16(array), channels=8, declared=declared))
    info = probe(tmp_path / "a.wav")
    assert (info.layout, info.only_channel) == (Layout.ARRAY, None)


@pytest.mark.parametrize("channel", [0, 7])
@pytest.mark.parametrize("quiet", [0.0, 12.0])
def test_padded_to_eight(tmp_path: Path, channel: int, quiet: float) -> None:
    """One voice among seven empty channels is found, after a long silence too."""
    array = np.zeros((int((quiet + 1) * 8000), 8), dtype=np.float32)
    array[-8000:, channel] = tone(1, rate=8000)
    info = probe(save(tmp_path / "a.wav", array, rate=8000))
    assert (info.layout, info.only_channel) == (Layout.PADDED, channel)


def test_eight_silent_channels(tmp_path: Path) -> None:
    """Nothing in any channel is no padding."""
    assert probe(save(tmp_path / "a.wav", np.zeros((RATE, 8), dtype=np.float32))).layout is Layout.ARRAY


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 43), st.integers(0, 255)), min_size=1, max_size=6), stream=st.booleans()
)
def test_mutated_files(tmp_path: Path, changes: list[tuple[int, int]], stream: bool) -> None:
    """Whatever stands in a header, the answer is facts or one of our errors, and opening it later works."""
    content = bytearray(wav_bytes(pcm16(tone(0.05)), declared=0 if stream else None))
    for place, value in changes:
        content[place] = value
    path = tmp_path / "mutated.wav"
    path.write_bytes(content)
    complaint = str(path)
    try:
        info = probe(path)
        if info.duration_seconds < 10:
            plan = plan_channels(info.layout, info.channels, "0")
            for block in pcm_blocks(info, plan):
                assert block.dtype == np.int16
    except InvalidInput as error:
        complaint = str(error)
    assert str(path) in complaint


def test_fingerprints(tmp_path: Path) -> None:
    """The same recording has the same fingerprint under another name; a change at either end changes it."""
    content = os.urandom(3 << 20)
    variants = [content, content, b"x" + content[1:], content[:-1] + b"x", content + b"x"]
    prints = []
    for number, variant in enumerate(variants):
        path = tmp_path / str(number)
        path.write_bytes(variant)
        prints.append(fingerprint(path))
    assert prints[0] == prints[1]
    assert len(set(prints)) == 4
