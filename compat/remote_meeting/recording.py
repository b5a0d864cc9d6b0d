"""What is checked before a meeting is written down: the audio, the channels, the options, the id."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from remote_meeting_backends import InvalidInput, JobOptions, OptionNotSupported, SpeakerCount
from remote_meeting_backends.audio import AudioInfo, fingerprint, plan_channels, probe

DEFAULT_LANGUAGE = "en-US"
LONGEST_ID = 256


@dataclass(frozen=True, slots=True)
class Recording:
    """An audio file that can be worked on.

    Args:
        path: Absolute, so that a later process in another folder finds it.
        info: What it holds.
        fingerprint: Tells it from another recording.
    """

    path: Path
    info: AudioInfo
    fingerprint: str


def inspect(audio: str | os.PathLike[str], options: JobOptions) -> Recording:
    """Look at a file with the caller's options in mind. Blocks.

    Raises:
        AudioError: It cannot be used, or its channels need a choice.
        OptionNotSupported: The options contradict each other.
    """
    info = probe(audio, allow_truncated=options.allow_truncated)
    name = str(info.path)
    plan = plan_channels(info.layout, info.channels, options.channels, only_channel=info.only_channel, name=name)
    if plan.separate and options.speakers is not None:
        raise OptionNotSupported(
            "With separate channels each channel is one speaker: leave the number of speakers out."
        )
    path = info.path.absolute()
    return Recording(path, info, fingerprint(path))


def check_id(meeting_id: str) -> str:
    """A meeting id as the caller gave it, if it can be one.

    Raises:
        InvalidInput: Empty, longer than 256 characters, or with characters that cannot be printed.
    """
    if not meeting_id or len(meeting_id) > LONGEST_ID or not meeting_id.isprintable():
        shown = meeting_id[:20] + ("…" if len(meeting_id) > 20 else "")
        raise InvalidInput(f"{shown!r} cannot be a meeting id: give 1 to {LONGEST_ID} printable characters.")
    return meeting_id


def speaker_count(speakers: int | tuple[int, int] | str | SpeakerCount | None) -> SpeakerCount | None:
    """The number of speakers, however it was given: 2, (2, 5), "2-5".

    Raises:
        InvalidInput: It is no number of speakers.
    """
    if speakers is None or isinstance(speakers, SpeakerCount):
        return speakers
    text = f"{speakers[0]}-{speakers[1]}" if isinstance(speakers, tuple) else str(speakers)
    try:
        return SpeakerCount.parse(text)
    except ValueError as error:
        raise InvalidInput(f"{error}.") from None
