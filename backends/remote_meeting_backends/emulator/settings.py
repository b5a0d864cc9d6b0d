"""How an emulator is set up, and how jobs go forward in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self

from ..errors import InvalidInput
from ..runtime import SYSTEM, Runtime
from ..transcript import Transcript

# Known to everybody, and of use nowhere else: it spells that it is no secret.
EMULATOR_KEY: Final = "e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0"
MIB: Final = 1 << 20
LARGEST_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Progression:
    """When a job is over, once its transcription is.

    Args:
        mode: `immediate`: at once. `polls`: the Nth GET of it says so, the first says NotStarted, those between say
            Running. `seconds`: after so many seconds by the runtime's clock; NotStarted in the first half of them.
        amount: N.
    """

    mode: Literal["immediate", "polls", "seconds"] = "immediate"
    amount: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `immediate`, `polls:N` or `seconds:N`.

        Raises:
            InvalidInput: It is none of these.
        """
        mode, _, amount = text.partition(":")
        if text == "immediate":
            return cls()
        if mode == "polls" and amount.isdecimal() and 0 < int(amount) <= 1_000_000:
            return cls("polls", int(amount))
        if mode == "seconds":
            try:
                seconds = float(amount)
            except ValueError:
                seconds = -1.0
            if 0 <= seconds <= 1e9:
                return cls("seconds", seconds)
        raise InvalidInput(f"{text!r} is no progression: give immediate, polls:N or seconds:N.")

    def __str__(self) -> str:
        return self.mode if self.mode == "immediate" else f"{self.mode}:{self.amount:g}"


@dataclass(frozen=True, slots=True)
class Settings:
    """What an emulator is made with, and goes back to at a reset.

    Args:
        keys: Subscription keys that open it.
        progression: When jobs are over.
        script: What is answered instead of listening.
        state: A SQLite file that jobs, results and web hooks outlive a restart in; None keeps them in memory.
        runtime: Gives the time and ids.
        page_size: How much a list holds when `top` is not given; the service's own number is not documented.
        fast_bytes: Largest upload of a fast transcription.
        fast_seconds: Its longest audio.
        fast_diarized_seconds: Its longest audio when speakers are told apart.
        diarized_seconds: Longest file of a batch job when speakers are told apart.
        turn_seconds: After how much audio a turn of real-time transcription ends; None for its end.
        script_needs_audio: In real-time transcription a script's phrase is told only where its audio was heard, so that
            audio that a client lost is missed; otherwise the end of the audio brings the rest of the script.
        continues: Real-time transcription sends the headers of reliable reconnect to those who ask for them.
    """

    keys: tuple[str, ...] = (EMULATOR_KEY,)
    progression: Progression = Progression()
    script: Transcript | None = None
    state: Path | None = None
    runtime: Runtime = SYSTEM
    page_size: int = 100
    fast_bytes: int = 500 * MIB
    fast_seconds: float = 5 * 3600.0
    fast_diarized_seconds: float = 2 * 3600.0
    diarized_seconds: float = 240 * 60.0
    turn_seconds: float | None = None
    continues: bool = True
    script_needs_audio: bool = False
