"""Audio: what a file is, which backends could take it, and why the others could not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from remote_meeting_backends import (
    ChannelChoiceNeeded,
    Connection,
    JobOptions,
    NoBackend,
    RemoteMeetingError,
    SpeakerCount,
)
from remote_meeting_backends.audio import AudioInfo, Layout, plan_channels, probe
from remote_meeting_backends.connection import without_query
from remote_meeting_backends.realtime.backend import MOST_CHANNELS as MOST_IN_REAL_TIME
from remote_meeting_backends.speech_rest.prepare import MOST_SEPARATE

from ..recording import Recording, inspect, is_url
from ..routing import LEGACY, RETIRED, Ask, Candidate, decide, why_not
from .finding import Finding, Status, ok, problem, skipped, warning

FILE, ROUTING = "file", "routing"
MIX, SEPARATE = "mix", "separate"
MOST_APART: Final[Mapping[str, int]] = {
    "batch": MOST_SEPARATE,
    "fast": MOST_SEPARATE,
    "realtime": MOST_IN_REAL_TIME,
}
_NOBODY_TOLD_APART = SpeakerCount(minimum=1, maximum=1)


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to hear a recording.

    Args:
        choice: Of channels; None where there is nothing to choose.
        ask: What routing is asked.
        channels: How many are kept apart.
    """

    choice: str | None
    ask: Ask
    channels: int = 1


def look(
    audio: str, connection: Connection | None, candidates: Mapping[str, Candidate], now: datetime
) -> list[Finding]:
    """Everything about one recording. Blocks while the file is read.

    Args:
        audio: A path or a URL.
        connection: The account, or None.
        candidates: Every known backend by name, in the order in which they are preferred.
        now: To tell by whether a SAS has expired.
    """
    name = without_query(audio) if is_url(audio) else audio
    try:
        if is_url(audio):
            about = ok(FILE, f"{name} is for a service to fetch; nobody has looked into it.", name)
            ways = [_Way(None, _ask(inspect(audio, JobOptions(), now), JobOptions(), connection))]
        else:
            info = probe(audio)
            about, choices = _described(info, name)
            ways = [_way(info, choice, connection, now) for choice in choices]
    except RemoteMeetingError as error:
        return [problem(FILE, error.message, name)]
    verdicts = [_verdict(backend, candidate, ways, name) for backend, candidate in candidates.items()]
    return [about, *verdicts, _routed(ways, candidates, name)]


def _described(info: AudioInfo, name: str) -> tuple[Finding, list[str | None]]:
    """What a file is, and in which ways it could be heard."""
    channels = "1 channel" if info.channels == 1 else f"{info.channels} channels ({info.layout})"
    sentence = (
        f"{name} is {info.container} ({info.encoding}), {info.sample_rate} Hz, {channels}, "
        f"{info.duration_seconds:.1f} s, {info.size_bytes / 1e6:.1f} MB."
    )
    try:
        plan_channels(info.layout, info.channels, None, only_channel=info.only_channel, name=name)
    except ChannelChoiceNeeded:
        advice = "Say which to hear: --channels mix, a number from 0, or separate (each is one speaker)."
        return warning(FILE, f"{sentence} {advice}", name), [MIX, SEPARATE]
    heard = {
        Layout.ARRAY: "Its 7 microphones are heard as one, and its reference channel is left out.",
        Layout.PADDED: f"Only channel {info.only_channel} carries sound, and is heard alone.",
    }
    more = " ".join(note for note in (heard.get(info.layout), info.note) if note)
    tell = warning if info.note else ok
    return tell(FILE, f"{sentence} {more}".rstrip(), name), [None]


def _way(info: AudioInfo, choice: str | None, connection: Connection | None, now: datetime) -> _Way:
    options = JobOptions(channels=choice)
    ask = _ask(inspect(info.path, options, now), options, connection)
    return _Way(choice, ask, info.channels if choice == SEPARATE else 1)


def _ask(recording: Recording, options: JobOptions, connection: Connection | None) -> Ask:
    return Ask(options, recording.seconds, recording.size_bytes, connection, recording.is_url)


def _verdict(backend: str, candidate: Candidate, ways: list[_Way], name: str) -> Finding:
    """Whether a backend takes it, in each way; what is not set up is no fault of the file."""
    if candidate.missing is not None:
        return skipped(backend, candidate.missing, name)
    if candidate.capabilities.needs_account and ways[0].ask.connection is None:
        return skipped(backend, f"{name}: no, because it needs an account (SPEECH_KEY).", name)
    if standing := RETIRED if backend == LEGACY else why_not(_without_audio(ways[0].ask), candidate):
        return skipped(backend, f"{name}: no, because {standing}.", name)
    told = [(way, _refusal(backend, candidate, way)) for way in ways]
    status = Status.OK if any(refusal is None for _, refusal in told) else Status.WARNING
    clauses = [f"{_how(way)}{'yes' if refusal is None else f'no, because {refusal}'}" for way, refusal in told]
    return Finding(backend, status, f"{name}: {'; '.join(clauses)}.", name)


def _refusal(backend: str, candidate: Candidate, way: _Way) -> str | None:
    most = MOST_APART.get(backend)
    if most is not None and way.channels > most:
        return f"it keeps at most {most} channels apart"
    refusal = why_not(way.ask, candidate)
    if refusal is not None and _would_take_undiarized(candidate, way):
        return f"{refusal} (with --speakers 1, which tells nobody apart, it takes it)"
    return refusal


def _would_take_undiarized(candidate: Candidate, way: _Way) -> bool:
    if way.choice == SEPARATE:
        return False
    options = way.ask.options.model_copy(update={"speakers": _NOBODY_TOLD_APART})
    return why_not(_with(way.ask, options), candidate) is None


def _without_audio(ask: Ask) -> Ask:
    """The same for a recording that nobody could refuse."""
    return Ask(JobOptions(), None, None, ask.connection, ask.is_url)


def _with(ask: Ask, options: JobOptions) -> Ask:
    return Ask(options, ask.audio_seconds, ask.audio_bytes, ask.connection, ask.is_url)


def _how(way: _Way) -> str:
    return "" if way.choice is None else f"with --channels {way.choice} "


def _routed(ways: list[_Way], candidates: Mapping[str, Candidate], name: str) -> Finding:
    """Where it would go by itself."""
    way = ways[0]
    given = "" if way.choice is None else f" --channels {way.choice}"
    try:
        decision = decide(way.ask, candidates)
    except NoBackend as error:
        return problem(ROUTING, f"{name}{given}: {error.message}", name)
    return ok(ROUTING, f"{name}{given} would go to {decision.backend}.", name)
