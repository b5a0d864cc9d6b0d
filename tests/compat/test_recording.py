"""What is checked before a meeting is written down."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from remote_meeting.recording import check_id, inspect, speaker_count
from remote_meeting_backends import AudioError, InvalidInput, JobOptions, OptionNotSupported, SpeakerCount
from support import sound


@pytest.mark.parametrize("meeting_id", ["x", "x" * 256, "Jour fixe 7 🎙", "../../etc/passwd", "'; DROP TABLE meetings"])
def test_an_id_is_the_callers_choice(meeting_id: str) -> None:
    """Any printable text will do, unchanged."""
    assert check_id(meeting_id) == meeting_id


@pytest.mark.parametrize("meeting_id", ["", "x" * 257, "a\nb", "a\0b", "\x1b[2J", "\ud800"])
def test_an_id_that_cannot_be_one(meeting_id: str) -> None:
    """The sentence shows no more than its beginning, and nothing that steers a terminal."""
    with pytest.raises(InvalidInput, match="cannot be a meeting id: give 1 to 256 printable characters") as caught:
        check_id(meeting_id)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize(
    ("given", "minimum", "maximum"),
    [(2, 2, 2), ((2, 5), 2, 5), ("2-5", 2, 5), (" 3 ", 3, 3), (SpeakerCount(minimum=1, maximum=2), 1, 2)],
)
def test_the_number_of_speakers(given: int | tuple[int, int] | str | SpeakerCount, minimum: int, maximum: int) -> None:
    """However it is given, it is a pair of bounds."""
    assert speaker_count(given) == SpeakerCount(minimum=minimum, maximum=maximum)


@pytest.mark.parametrize("given", [0, -1, 51, (5, 2), "two", "2-", "-2", "2-3-4", "", "²"])
def test_no_number_of_speakers(given: int | tuple[int, int] | str) -> None:
    """Anything else is refused with the range that is possible."""
    with pytest.raises(InvalidInput, match="is not a number of speakers"):
        speaker_count(given)


def test_no_word_on_speakers() -> None:
    """None stays None: they are estimated."""
    assert speaker_count(None) is None


def test_a_recording_is_known_by_its_sound(audio: Path) -> None:
    """A copy has the same fingerprint; another recording has another."""
    first = inspect(audio, JobOptions())
    copy = inspect(sound.save(audio.with_name("copy.wav"), sound.tone(0.2)), JobOptions())
    other = inspect(sound.save(audio.with_name("other.wav"), sound.tone(0.2, frequency=441)), JobOptions())
    assert first.fingerprint == copy.fingerprint != other.fingerprint
    assert Path(first.audio).is_absolute()


def test_separate_channels_are_the_speakers(tmp_path: Path) -> None:
    """A number of speakers beside separate channels is a contradiction."""
    stereo = sound.np.stack([sound.tone(0.2), sound.tone(0.2, frequency=300)], axis=1)
    options = JobOptions(channels="separate", speakers=SpeakerCount(minimum=2, maximum=2))
    with pytest.raises(OptionNotSupported, match="leave the number of speakers out"):
        inspect(sound.save(tmp_path / "stereo.wav", stereo), options)


def test_a_name_that_cannot_be_stored(audio: Path) -> None:
    """A file name that is not UTF-8 is refused in words that can be printed."""
    named = Path(os.fsdecode(os.fsencode(audio.parent) + b"/gr\xfc\xdfe.wav"))
    audio.rename(named)
    with pytest.raises(AudioError, match=r"not UTF-8.*rename it") as caught:
        inspect(named, JobOptions())
    assert str(caught.value).isascii()
