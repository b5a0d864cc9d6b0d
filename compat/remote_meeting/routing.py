"""Which backend serves a meeting, and why: a pure decision over what the backends say of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from remote_meeting_backends import (
    COMMON_OPTIONS,
    Capabilities,
    Connection,
    JobOptions,
    NoBackend,
    OptionNotSupported,
    RemoteMeetingError,
)

AUTO = "auto"
RETIREMENT = date(2025, 3, 28)
LEGACY = "legacy"
RETIRED = f"it was retired on {RETIREMENT}, and is taken by name only, where an endpoint answers for it"
BY_NAME = "asked for by name"
# An answer in minutes before one in hours, words of a service before those of the recognizer on this machine.
PREFERRED = ("fast", "batch", "realtime", "legacy")
LAST = "local"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A backend as routing sees it.

    Args:
        capabilities: What it can do.
        missing: What must be installed before it works, as a sentence; None when it is there.
    """

    capabilities: Capabilities
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What a meeting needs.

    Args:
        options: What the caller asked for.
        audio_seconds: Length of the audio; None where nobody here has seen it.
        audio_bytes: How much would be sent; None where that is not known.
        connection: The caller's account, or None.
        is_url: The audio is elsewhere, for a service to fetch.
        is_live: The audio is still being spoken.
        wants_events: Somebody wants to be told of what is said while it is recognized.
    """

    options: JobOptions
    audio_seconds: float | None
    audio_bytes: int | None
    connection: Connection | None
    is_url: bool = False
    is_live: bool = False
    wants_events: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Who does it, and the sentence that says why."""

    backend: str
    reason: str


def decide(ask: Ask, candidates: Mapping[str, Candidate], choice: str = AUTO) -> Decision:
    """Pick a backend for an audio file.

    Args:
        ask: What the meeting needs.
        candidates: Every known backend by name, in the order in which they are preferred.
        choice: A backend's name, or `auto`.

    Raises:
        NoBackend: The choice is unknown, or not installed, or nothing fits.
        OptionNotSupported: The chosen backend cannot do what was asked.
    """
    if choice != AUTO:
        if choice not in candidates:
            raise NoBackend(f"There is no backend named {choice!r}: choose one of {', '.join(candidates)}, or auto.")
        candidate = candidates[choice]
        if candidate.missing is not None:
            raise NoBackend(candidate.missing)
        refusal = why_not(ask, candidate)
        if refusal is not None:
            raise OptionNotSupported(f"The {choice} backend cannot take this meeting: {refusal}.", backend=choice)
        return Decision(choice, f"{choice}: {BY_NAME}")
    refusals: list[str] = []
    for name, candidate in candidates.items():
        refusal = RETIRED if name == LEGACY else candidate.missing or why_not(ask, candidate)
        if refusal is None:
            passed_over = f"; not {'; not '.join(refusals)}" if refusals else ""
            return Decision(name, f"{name}: the first backend that fits{passed_over}")
        refusals.append(f"{name}, because {refusal}")
    raise NoBackend(f"No backend can take this meeting: not {'; not '.join(refusals)}.")


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Backends in the order in which they are preferred: services first, somebody else's own, this machine last."""

    def place(name: str) -> tuple[int, str]:
        known = {LAST: len(PREFERRED) + 1} | {first: at for at, first in enumerate(PREFERRED)}
        return known.get(name, len(PREFERRED)), name

    return tuple(sorted(names, key=place))


def way_out(error: RemoteMeetingError, reason: str, ask: Ask, candidates: Mapping[str, Candidate]) -> Decision | None:
    """Where else a meeting may go that its backend refused; None when the caller chose that backend, or nothing fits.

    Args:
        error: The refusal; it names who may do better.
        reason: Why the meeting went where it went.
        ask: What it needs.
        candidates: Every known backend by name.
    """
    candidate = candidates.get(error.way_out or "")
    if error.way_out is None or candidate is None or reason.endswith(BY_NAME):
        return None
    if candidate.missing is not None or why_not(ask, candidate) is not None:
        return None
    return Decision(error.way_out, f"{error.way_out}: after {reason}; it refused: {error.message}")


def why_not(ask: Ask, candidate: Candidate) -> str | None:
    """What keeps a backend from taking a meeting, as a clause; None when nothing does."""
    return _wrong_place(ask, candidate.capabilities) or _too_much(ask, candidate.capabilities)


def _wrong_place(ask: Ask, can: Capabilities) -> str | None:
    """Where the audio and the account are."""
    if ask.wants_events and not can.live:
        return "it tells nothing before the end"
    if ask.is_live:
        if not can.live:
            return "it takes no audio as it is spoken"
    elif not (can.urls if ask.is_url else can.files):
        return "it takes no audio by URL" if ask.is_url else "it takes no audio files"
    if can.needs_account and ask.connection is None:
        return "it needs a SpeechConfig with a key or token"
    connection = ask.connection
    if can.needs_storage and not ask.is_url and (connection is None or connection.storage is None):
        return "it fetches audio by URL, and no storage is named to stage files in (SPEECH_STORAGE)"
    region = connection.region.strip().lower() if connection and connection.region and not connection.endpoint else None
    if can.regions is not None and region is not None and region not in can.regions:
        return f"it is not offered in the region {region}"
    return None


def _too_much(ask: Ask, can: Capabilities) -> str | None:
    """What is asked of it."""
    options = ask.options
    fields = JobOptions.model_fields.items()
    given = {name for name, about in fields if getattr(options, name) != about.default}
    if unknown := sorted(given - COMMON_OPTIONS - can.options):
        return f"it has no option {' or '.join(unknown)}"
    if can.locales is not None and options.language.lower() not in {locale.lower() for locale in can.locales}:
        return f"it does not know the language {options.language}, only {', '.join(sorted(can.locales))}"
    seconds = ask.audio_seconds or 0.0
    if can.max_seconds is not None and seconds > can.max_seconds:
        return f"it takes at most {can.max_seconds:.0f} s of audio, and this is {seconds:.0f} s"
    if options.diarizes and can.max_diarized_seconds is not None and seconds > can.max_diarized_seconds:
        return (
            f"it tells speakers apart in at most {can.max_diarized_seconds:.0f} s of audio, and this is {seconds:.0f} s"
        )
    if can.max_bytes is not None and ask.audio_bytes is not None and ask.audio_bytes > can.max_bytes:
        return f"it takes at most {can.max_bytes} bytes, and this is {ask.audio_bytes}"
    if options.speakers is not None and not can.speaker_count:
        return "it cannot be told the number of speakers"
    if options.speakers is not None and can.max_speakers is not None and options.speakers.maximum > can.max_speakers:
        return f"it tells at most {can.max_speakers} speakers apart"
    if options.channels == "separate" and not can.separate_channels:
        return "it cannot keep channels apart"
    return None


def may_poll_legacy(connection: Connection | None, choice: str, today: date) -> bool:
    """Whether an id that the store does not know may still be asked for at the old service.

    It was retired on 2025-03-28: after that day only where the caller names an endpoint (or a host, or the backend).
    """
    if connection is None or choice not in (AUTO, LEGACY):
        return False
    if choice == LEGACY or connection.endpoint or connection.host:
        return True
    return today < RETIREMENT
