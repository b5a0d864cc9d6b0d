"""What is checked before a meeting is written down: the audio, the channels, the options, the id."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from remote_meeting_backends import InvalidInput, JobOptions, OptionNotSupported, SpeakerCount
from remote_meeting_backends.audio import SAMPLE_RATE, fingerprint, plan_channels, probe
from remote_meeting_backends.connection import without_query

DEFAULT_LANGUAGE = "en-US"
LONGEST_ID = 256
BYTES_PER_SAMPLE = 2
# What the store keeps in the place of a path where the audio was spoken, and is nowhere; no file has such a name.
LIVE = "live://"
# How the place begins of audio that came in through a gateway, and lies in its spool.
SPOOLED = "spool://"


@dataclass(frozen=True, slots=True)
class Recording:
    """Audio that can be worked on.

    Args:
        audio: Where it is, as the store keeps it: an absolute path, so that a later process in another folder finds
            it, or a URL without its query.
        fingerprint: Tells it from another recording.
        seconds: Its length; None for audio that only the service will see.
        size_bytes: As much as would be sent of it at the most; None where it is not known.
        urls: Where the service finds it, with what permits it to read; never shown, never stored.
    """

    audio: str
    fingerprint: str
    seconds: float | None = None
    size_bytes: int | None = None
    urls: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_live(self) -> bool:
        """True for audio that is still being spoken."""
        return self.audio == LIVE

    @property
    def is_url(self) -> bool:
        """True for audio that is elsewhere."""
        return bool(self.urls)


def inspect(audio: str | os.PathLike[str], options: JobOptions, now: datetime | None = None) -> Recording:
    """Look at a file, or at a URL's form, with the caller's options in mind. Blocks.

    Args:
        audio: A path, or a URL.
        options: What was asked for.
        now: To tell by whether a SAS has expired; None to leave it to the service.

    Raises:
        AudioError: It cannot be used, or its channels need a choice.
        OptionNotSupported: The options contradict each other.
        InvalidInput: A URL that cannot be one, or whose SAS cannot do what it is given for.
    """
    if options.channels == "separate" and options.speakers is not None:
        raise OptionNotSupported(
            "With separate channels each channel is one speaker: leave the number of speakers out."
        )
    if is_url(audio):
        recording = _at_url(str(audio))
        if now is not None:
            _check_sas(str(audio), options, now)
        return recording
    if options.container:
        raise InvalidInput(f"{os.fspath(audio)!r} is no URL of a container.")
    info = probe(audio, allow_truncated=options.allow_truncated)
    name = str(info.path)
    plan = plan_channels(info.layout, info.channels, options.channels, only_channel=info.only_channel, name=name)
    path = info.path.absolute()
    seconds, size = info.duration_seconds, info.size_bytes
    if info.channels > len(plan.weights):
        # Only what is heard would be sent.
        size = min(size, int(seconds * SAMPLE_RATE * BYTES_PER_SAMPLE) * len(plan.weights))
    return Recording(str(path), fingerprint(path), seconds, size)


def spoken(meeting_id: str) -> Recording:
    """The audio of a live meeting: there is no other of that id."""
    return Recording(LIVE, hashlib.blake2b(f"{LIVE} {meeting_id}".encode(), digest_size=16).hexdigest())


def is_url(audio: str | os.PathLike[str]) -> bool:
    """True for audio that a service is to fetch."""
    return isinstance(audio, str) and audio.lower().startswith(("http://", "https://"))


def _check_sas(url: str, options: JobOptions, now: datetime) -> None:
    from remote_meeting_backends.staging import check_sas

    if options.container:
        check_sas(url, kind="container", needs="rl", now=now)
    else:
        check_sas(url, kind="blob", needs="r", now=now)


def _at_url(url: str) -> Recording:
    """Audio somewhere else: told from another by its place, for nobody here hears it."""
    shown = without_query(url)
    try:
        parts = urlsplit(url)
        good = bool(parts.hostname) and parts.port != 0 and url.isprintable() and " " not in url
    except ValueError:
        good = False
    if not good:
        raise InvalidInput(f"{shown!r} is no URL: write https://host/path.")
    if "@" in parts.netloc:
        raise InvalidInput("The URL of the audio holds a user name: services fetch public URLs and those with a SAS.")
    return Recording(shown, hashlib.blake2b(shown.encode(), digest_size=16).hexdigest(), urls=(url,))


def is_spooled(audio: str | None) -> bool:
    """Whether a meeting's audio lies in a gateway's spool."""
    return audio is not None and audio.startswith(SPOOLED)


def check_id(meeting_id: str) -> str:
    """A meeting id as the caller gave it, if it can be one.

    Raises:
        InvalidInput: Empty, longer than 256 characters, or with characters that cannot be printed.
    """
    if not meeting_id or len(meeting_id) > LONGEST_ID or not meeting_id.isprintable():
        shown = meeting_id[:20] + ("…" if len(meeting_id) > 20 else "")
        raise InvalidInput(f"{shown!r} cannot be a meeting id: give 1 to {LONGEST_ID} printable characters.")
    return meeting_id


def job_options(**given: Any) -> JobOptions:
    """What was asked for, checked.

    Raises:
        InvalidInput: A value that an option cannot have.
    """
    try:
        return JobOptions(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "option"
        raise InvalidInput(f"{given.get(name)!r} cannot be the {name}: {first['msg'].lower()}.") from None


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
