"""A comparison as text, as JSON, and as a page."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence

from remote_meeting_backends import Transcript
from remote_meeting_backends.transcript import seconds

from ..formats import clock
from ..screen import plain
from .comparing import Comparison, Side, Stretch
from .page import render
from .shown import facts, share

SHOWN_CHARACTERS = 60


def report(comparison: Comparison, reference: Transcript, other: Transcript, format_name: str) -> str:
    """Write the comparison of two transcripts in one of REPORTS, with a newline at its end."""
    return REPORTS[format_name](comparison, reference, other)


def _text(comparison: Comparison, _reference: Transcript, _other: Transcript) -> str:
    lines = [_about("A", comparison.reference), _about("B", comparison.other), ""]
    words, speakers = comparison.words, comparison.speakers
    lines.append(
        f"Word error rate       {share(words.rate)}: {words.substituted} substituted, {words.deleted} left out, "
        f"{words.inserted} added, of {words.words} words of A"
    )
    lines.append(f"With speakers, cpWER  {share(speakers.rate)}: {speakers.errors} errors when speakers are matched")
    for label, partner in speakers.pairs:
        lines.append(f"  {plain(label)} of A is {'nobody' if partner is None else plain(partner)} of B")
    lines += [f"  nobody of A is {plain(label)} of B" for label in speakers.others]
    lines.append(_drift(comparison))
    lines += _stretches("Only in A", comparison.only_reference)
    lines += _stretches("Only in B", comparison.only_other)
    return "".join(f"{line}\n" for line in lines)


def _about(letter: str, side: Side) -> str:
    return f"{letter}  {plain(side.name)} ({plain(side.backend)}): {facts(side)}"


def _drift(comparison: Comparison) -> str:
    drift = comparison.drift
    if drift is None:
        return "Time                  no word is in both"
    way = "later" if drift.median_ticks >= 0 else "earlier"
    return (
        f"Time                  B is {abs(seconds(drift.median_ticks)):.2f} s {way} (median of {drift.words} words in "
        f"both), 95 % within {seconds(drift.most_ticks):.2f} s"
    )


def _stretches(title: str, stretches: Sequence[Stretch]) -> list[str]:
    if not stretches:
        return [f"{title:<22}nothing of 2 s or more"]
    lines = [f"{title:<22}{sum(seconds(one.duration_ticks) for one in stretches):.1f} s"]
    for one in stretches:
        said = plain(one.text)
        shown = said if len(said) <= SHOWN_CHARACTERS else f"{said[: SHOWN_CHARACTERS - 1]}…"
        end = clock(one.offset_ticks + one.duration_ticks, ".")
        lines.append(f"  {clock(one.offset_ticks, '.')} to {end}, in {plain(one.speaker)}: {shown}")
    return lines


def _json(comparison: Comparison, _reference: Transcript, _other: Transcript) -> str:
    fields = {"measures": comparison.measures, **dataclasses.asdict(comparison)}
    fields["speakers"]["pairs"] = dict(comparison.speakers.pairs)
    del fields["same"]
    return json.dumps(fields, ensure_ascii=False, indent=2) + "\n"


REPORTS: dict[str, Callable[[Comparison, Transcript, Transcript], str]] = {
    "text": _text,
    "json": _json,
    "html": render,
}
