"""The realtime backend: files and audio as it is spoken, through real-time transcription with diarization."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Self

from ..audio import AudioInfo, ChannelPlan, file_audio, plan_channels, probe
from ..backend import Capabilities, JobOptions, JobRequest, JobStatus, Journal
from ..connection import Connection
from ..credentials import Authorizer
from ..errors import InvalidInput, MeetingFailed, OptionNotSupported
from ..extras import lacks
from ..live import LiveAudio
from ..phrases_kept import kept_transcript
from ..running import Job, RunningJobs
from ..runtime import Runtime
from ..speech_protocol.context import Profile
from ..speech_rest.endpoint import scope_of
from ..transcript import Phrase, Transcript, ticks
from .endpoint import websocket_url
from .link import own_version
from .meeting import Kept, LiveMeeting, Setting
from .run import Place

NAME: Final = "realtime"
# A session with diarization is ended by the service after so long (quotas page of the Speech service).
SESSION_SECONDS: Final = 240 * 60.0
MOST_CHANNELS: Final = 2


@dataclass(frozen=True, slots=True)
class _Heard:
    """What is heard of a recording."""

    info: AudioInfo
    plan: ChannelPlan


class RealtimeBackend:
    """Real-time transcription over a WebSocket. The job lives in the process that sends the audio."""

    name: ClassVar[str] = NAME
    capabilities: ClassVar[Capabilities] = Capabilities(
        files=True,
        live=True,
        runs_here=True,
        words=True,
        separate_channels=True,
        options=frozenset({"model", "phrases", "profanity"}),
    )

    def __init__(self, connection: Connection, runtime: Runtime) -> None:
        self._connection = connection
        self._runtime = runtime
        limits = connection.limits.get(NAME)
        self._session_seconds = (limits and limits.max_diarized_seconds) or SESSION_SECONDS
        # Told now where there is nowhere to go.
        url = websocket_url(connection, "en-US", None)
        self._authorizer = Authorizer(connection, runtime, scope=scope_of(url), backend=NAME)
        self._jobs = RunningJobs(NAME, runtime)

    @classmethod
    def missing(cls) -> str | None:
        """The pip line, unless everything it needs is installed."""
        return lacks(("websockets", "soundfile", "numpy", "soxr"), extra="azure", what="The realtime backend")

    @classmethod
    def open(cls, connection: Connection, runtime: Runtime) -> Self:
        """Make one. Raises InvalidInput when there is nowhere to go."""
        return cls(connection, runtime)

    async def submit(self, request: JobRequest, journal: Journal) -> str:
        """Begin in this process; what an earlier process recognized is taken from the journal.

        A request without any audio is a live meeting whose process ended: its transcript is what was kept of it.

        Raises:
            AudioError: The file cannot be used.
            OptionNotSupported: It is asked for what the service cannot do.
        """
        _profanity(request.options)
        if request.urls:
            raise OptionNotSupported("The realtime backend takes audio that is sent to it, no URLs.", backend=NAME)
        if request.audio is not None:
            path, options = request.audio, request.options
            info = await asyncio.to_thread(probe, path, allow_truncated=options.allow_truncated)
            heard = _Heard(info, _plan(info, options))
            return self._jobs.start(lambda job: self._file(job, request, heard, journal))
        if request.live is not None:
            if request.live.channels > MOST_CHANNELS:
                raise OptionNotSupported(f"The service keeps at most {MOST_CHANNELS} channels apart.", backend=NAME)
            return self._jobs.start(lambda job: self._live(job, request, journal))
        return self._jobs.start(lambda job: self._rest(request, journal))

    async def status(self, job: str) -> JobStatus:
        """How a job of this process is doing."""
        return self._jobs.status(job)

    async def result(self, job: str) -> Transcript:
        """Wait for the end of the audio.

        Raises:
            RemoteMeetingError: The service refused it, or no connection lasted; what was recognized is kept.
        """
        return await self._jobs.result(job)

    async def delete(self, job: str) -> None:
        """Stop a job and forget it. The service keeps nothing."""
        await self._jobs.stop(job)

    async def aclose(self) -> None:
        """Stop what runs here."""
        await self._jobs.stop_all()

    async def _file(self, job: Job, request: JobRequest, heard: _Heard, journal: Journal) -> Transcript:
        length = ticks(heard.info.duration_seconds)
        setting = self._setting(request, len(heard.plan.weights), length, is_live=False)
        kept = Kept.read(await journal.checkpoints())
        meeting = LiveMeeting(setting, kept, journal, job, request.listener)
        await meeting.run(file_audio(heard.info, heard.plan, meeting.first_byte))
        notes = [note for note in (heard.info.note, heard.plan.note) if note]
        return _transcript(request, setting, meeting, length, notes)

    async def _live(self, job: Job, request: JobRequest, journal: Journal) -> Transcript:
        if request.live is None:
            raise InvalidInput("There is no audio.", backend=NAME)
        job.progress = None
        setting = self._setting(request, request.live.channels, None, is_live=True)
        kept, audio = Kept(None, 0, 0, []), request.live.kept
        if audio is None:
            meeting = LiveMeeting(setting, kept, journal, job, request.listener)
            await meeting.run(_spoken(request.live))
        else:
            kept = Kept.read(await journal.checkpoints())
            meeting = LiveMeeting(setting, kept, journal, job, request.listener, audio)
            await meeting.follow(audio)
        return _transcript(request, setting, meeting, meeting.heard_ticks, [])

    async def _rest(self, request: JobRequest, journal: Journal) -> Transcript:
        entries = await journal.checkpoints()
        if not Kept.read(entries).phrases:
            raise MeetingFailed(
                "The process that sent the audio ended before anything was recognized.",
                backend=NAME,
                meeting_id=request.meeting_id,
                code="interrupted",
            )
        return kept_transcript(request.meeting_id, NAME, entries)

    def _setting(self, request: JobRequest, channels: int, length: int | None, *, is_live: bool) -> Setting:
        options = request.options
        profile = Profile(
            language=options.language,
            version=own_version(),
            channels=channels,
            diarizes=channels == 1 and options.diarizes,
            interim_speakers=request.listener is not None,
            profanity=_profanity(options),
            phrases=options.phrases,
        )
        url = websocket_url(self._connection, options.language, options.model, profile.profanity)
        place = Place(url, self._authorizer)
        return Setting(profile, place, self._runtime, self._session_seconds, length, is_live)


def _profanity(options: JobOptions) -> str | None:
    """The service's word for it. Raises OptionNotSupported for what it has no word for."""
    if options.profanity == "tags":
        raise OptionNotSupported("Real-time transcription puts no tags around swear words.", backend=NAME)
    return "raw" if options.profanity == "none" else options.profanity


