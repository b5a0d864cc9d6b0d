"""How many speakers are asked for, and what those are called that the service numbers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Set
from typing import Any, Final

from ..backend import JobOptions
from ..errors import OptionNotSupported
from ..transcript import UNKNOWN_SPEAKER

# `maxSpeakers` goes from 2 to 35 (the published contracts); the service's own default of 2 merges a third person
# into the others, so that a number is always sent.
MAX_SPEAKERS: Final = 35
DEFAULT_SPEAKERS: Final = 10
_NOBODY = frozenset({"", "unknown", "unidentified"})


def diarization(options: JobOptions, *, diarize: bool, backend: str) -> dict[str, Any] | None:
    """The `diarization` object of both services; None where speakers are not told apart.

    Raises:
        OptionNotSupported: More speakers than the service can be told of, or a number beside separate channels.
    """
    speakers = options.speakers
    if speakers is not None and options.channels == "separate":
        raise OptionNotSupported(
            "With separate channels each channel is one speaker: leave the number of speakers out.", backend=backend
        )
    if speakers is not None and speakers.maximum > MAX_SPEAKERS:
        raise OptionNotSupported(
            f"The {backend} backend tells at most {MAX_SPEAKERS} speakers apart, and speakers is {speakers}: "
            f"give a smaller number.",
            backend=backend,
        )
    if not (diarize and options.diarizes):
        return None
    return {"enabled": True, "maxSpeakers": speakers.maximum if speakers is not None else DEFAULT_SPEAKERS}


def raw_label(value: Any) -> str | None:
    """A speaker as the service names it: a number or a text, kept as text; None when there is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float):
        if not value.is_integer():
            return None
        value = int(value)
    # An integer of this many digits is no speaker, and Python refuses to write it.
    return value if isinstance(value, str) else str(value) if abs(value) < 10**18 else None


class Labeller:
    """Gives `Guest-1`, `Guest-2`, … in the order in which speakers are first asked about.

    The service's numbers begin at 0 or 1 and come in no order; they hold within one file and one channel only.
    """

    def __init__(self) -> None:
        self._labels: dict[tuple[Hashable, str], str] = {}

    def label(self, raw: str | None, part: Hashable = "") -> tuple[str, str | None]:
        """The speaker, and the raw label where it differs.

        Args:
            raw: What `raw_label` gave.
            part: Where the raw label holds; the same one in another part is another speaker.
        """
        if raw is None:
            return UNKNOWN_SPEAKER, None
        # The schema's smallest number is 0: below it nobody is meant.
        if raw.strip().lower() in _NOBODY or raw.startswith("-"):
            speaker = UNKNOWN_SPEAKER
        else:
            speaker = self._labels.setdefault((part, raw), f"Guest-{len(self._labels) + 1}")
        return speaker, raw if raw != speaker else None


def speaker_notes(options: JobOptions, found: Mapping[Hashable, Set[str]], *, diarized: bool) -> list[str]:
    """What is to be said about the speakers of a result.

    Args:
        options: What was asked for.
        found: By file, the labels of those who speak in it, Unknown included; files without speech left out.
        diarized: Whether the service was asked to tell speakers apart.
    """
    if not (diarized and found):
        return []
    most = max(len(labels - {UNKNOWN_SPEAKER}) for labels in found.values())
    notes = []
    if options.speakers is None:
        notes.append(f"No number of speakers was given: up to {DEFAULT_SPEAKERS} were looked for.")
    elif 0 < most < options.speakers.minimum:
        notes.append(f"{options.speakers} speakers were asked for; only {most} could be told apart.")
    if most == 0:
        notes.append("Speakers were to be told apart, but the service named none: all are Unknown.")
    elif any(not labels - {UNKNOWN_SPEAKER} for labels in found.values()):
        notes.append("In some of the files the service named no speaker, although it was asked to: they are Unknown.")
    return notes
