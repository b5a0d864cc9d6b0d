"""Listening to one file: what it is, whether the service would take it, and who said what in it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..audio import AudioInfo, probe
from ..backend import JobOptions, JobRequest, SpeakerCount
from ..connection import Connection
from ..errors import AudioError, EmptyAudio, MeetingFailed, MissingExtra, RemoteMeetingError
from ..runtime import Runtime
from ..transcript import Phrase, Transcript, ticks
from .render import Heard

if TYPE_CHECKING:
    from ..local import LocalBackend

LOCALE: Final = "en-US"
NO_SPEECH: Final = "no_speech"
SECONDS_A_PHRASE: Final = 1


class Unheard(Exception):
    """A file that cannot be transcribed.

    Args:
        kind: The finer reason, as the contract's inner errors or a report's errorKind name it.
        message: The finer words.
        code: What a job says of it that has no other file; None for the same as the kind.
        vague: The words that go with that code; None for the same.
    """

    def __init__(self, kind: str, message: str, *, code: str | None = None, vague: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.code = code or kind
        self.vague = vague or message


@dataclass(frozen=True, slots=True)
class Ask:
    """What is wanted of one file.

    Args:
        locales: Languages that may be spoken.
        speakers: Most speakers; None when they are not told apart.
        channels: Which are heard, each by itself; None mixes all.
        longest_seconds: Longest audio that is taken.
        stereo_with_speakers: Speakers may be told apart in audio of several channels, when these are mixed or one.
    """

    locales: tuple[str, ...]
    speakers: int | None
    channels: tuple[int, ...] | None
    longest_seconds: float
    stereo_with_speakers: bool


class Listener:
    """Hears with the local backend, or by script.

    Args:
        runtime: For the local backend.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._backend: LocalBackend | None = None

    async def hear(self, path: Path, ask: Ask, script: Transcript | None) -> Heard:
        """What is said in a file.

        Raises:
            Unheard: The service would not take it, or it cannot be heard here.
        """
        if script is not None:
            return await self._read(script, path, ask)
        info = await _look(path)
        _check(info, ask)
        if not any(locale.lower() == LOCALE.lower() for locale in ask.locales):
            raise Unheard(
                "UnsupportedLanguageCode",
                f"The emulator hears {LOCALE} only: script what is to be heard in {', '.join(ask.locales)}.",
            )
        phrases: list[Phrase] = []
        for channel, choice in _channels(info, ask.channels):
            said = await self._recognize(info, choice, ask.speakers)
            phrases += [replace(phrase, channel=channel) for phrase in said]
        return Heard(ticks(info.duration_seconds), tuple(phrases))

    async def aclose(self) -> None:
        """End the recognizers."""
        backend, self._backend = self._backend, None
        if backend is not None:
            await backend.aclose()

    async def _read(self, script: Transcript, path: Path, ask: Ask) -> Heard:
        """A script's words; the audio is looked at as far as it is audio."""
        end = max((phrase.end_ticks for phrase in script.phrases), default=ticks(SECONDS_A_PHRASE))
        try:
            info = await _look(path)
        except Unheard as error:
            if error.kind == "EmptyAudioFile":
                raise
            length = script.audio_duration_ticks
            return Heard(end if length is None else length, script.phrases)
        _check(info, ask)
        return Heard(ticks(info.duration_seconds), script.phrases)

    async def _recognize(self, info: AudioInfo, choice: str | None, speakers: int | None) -> Sequence[Phrase]:
        if self._backend is None:
            from ..local import LocalBackend

            self._backend = LocalBackend.open(Connection(), self._runtime)
        options = JobOptions(
            language=LOCALE,
            speakers=SpeakerCount(minimum=1, maximum=speakers or 1),
            channels=choice,
            allow_truncated=True,
        )
        backend = self._backend
        job = None
        try:
            job = await backend.submit(JobRequest("emulator", info.path, options), _Forgetful())
            return (await backend.result(job)).phrases
        except MeetingFailed as error:
            if error.code == NO_SPEECH:
                return ()
            raise Unheard("Internal", str(error)) from error
        except RemoteMeetingError as error:
            raise Unheard("Internal", str(error)) from error
        finally:
            if job is not None:
                await backend.delete(job)


_VAGUE: Final = {"code": "InvalidData", "vague": "The recordings URI contains invalid data."}


class _Forgetful:
    """Nobody resumes what an emulator was at: a restart begins again."""

    async def progress(self, fraction: float) -> None:
        """Not kept."""

    async def checkpoint(self, entries: Sequence[str]) -> None:
        """Not kept."""

    async def checkpoints(self) -> list[str]:
        """None."""
        return []


async def _look(path: Path) -> AudioInfo:
    try:
        return await asyncio.to_thread(probe, path, allow_truncated=True)
    except EmptyAudio as error:
        raise Unheard("EmptyAudioFile", "The audio file is empty.", **_VAGUE) from error
    except MissingExtra as error:
        raise Unheard("UnexpectedError", str(error)) from error
    except AudioError as error:
        raise Unheard("InvalidAudioFormat", "The audio format is not supported.", **_VAGUE) from error


def _check(info: AudioInfo, ask: Ask) -> None:
    if ask.speakers is not None and info.channels > 1:
        apart = ask.channels is not None and len(ask.channels) > 1
        if apart or not ask.stereo_with_speakers:
            raise Unheard(
                "BadChannelConfiguration",
                f"Diarization is only supported for mono audio; this file has {info.channels} channels.",
                **_VAGUE,
            )
    if ask.channels is not None and not _channels(info, ask.channels):
        raise Unheard("InvalidChannelSpecification", f"The audio has {info.channels} channels.", **_VAGUE)
    if info.duration_seconds > ask.longest_seconds:
        what = " for diarization" if ask.speakers is not None else ""
        raise Unheard(
            "AudioLengthLimitExceeded",
            f"The audio length exceeds the limit{what}. Please shorten the audio.",
            code="LimitExceeded",
        )


def _channels(info: AudioInfo, wanted: tuple[int, ...] | None) -> list[tuple[int | None, str | None]]:
    """For each pass over the file: the channel that its phrases are given, and the local backend's choice."""
    if info.channels == 1:
        return [(0 if wanted else None, None)]
    if wanted is None:
        return [(None, "mix")]
    return [(channel, str(channel)) for channel in wanted if channel < info.channels]
