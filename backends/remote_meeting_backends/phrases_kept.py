"""Phrases in a meeting's journal, written down as they are recognized; and what is left of a meeting that broke off."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from .transcript import TICKS_PER_SECOND, Phrase, Transcript, Word

KIND: Final = "phrase"
_NAMES: Final = tuple(field.name for field in fields(Phrase) if field.name != "words")
_WORD_NAMES: Final = tuple(field.name for field in fields(Word))
_READER: Final[TypeAdapter[Phrase]] = TypeAdapter(Phrase)


def dump_phrase(phrase: Phrase) -> str:
    """A phrase as a journal's entry."""
    told: dict[str, Any] = {name: value for name in _NAMES if (value := getattr(phrase, name)) not in (None, ())}
    if phrase.words:
        told["words"] = [{name: getattr(word, name) for name in _WORD_NAMES} for word in phrase.words]
    return json.dumps({"kind": KIND, **told}, ensure_ascii=False, separators=(",", ":"))


def load_phrase(entry: str) -> Phrase:
    """Read what `dump_phrase` wrote.

    Raises:
        ValueError: It is an entry of another kind.
    """
    told = json.loads(entry)
    if not isinstance(told, dict) or told.pop("kind", None) != KIND:
        raise ValueError("This entry of a journal is no phrase.")
    try:
        return _READER.validate_python(told)
    except ValidationError as error:
        # What pydantic says quotes the text of the meeting.
        raise ValueError("This entry of a journal is no phrase that can be read.") from error.__cause__


def kept_phrases(entries: Iterable[str]) -> list[Phrase]:
    """Every phrase of a journal, in the order of their offsets; other entries are passed over."""
    found = []
    for entry in entries:
        try:
            found.append(load_phrase(entry))
        except ValueError:
            continue
    return sorted(found, key=lambda phrase: (phrase.offset_ticks, phrase.channel or 0))


def kept_transcript(meeting_id: str, backend: str, entries: Iterable[str]) -> Transcript:
    """What was heard of a live meeting before the process that listened ended; its note says up to where."""
    phrases = kept_phrases(entries)
    end = max((phrase.end_ticks for phrase in phrases), default=0)
    note = f"The process that listened ended; what was said after {end / TICKS_PER_SECOND:.1f} s was not heard."
    locale = phrases[-1].locale if phrases else None
    return Transcript(meeting_id=meeting_id, backend=backend, locale=locale, phrases=tuple(phrases), notes=(note,))