async def _spoken(live: LiveAudio) -> AsyncGenerator[bytes, None]:
    async for block in live.blocks:
        yield block


def _plan(info: AudioInfo, options: JobOptions) -> ChannelPlan:
    plan = plan_channels(
        info.layout, info.channels, options.channels, only_channel=info.only_channel, name=str(info.path)
    )
    if len(plan.weights) > MOST_CHANNELS:
        raise OptionNotSupported(
            f"The realtime backend keeps at most {MOST_CHANNELS} channels apart, and {info.path} has {info.channels}: "
            f"choose --channels mix, or another backend.",
            backend=NAME,
        )
    return plan


def _transcript(
    request: JobRequest, setting: Setting, meeting: LiveMeeting, length: int, notes: list[str]
) -> Transcript:
    if meeting.sessions > 1:
        notes.append(
            f"The audio was longer than one session of the service ({setting.longest_seconds / 60:.0f} minutes): it "
            f"took {meeting.sessions}, and from one to the next the same label may mean somebody else."
        )
    ordered = sorted(meeting.phrases, key=lambda phrase: (phrase.offset_ticks, phrase.channel or 0))
    if not ordered:
        notes.append("No speech was recognized.")
    phrases = tuple(_labelled(phrase, setting.profile) for phrase in ordered)
    return Transcript(
        meeting_id=request.meeting_id,
        backend=NAME,
        locale=request.options.language,
        audio_duration_ticks=length,
        phrases=phrases,
        notes=tuple(notes),
    )


def _labelled(phrase: Phrase, profile: Profile) -> Phrase:
    """Where channels are kept apart each is one speaker."""
    if profile.channels == 1:
        return phrase
    return replace(phrase, speaker=f"Guest-{(phrase.channel or 0) + 1}", raw_speaker=phrase.speaker)
