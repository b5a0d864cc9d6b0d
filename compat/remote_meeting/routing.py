"""Which backend serves a meeting, and why: a pure decision over what the backends say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from remote_meeting_backends import Capabilities, Connection, JobOptions, NoBackend, OptionNotSupported

AUTO = "auto"
RETIREMENT = date(2025, 3, 28)


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
        audio_seconds: Length of the audio.
        audio_bytes: Size of the file.
        connection: The caller's account, or None.
    """

    options: JobOptions
    audio_seconds: float
    audio_bytes: int
    connection: Connection | None


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
        return Decision(choice, f"{choice}: asked for by name")
    refusals: list[str] = []
    for name, candidate in candidates.items():
        refusal = candidate.missing or why_not(ask, candidate)
        if refusal is None:
            passed_over = f"; not {'; not '.join(refusals)}" if refusals else ""
            return Decision(name, f"{name}: the first backend that fits{passed_over}")
        refusals.append(f"{name}, because {refusal}")
    raise NoBackend(f"No backend can take this meeting: not {'; not '.join(refusals)}.")


def why_not(ask: Ask, candidate: Candidate) -> str | None:
    """What keeps a backend from taking a meeting, as a clause; None when nothing does."""
    can, options = candidate.capabilities, ask.options
    if not can.files:
        return "it takes no audio files"
    if can.needs_account and ask.connection is None:
        return "it needs a SpeechConfig with a key or token"
    if can.locales is not None and options.language.lower() not in {locale.lower() for locale in can.locales}:
        return f"it does not know the language {options.language}, only {', '.join(sorted(can.locales))}"
    if can.max_seconds is not None and ask.audio_seconds > can.max_seconds:
        return f"it takes at most {can.max_seconds:.0f} s of audio, and this is {ask.audio_seconds:.0f} s"
    if can.max_bytes is not None and ask.audio_bytes > can.max_bytes:
        return f"it takes at most {can.max_bytes} bytes, and this is {ask.audio_bytes}"
    if options.speakers is not None and not can.speaker_count:
        return "it cannot be told the number of speakers"
    if options.channels == "separate" and not can.separate_channels:
        return "it cannot keep channels apart"
    return None


def may_poll_legacy(connection: Connection | None, choice: str, today: date) -> bool:
    """Whether an id that the store does not know may still be asked for at the old service.

    It was retired on 2025-03-28: after that day only where the caller names an endpoint (or a host, or the backend).
    """
    if connection is None or choice not in (AUTO, "legacy"):
        return False
    if choice == "legacy" or connection.endpoint or connection.host:
        return True
    return today < RETIREMENT
