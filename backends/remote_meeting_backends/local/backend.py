"""The local backend: speech to words and speakers on this machine, with no account and no network."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from ..audio import AudioInfo, ChannelPlan, file_audio, pcm_blocks, plan_channels, probe
from ..backend import Capabilities, JobOptions, JobRequest, JobStatus, Journal
from ..connection import Connection
from ..errors import MeetingFailed, OptionNotSupported
from ..extras import lacks
from ..live import KeptAudio, kept_blocks
from ..phrases_kept import kept_phrases, kept_transcript
from ..running import Job, RunningJobs
from ..runtime import Runtime
from ..transcript import Phrase, Transcript, ticks
from .follow import Follower
from .live import LOCALE, LiveListener, phrase_of
from .recognizer import Heard, RecognizerPool
from .resuming import place_of, remember, ticks_at
from .segments import Segment, split
from .speakers import VoiceStatistics, tell_apart
from .voices import SpeakerTracker

NO_SPEECH = "no_speech"


@dataclass(frozen=True, slots=True)
class _Piece:
    """One recognized stretch, as the journal keeps it."""

    output: int
    offset_ticks: int
    duration_ticks: int
    heard: Heard

    def dump(self) -> str:
        return json.dumps([self.output, self.offset_ticks, self.duration_ticks, self.heard.words, self.heard.voice])

    @classmethod
    def load(cls, text: str) -> _Piece:
        output, offset, duration, words, voice = json.loads(text)
        return cls(output, offset, duration, Heard(words, voice))


class LocalBackend:
    """pocketsphinx for the words, clustered voice statistics for the speakers. US English."""

    name: ClassVar[str] = "local"
    capabilities: ClassVar[Capabilities] = Capabilities(
        files=True,
        live=True,
        runs_here=True,
        needs_account=False,
        speaker_count=True,
        words=True,
        separate_channels=True,
        locales=frozenset({LOCALE}),
    )

    def __init__(self, runtime: Runtime, *, workers: int | None = None) -> None:
        self._pool = RecognizerPool(workers)
        self._jobs = RunningJobs(self.name, runtime)
        self._listening = 0

    @classmethod
    def missing(cls) -> str | None:
        """The pip line, unless everything it needs is installed."""
        needed = ("numpy", "soundfile", "soxr", "pocketsphinx", "kaldi_native_fbank")
        return lacks(needed, extra="local", what="The local backend")

    @classmethod
    def open(cls, connection: Connection, runtime: Runtime) -> Self:
        """Make one; no process is started before there is speech to recognize."""
        return cls(runtime)

    async def submit(self, request: JobRequest, journal: Journal) -> str:
        """Begin in this process; what an earlier process finished is taken from the journal.

        With a listener, and for audio as it is spoken, speakers are told apart as they come, and stay as they were
        told. A request without any audio is a live meeting whose process ended: what was kept is its transcript.

        Raises:
            AudioError: The file cannot be used.
            OptionNotSupported: A language other than US English, or a speaker count with separate channels.
        """
        if request.urls:
            raise OptionNotSupported("The local backend hears files of this machine, no URLs.", backend=self.name)
        if request.live is not None:
            _check_spoken(request.options, request.live.channels)
            blocks, audio = request.live.blocks, request.live.kept
            if audio is not None:
                return self._jobs.start(lambda job: self._listen_on(job, request, audio, journal))
            return self._jobs.start(lambda job: self._listen_along(job, request, blocks, journal))
        if request.audio is None:
            return self._jobs.start(lambda _: self._rest(request, journal))
        info = await asyncio.to_thread(probe, request.audio, allow_truncated=request.options.allow_truncated)
        plan = _plan(info, request.options)
        if request.listener is not None and len(plan.weights) == 1:
            return self._jobs.start(lambda job: self._listen_along(job, request, file_audio(info, plan), journal, info))
        return self._jobs.start(lambda job: self._run(job, request, info, plan, journal))

    async def status(self, job: str) -> JobStatus:
        """How a job of this process is doing."""
        return self._jobs.status(job)

    async def result(self, job: str) -> Transcript:
        """Wait for a job of this process to end.

        Raises:
            MeetingFailed: No speech was found.
            MeetingError: The job was deleted while it was waited for.
        """
        return await self._jobs.result(job)

    async def delete(self, job: str) -> None:
        """Stop a job and forget it."""
        await self._jobs.stop(job)

    async def aclose(self) -> None:
        """Stop every job and every worker."""
        await self._jobs.stop_all()
        await self._pool.aclose()

    async def _run(
        self, entry: Job, request: JobRequest, info: AudioInfo, plan: ChannelPlan, journal: Journal
    ) -> Transcript:
        done = {(piece.output, piece.offset_ticks): piece for piece in _pieces(await journal.checkpoints())}
        pieces: list[_Piece] = []
        self._listening += 1
        try:
            await self._listen(entry, info, plan, journal, done, pieces)
        finally:
            self._listening -= 1
            if not self._listening:
                # Their models take more memory than a day of text: they need not wait for what is put together now.
                await self._pool.aclose()
        return await asyncio.to_thread(_assemble, request, info, plan, pieces)

    async def _listen_along(
        self,
        entry: Job,
        request: JobRequest,
        blocks: AsyncIterator[bytes],
        journal: Journal,
        info: AudioInfo | None = None,
    ) -> Transcript:
        """Hear audio as it comes, and tell of it."""
        follower = Follower(LiveListener(self._pool, SpeakerTracker(request.options.speakers)), request, journal)
        async with self._pool_kept():
            await follower.follow(blocks, entry, info)
        return _followed(follower, request, info)

    async def _listen_on(self, entry: Job, request: JobRequest, audio: KeptAudio, journal: Journal) -> Transcript:
        """Hear audio that is kept, from where an earlier process came to."""
        kept = kept_phrases(await journal.checkpoints())
        tracker = SpeakerTracker(request.options.speakers)
        place = place_of(max((phrase.end_ticks for phrase in kept), default=0))
        audio.release(place)
        async with self._pool_kept():
            await remember(tracker, audio, kept)
            listener = LiveListener(self._pool, tracker, base_ticks=ticks_at(place), first_id=len(kept) + 1)
            follower = Follower(listener, request, journal, kept, place)
            await follower.follow(kept_blocks(audio, place), entry, None)
        return _followed(follower, request, None)

    @contextlib.asynccontextmanager
    async def _pool_kept(self) -> AsyncIterator[None]:
        """The recognizers stay while anybody needs them."""
        self._listening += 1
        try:
            yield
        finally:
            self._listening -= 1
            if not self._listening:
                await self._pool.aclose()

    async def _rest(self, request: JobRequest, journal: Journal) -> Transcript:
        entries = await journal.checkpoints()
        if not kept_phrases(entries):
            raise MeetingFailed(
                "The process that listened ended before anything was recognized.",
                backend=self.name,
                meeting_id=request.meeting_id,
                code="interrupted",
            )
        return kept_transcript(request.meeting_id, self.name, entries)

    async def _listen(
        self,
        entry: Job,
        info: AudioInfo,
        plan: ChannelPlan,
        journal: Journal,
        done: dict[tuple[int, int], _Piece],
        pieces: list[_Piece],
    ) -> None:
        async with contextlib.aclosing(self._pieces(info, plan, done)) as heard:
            async for piece in heard:
                pieces.append(piece)
                if (piece.output, piece.offset_ticks) not in done:
                    await journal.checkpoint([piece.dump()])
                # Channels that are kept apart end their stretches out of step: progress never goes back.
                share = min(1.0, (piece.offset_ticks + piece.duration_ticks) / ticks_of(info))
                entry.progress = max(entry.progress or 0.0, share)
                await journal.progress(entry.progress)

    async def _pieces(
        self, info: AudioInfo, plan: ChannelPlan, done: dict[tuple[int, int], _Piece]
    ) -> AsyncGenerator[_Piece, None]:
        """Recognize with every worker busy, and hand the pieces on in the order of the audio."""
        segments = split(pcm_blocks(info, plan), len(plan.weights))
        waiting: list[asyncio.Task[_Piece]] = []
        try:
            async for segment in _in_thread(segments):
                waiting.append(asyncio.create_task(self._piece(segment, done)))
                while len(waiting) > 2 * self._pool.size or (waiting and waiting[0].done()):
                    yield await waiting[0]
                    waiting.pop(0)
            while waiting:
                yield await waiting[0]
                waiting.pop(0)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _piece(self, segment: Segment, done: dict[tuple[int, int], _Piece]) -> _Piece:
        known = done.get((segment.output, segment.offset_ticks))
        if known is not None:
            return known
        heard = await self._pool.recognize(segment.pcm)
        return _Piece(segment.output, segment.offset_ticks, segment.duration_ticks, heard)


def ticks_of(info: AudioInfo) -> int:
    """Length of a file in ticks, at least one."""
    return max(1, ticks(info.duration_seconds))


def _pieces(entries: list[str]) -> list[_Piece]:
    """Recognized stretches of a journal; phrases, which a listener was told of, are found anew."""
    return [_Piece.load(entry) for entry in entries if entry.startswith("[")]


def _check_spoken(options: JobOptions, channels: int) -> None:
    _check_language(options)
    if channels > 1 or options.channels == "separate":
        raise OptionNotSupported(
            "The local backend hears one channel of what is being spoken: mix the channels first.",
            backend=LocalBackend.name,
        )


def _followed(follower: Follower, request: JobRequest, info: AudioInfo | None) -> Transcript:
    if not follower.phrases:
        raise _no_speech(request, follower.seconds, info)
    return follower.transcript(info)


def _no_speech(request: JobRequest, seconds: float, info: AudioInfo | None) -> MeetingFailed:
    where = info.path if info is not None else "audio"
    return MeetingFailed(
        f"No speech was found in the {seconds:.1f} s of {where}: "
        f"listen to it, and check that the right channel was chosen.",
        backend=LocalBackend.name,
        meeting_id=request.meeting_id,
        code=NO_SPEECH,
    )


def _check_language(options: JobOptions) -> None:
    if options.language.lower() != LOCALE.lower():
        raise OptionNotSupported(
            f"The local backend knows US English only: language {options.language} needs another backend, "
            f"or --language {LOCALE}.",
            backend=LocalBackend.name,
        )


def _plan(info: AudioInfo, options: JobOptions) -> ChannelPlan:
    _check_language(options)
    plan = plan_channels(
        info.layout, info.channels, options.channels, only_channel=info.only_channel, name=str(info.path)
    )
    if plan.separate and options.speakers is not None:
        raise OptionNotSupported(
            "With separate channels each channel is one speaker: leave the number of speakers out.",
            backend=LocalBackend.name,
        )
    return plan


async def _in_thread(segments: Iterator[Segment]) -> AsyncIterator[Segment]:
    """Decode and search on a thread, so that the event loop stays free."""
    while (segment := await asyncio.to_thread(next, segments, None)) is not None:
        yield segment


def _assemble(request: JobRequest, info: AudioInfo, plan: ChannelPlan, pieces: list[_Piece]) -> Transcript:
    spoken = sorted((piece for piece in pieces if piece.heard.words), key=lambda piece: piece.offset_ticks)
    if not spoken:
        raise _no_speech(request, info.duration_seconds, info)
    notes = [note for note in (info.note, plan.note) if note]
    if plan.separate:
        order: dict[int, int] = {}
        speakers: list[int | None] = [order.setdefault(piece.output, len(order)) for piece in spoken]
    else:
        voices = [VoiceStatistics.unpack(piece.heard.voice) if piece.heard.voice else None for piece in spoken]
        speakers = tell_apart(voices, request.options.speakers)
        found = len({speaker for speaker in speakers if speaker is not None})
        if request.options.speakers is None:
            notes.append(f"The number of speakers ({found}) was estimated.")
        elif found < request.options.speakers.minimum:
            notes.append(f"{request.options.speakers} speakers were asked for; only {found} could be told apart.")
    phrases = tuple(
        _phrase(f"{number:08x}", piece, speaker, plan.separate)
        for number, (piece, speaker) in enumerate(zip(spoken, speakers, strict=True), start=1)
    )
    return Transcript(
        meeting_id=request.meeting_id,
        backend=LocalBackend.name,
        locale=LOCALE,
        audio_duration_ticks=ticks(info.duration_seconds),
        phrases=phrases,
        notes=tuple(notes),
    )


def _phrase(phrase_id: str, piece: _Piece, speaker: int | None, separate: bool) -> Phrase:
    segment = Segment(piece.output, piece.offset_ticks, b"")
    phrase = phrase_of(phrase_id, segment, piece.heard, speaker)
    return replace(phrase, duration_ticks=piece.duration_ticks, channel=piece.output if separate else None)
