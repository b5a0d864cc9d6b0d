"""What the journal of a meeting holds of its upload: that it was begun, and that the service has taken it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from ..phrases_kept import KIND as PHRASE
from ..realtime.meeting import SESSION

MARK: Final = "legacy upload"


@dataclass(frozen=True, slots=True)
class Mark:
    """How far an upload has come.

    Args:
        meeting_id: Of which meeting.
        is_taken: The service has begun with it, so that the meeting of this id over there is ours.
    """

    meeting_id: str
    is_taken: bool = False

    @classmethod
    def read(cls, entry: str) -> Self | None:
        """Read an entry; None for one of another kind."""
        told = _read(entry)
        if told.get("kind") != MARK:
            return None
        return cls(str(told.get("meeting_id", "")), is_taken=bool(told.get("is_taken")))

    @classmethod
    def newest(cls, entries: Iterable[str], meeting_id: str) -> Self | None:
        """The last one of a meeting; None when its upload was never begun."""
        marks = [mark for entry in entries if (mark := cls.read(entry)) and mark.meeting_id == meeting_id]
        return marks[-1] if marks else None

    def dump(self) -> str:
        """As a journal's entry."""
        told = {"kind": MARK, "meeting_id": self.meeting_id, "is_taken": self.is_taken}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def names_no_meeting(entry: str) -> bool:
    """Whether an entry is of what was heard meanwhile: it stands for nothing at the service."""
    return _read(entry).get("kind") in (PHRASE, SESSION)


def _read(entry: str) -> dict[str, object]:
    try:
        told = json.loads(entry)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
