"""A comparison as one page that needs nothing else: no network and no script. What was said goes in as text only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from string import Template

from remote_meeting_backends import Transcript
from remote_meeting_backends.transcript import seconds

from ..formats import clock
from ..pages import document, part
from ..screen import plain
from .comparing import Comparison, Side, Stretch
from .marking import Marked, Row, mark, rows
from .shown import facts, share

COLOURS = 8
LINE_WIDTH = 1000
LANE = 26


def render(comparison: Comparison, reference: Transcript, other: Transcript) -> str:
    """The whole page, with a newline at its end."""
    same = comparison.same
    left = mark(reference.phrases, {here for here, _ in same})
    right = mark(other.phrases, {there for _, there in same})
    colours = _colours(comparison)
    end = max(comparison.reference.end_ticks, comparison.other.end_ticks, 1)
    body = Template(part(__package__, "page.html")).substitute(
        about=_side("A", comparison.reference) + _side("B", comparison.other),
        figures=_figures(comparison),
        people=_people(comparison, colours),
        lines=_line("A", "a", comparison.reference.speakers, left, colours[0], end)
        + _line("B", "b", comparison.other.speakers, right, colours[1], end)
        + f'<p class="scale"><span>{clock(0, ".")[:8]}</span><span>{clock(end, ".")[:8]}</span></p>',
        missing=_missing("A", comparison.only_reference) + _missing("B", comparison.only_other),
        rows=_rows(rows(left, right), left, right, colours),
    )
    title = _safe(f"{comparison.other.name} measured by {comparison.reference.name}")
    return document(title, body, part(__package__, "page.css"))


def _colours(comparison: Comparison) -> tuple[dict[str, int], dict[str, int]]:
    """A colour for each person: labels that were matched share it."""
    mine: dict[str, int] = {}
    theirs: dict[str, int] = {}
    for place, (label, partner) in enumerate(comparison.speakers.pairs):
        mine[label] = place % COLOURS
        if partner is not None:
            theirs[partner] = place % COLOURS
    for place, label in enumerate(comparison.speakers.others, start=len(mine)):
        theirs[label] = place % COLOURS
    return mine, theirs


def _side(letter: str, side: Side) -> str:
    return f'<p><b>{letter}</b> {_safe(side.name)} <span class="quiet">{_safe(side.backend)}, {facts(side)}</span></p>'


def _figures(comparison: Comparison) -> str:
    words, speakers, drift = comparison.words, comparison.speakers, comparison.drift
    missing = comparison.measures["missing"] or 0.0
    shown = (
        (
            "Words that differ",
            share(words.rate),
            f"{words.substituted:,} substituted, {words.deleted:,} left out, {words.inserted:,} added",
        ),
        ("With speakers", share(speakers.rate), f"{speakers.errors:,} of {speakers.words:,} words, by cpWER"),
        (
            "Shift in time",
            "none" if drift is None else f"{seconds(drift.median_ticks):+.2f} s",
            "no word is in both" if drift is None else f"95 % within {seconds(drift.most_ticks):.2f} s",
        ),
        ("Missing in B", f"{missing:.1f} s", "of A's phrases, in stretches of 2 s or more"),
    )
    return "".join(f"<div><dt>{name}</dt><dd>{figure}<small>{more}</small></dd></div>" for name, figure, more in shown)


def _people(comparison: Comparison, colours: tuple[dict[str, int], dict[str, int]]) -> str:
    mine, theirs = colours
    found = [
        f"<li>{_chip(label, mine)} in A is {_chip(partner, theirs) if partner is not None else 'nobody'} in B</li>"
        for label, partner in comparison.speakers.pairs
    ]
    found += [f"<li>nobody in A is {_chip(label, theirs)} in B</li>" for label in comparison.speakers.others]
    return "".join(found) or "<li>Nobody said a word.</li>"


def _chip(label: str, colours: dict[str, int]) -> str:
    return f'<span class="chip c{colours.get(label, COLOURS)}">{_safe(label)}</span>'


def _line(
    letter: str, kind: str, speakers: Sequence[str], marked: Sequence[Marked], colours: dict[str, int], end: int
) -> str:
    """A time line: a lane for each speaker, and each phrase a link to its text."""
    lanes = {speaker: place for place, speaker in enumerate(speakers)}
    bars = []
    for number, one in enumerate(marked, start=1):
        phrase = one.phrase
        start = phrase.offset_ticks * LINE_WIDTH / end
        width = max(2.0, phrase.duration_ticks * LINE_WIDTH / end)
        said = _safe(f"{clock(phrase.offset_ticks, '.')[:8]} {phrase.speaker}: {phrase.text}")
        bars.append(
            f'<a href="#{kind}{number}" aria-label="{said}"><title>{said}</title>'
            f'<rect class="c{colours.get(phrase.speaker, COLOURS)}" x="{start:.1f}" '
            f'y="{lanes[phrase.speaker] * LANE + 3}" width="{width:.1f}" height="{LANE - 6}"/></a>'
        )
    names = "".join(f"<li>{_chip(speaker, colours)}</li>" for speaker in speakers)
    height = max(1, len(speakers)) * LANE
    return (
        f'<div class="line"><h3>{letter}</h3><ul class="lanes">{names}</ul>'
        f'<svg viewBox="0 0 {LINE_WIDTH} {height}" preserveAspectRatio="none" height="{height}" role="group" '
        f'aria-label="Time line of {letter}">{"".join(bars)}</svg></div>'
    )


def _missing(letter: str, stretches: Sequence[Stretch]) -> str:
    found = "".join(
        f"<li><b>{clock(one.offset_ticks, '.')[:8]}</b> {seconds(one.duration_ticks):.1f} s, in "
        f"{_safe(one.speaker)}: {_safe(one.text)}</li>"
        for one in stretches
    )
    return f"<section><h2>Only {letter} has speech here</h2><ul>{found}</ul></section>" if found else ""


def _rows(
    shown: Iterable[Row],
    left: Sequence[Marked],
    right: Sequence[Marked],
    colours: tuple[dict[str, int], dict[str, int]],
) -> str:
    numbers = [{id(one): number for number, one in enumerate(side, start=1)} for side in (left, right)]
    parts = []
    for row in shown:
        cells = (
            f'<div class="{kind}"><span class="letter">{kind.upper()}</span>'
            + "".join(_phrase(f"{kind}{ids[id(one)]}", one, colour, tag) for one in marked)
            + "</div>"
            for kind, tag, marked, ids, colour in (
                ("a", "del", row.reference, numbers[0], colours[0]),
                ("b", "ins", row.other, numbers[1], colours[1]),
            )
        )
        parts.append(f"<li><time>{clock(row.offset_ticks, '.')[:8]}</time>{''.join(cells)}</li>")
    return "".join(parts)


def _phrase(anchor: str, one: Marked, colours: dict[str, int], tag: str) -> str:
    words = " ".join(_safe(text) if is_same else f"<{tag}>{_safe(text)}</{tag}>" for text, is_same in one.pieces)
    return f'<p id="{anchor}" tabindex="-1">{_chip(one.phrase.speaker, colours)} {words}</p>'


def _safe(words: str) -> str:
    return escape(plain(words))
