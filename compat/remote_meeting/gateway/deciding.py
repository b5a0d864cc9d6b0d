"""Who works on an uploaded meeting, and why: routing's decision for audio that comes in through the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from remote_meeting_backends import JobOptions, NoBackend, OptionNotSupported, Runtime

from .. import routing
from ..recording import job_options
from ..shelf import Shelf

if TYPE_CHECKING:
    from remote_meeting_backends.store import MeetingRecord

    from .accounts import Account
    from .opening import Opening
    from .settings import Settings


@dataclass(frozen=True, slots=True)
class Wish:
    """What an app asks for.

    Args:
        language: BCP-47.
        extras: Options that not every backend has.
        chosen: A decision that was made before, at the meeting's beginning.
    """

    language: str
    extras: Mapping[str, Any]

    @classmethod
    def of(cls, opening: Opening) -> Wish:
        """What was said before the audio."""
        given = {"model": opening.model, "profanity": opening.profanity, "phrases": opening.phrases}
        return cls(opening.language, {name: value for name, value in given.items() if value})

    @classmethod
    def stored(cls, record: MeetingRecord) -> Wish:
        """What was written down of it."""
        options = record.options or JobOptions()
        told = options.model_dump(exclude_defaults=True)
        return cls(told.pop("language", options.language), told)


def decide_live(wish: Wish, account: Account, settings: Settings) -> tuple[routing.Decision, JobOptions, list[str]]:
    """Who hears a meeting as it is spoken.

    Raises:
        NoBackend, OptionNotSupported: Nobody can.
    """
    decision, options, notes = _decide(wish, account, settings.backend, is_live=True)
    if settings.refine is not None:
        account.backend(settings.refine)
        reason = f"{decision.reason}; heard once more by {settings.refine} when it is over"
        decision = replace(decision, reason=reason)
    return decision, options, notes


def decide_whole(
    wish: Wish, account: Account, settings: Settings, seconds: float | None = None, size_bytes: int | None = None
) -> tuple[routing.Decision, JobOptions, list[str]]:
    """Who transcribes a meeting when its audio is whole.

    Args:
        wish: What the app asks for.
        account: With which services are asked.
        settings: Whether somebody is named.
        seconds: How long the audio is; None before its end.
        size_bytes: How large.

    Raises:
        NoBackend, OptionNotSupported: Nobody can.
    """
    return _decide(wish, account, settings.async_backend, seconds=seconds, size_bytes=size_bytes)


def check_backends(settings: Settings, runtime: Runtime) -> None:
    """See at once that those who are named can do what they are named for.

    Raises:
        NoBackend: There is none of that name.
        MissingExtra: It is not installed.
        OptionNotSupported: It hears nothing live, or takes no files.
    """
    shelf = Shelf(settings.connection, runtime)
    for option, name, verb in (
        ("--backend", settings.backend, "live"),
        ("--async-backend", settings.async_backend, "files"),
        ("--refine", settings.refine or routing.AUTO, "files"),
    ):
        shelf.check(name)
        shelf.need(name)
        if name != routing.AUTO and not getattr(shelf.capabilities(name), verb):
            what = "audio as it is spoken" if verb == "live" else "audio files"
            raise OptionNotSupported(f"The {name} backend takes no {what}: name another with {option}.", backend=name)


def _decide(
    wish: Wish,
    account: Account,
    choice: str,
    *,
    is_live: bool = False,
    seconds: float | None = None,
    size_bytes: int | None = None,
) -> tuple[routing.Decision, JobOptions, list[str]]:
    """With what the app wishes, or without it where nobody who fits has it: the transcript says so."""
    candidates = account.shelf.candidates()

    def decide(options: JobOptions) -> routing.Decision:
        ask = routing.Ask(options, seconds, size_bytes, account.connection, is_live=is_live, wants_events=is_live)
        decision = routing.decide(ask, candidates, choice)
        # Made now: an account that it cannot be made for is told before anything is written down.
        account.backend(decision.backend)
        return decision

    options = job_options(language=wish.language, **wish.extras)
    try:
        return decide(options), options, []
    except (NoBackend, OptionNotSupported) as refused:
        if not wish.extras:
            raise
        bare = job_options(language=wish.language)
        decision = decide(bare)
        names = ", ".join(sorted(wish.extras))
        return decision, bare, [f"The app asked for {names}; it was left out: {refused.message}"]
