"""Findings answered by a comment: `remote-meeting: ignore[RM701] reason`, on the line or alone above it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, takewhile

from .model import Finding, Silenced

Span = tuple[int, int]
HEAD = 10
COMMENT, CONFIGURATION = "comment", "configuration"

_LINE_END = re.compile(r"\r\n|\n|\r")
_LEADER = re.compile(r"\s*(?:[#/*!;%<]|--|::|rem\b)", re.IGNORECASE)
# At the head of a comment's line, or behind another remark on it; in the midst of a sentence it is only spoken of.
_MARK = re.compile(
    r"(?:\A[^\w\r\n]*(?:rem\s+)?|(?:#|//|;|--)\s*)remote-meeting\s*:\s*(?P<rest>[^\r\n]*)", re.IGNORECASE
)
_ORDER = re.compile(
    r"(?P<verb>[a-z][\w-]*+)(?P<list>\s*\[(?P<rules>[^\]]*)\])?(?P<reason>(?![\w\[:]).*)", re.IGNORECASE
)
_LIKELY = re.compile(r"ign|[a-z][\w-]*\s*\[", re.IGNORECASE)
_CLOSING = re.compile(r"\s*(?:\*/\}?|-->|#>)\s*\Z")
# Around a comment that has its line to itself: braces in JSX, the string that a notebook keeps a line in.
_BEFORE = re.compile(r"\s*[\"{]?\s*\Z")
_BEHIND = re.compile(r"\s*(?:\}|(?:\\n)?\",?)?\s*\Z")


@dataclass(frozen=True, slots=True)
class Warned:
    """What is wrong with a comment.

    Args:
        line: From 1.
        message: One sentence.
    """

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Order:
    """What a comment asks for.

    Args:
        line: Where it stands, from 1.
        rules: The ids of the rules; None for all.
        reason: Theirs; empty for none.
        target: The line below that it speaks of; None when it speaks of its own.
        is_for_file: Whether it speaks of the whole file.
    """

    line: int
    rules: frozenset[str] | None
    reason: str
    target: int | None = None
    is_for_file: bool = False

    def covers(self, finding: Finding) -> bool:
        """Whether it answers a finding."""
        if self.rules is not None and finding.rule not in self.rules:
            return False
        if self.is_for_file:
            return True
        if self.target is not None:
            return finding.line == self.target
        # A place that ends at a line's first column does not reach into it.
        last = finding.end_line - (finding.end_column <= 1 and finding.end_line > finding.line)
        return finding.line <= self.line <= last


@dataclass(frozen=True, slots=True)
class Answered:
    """Findings told apart.

    Args:
        findings: Those that nothing answers.
        silenced: Those that a comment answers.
        warnings: What is wrong with comments, by line.
    """

    findings: tuple[Finding, ...]
    silenced: tuple[Silenced, ...] = ()
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True, slots=True)
class InFiles:
    """Rules that a configuration silences in some files.

    Args:
        matches: Whether a path, as it is shown, is one of theirs.
        rules: The rules' ids.
        reason: Theirs; empty for none.
    """

    matches: Callable[[str], bool]
    rules: frozenset[str]
    reason: str = ""


def silence_in_files(findings: Sequence[Finding], ignored: Sequence[InFiles]) -> Answered:
    """Which findings a configuration answers."""
    left, silenced = [], []
    for finding in findings:
        answer = next((one for one in ignored if finding.rule in one.rules and one.matches(finding.path)), None)
        if answer is None:
            left.append(finding)
        else:
            silenced.append(Silenced(finding, CONFIGURATION, answer.reason))
    return Answered(tuple(left), tuple(silenced))


def silence(
    text: str,
    comments: Sequence[Span],
    findings: Sequence[Finding],
    rules: Mapping[str, str],
    asked: Collection[str] | None = None,
) -> Answered:
    """Which findings of a file its comments answer.

    Args:
        text: The file's text.
        comments: The spans of its comments.
        findings: What was found in it.
        rules: The id for each name and each id, in any case.
        asked: The ids of the rules that looked; a comment about another is not called needless. None for all.
    """
    orders, warnings = read_orders(text, comments, rules)
    used: set[tuple[int, str]] = set()
    left, silenced = [], []
    for finding in findings:
        covering = [order for order in orders if order.covers(finding)]
        used.update((order.line, finding.rule) for order in covering)
        if covering:
            # The nearest reason is the one that was meant.
            nearest = min(covering, key=lambda order: order.is_for_file)
            silenced.append(Silenced(finding, COMMENT, nearest.reason))
        else:
            left.append(finding)
    needless = [warned for order in orders for warned in _needless(order, used, asked)]
    ordered = sorted([*warnings, *needless], key=lambda warned: (warned.line, warned.message))
    return Answered(tuple(left), tuple(silenced), tuple(ordered))


def read_orders(
    text: str, comments: Sequence[Span], rules: Mapping[str, str]
) -> tuple[tuple[Order, ...], tuple[Warned, ...]]:
    """What a file's comments ask for, and what is wrong with them; both by line."""
    if "remote-meeting" not in text.lower():
        return (), ()
    ids = {name.casefold(): rule for name, rule in rules.items()} | {rule.casefold(): rule for rule in rules.values()}
    lines = _Lines(text, comments)
    orders: list[Order] = []
    warnings: list[Warned] = []
    for line, rest in sorted(set(_marks(text, comments, lines))):
        read = _read(rest, ids)
        if isinstance(read, str):
            warnings += [Warned(line, read)] if _LIKELY.match(rest) else []
            continue
        verb, named, reason, unknown = read
        warnings += [Warned(line, f"There is no rule {name!r}: this comment does not silence it.") for name in unknown]
        if named is not None and not named:
            continue
        is_for_file = verb == "ignore-file"
        if is_for_file and line > HEAD:
            warnings.append(Warned(line, f"`ignore-file` counts in a file's first {HEAD} lines only."))
            continue
        target = None if is_for_file else lines.below(line)
        orders.append(Order(line, named, reason, target, is_for_file))
    return tuple(orders), tuple(warnings)


def _marks(text: str, comments: Sequence[Span], lines: _Lines) -> Iterator[tuple[int, str]]:
    """The lines of comments that begin as an order does, and what they say behind that."""
    for start, end in comments:
        # A docstring that shows how it is done, and code that is left out, are no comments here.
        if not _LEADER.match(text, start, end):
            continue
        at = start
        for row in _LINE_END.split(text[start:end]):
            found = _MARK.search(row)
            if found is not None:
                yield lines.of(at + found.start("rest")), _CLOSING.sub("", found.group("rest")).strip()
            at += len(row) + len(_ending(text, at + len(row)))


def _ending(text: str, at: int) -> str:
    found = _LINE_END.match(text, at)
    return found.group() if found else ""


def _read(rest: str, ids: Mapping[str, str]) -> tuple[str, frozenset[str] | None, str, list[str]] | str:
    """The verb, the rules (None for all), the reason and what is no rule; or what is wrong, as a sentence."""
    found = _ORDER.fullmatch(rest)
    if found is None or (found.group("list") is None and rest[found.end("verb") :].lstrip().startswith("[")):
        return "`remote-meeting: ignore[RULE] reason` is how a finding is silenced: this comment is not read."
    verb = found.group("verb").lower()
    if verb not in ("ignore", "ignore-file"):
        return f"There is `ignore` and `ignore-file`, and no {verb!r}: this comment is not read."
    reason = found.group("reason").strip(" \t-\u2013\u2014")
    if found.group("list") is None:
        if verb == "ignore-file":
            return "`ignore-file` names its rules, as in `ignore-file[RM701]`: this comment is not read."
        first = re.split(r"[\s,:;]", reason, maxsplit=1)[0]
        if first.casefold() in ids:
            # Read as a reason, it would silence every rule.
            return f"Rules stand in brackets, as in `ignore[{first}]`: this comment is not read."
        return verb, None, reason, []
    names = [name.strip() for name in found.group("rules").split(",")]
    if not all(names):
        return f"A rule is missing between the brackets of `{verb}`: this comment is not read."
    known = frozenset(ids[name.casefold()] for name in names if name.casefold() in ids)
    return verb, known, reason, [name for name in names if name.casefold() not in ids]


def _needless(order: Order, used: set[tuple[int, str]], asked: Collection[str] | None) -> Iterator[Warned]:
    if order.rules is None:
        if asked is None and not any(line == order.line for line, _ in used):
            yield Warned(order.line, "This comment silences nothing: take it away.")
        return
    idle = sorted(rule for rule in order.rules if (order.line, rule) not in used and (asked is None or rule in asked))
    if idle:
        yield Warned(order.line, f"This comment silences nothing of {', '.join(idle)}: take that away.")


class _Lines:
    """Which lines of a text are comments and nothing else."""

    def __init__(self, text: str, comments: Sequence[Span]) -> None:
        self._text = text
        self._starts = [0, *(found.end() for found in _LINE_END.finditer(text))]
        self._below: dict[int, int] = {}
        self._comments: list[Span] = []
        for start, end in sorted(comments):
            if self._comments and start < self._comments[-1][1]:
                start, end = self._comments[-1][0], max(end, self._comments.pop()[1])
            self._comments.append((start, end))

    def of(self, offset: int) -> int:
        """The line of a place, from 1."""
        return bisect_right(self._starts, offset)

    def below(self, line: int) -> int | None:
        """The line that a comment alone on its line speaks of: the next that is no comment; None when not alone."""
        last, passed = line, []
        while last not in self._below and last <= len(self._starts) and self._is_comment(last):
            passed.append(last)
            last += 1
        target = self._below.get(last, last)
        # Comments above each other speak of the same line, which is looked for once.
        self._below.update(dict.fromkeys(passed, target))
        return None if target == line else target

    def _is_comment(self, line: int) -> bool:
        start = self._starts[line - 1]
        stop = self._starts[line] if line < len(self._starts) else len(self._text)
        # Several comments on one line, or one over several lines: what is left of the line tells.
        first = bisect_right(self._comments, start, key=lambda span: span[1])
        here = list(takewhile(lambda span: span[0] < stop, islice(self._comments, first, None)))
        if not here:
            return False
        before, behind = self._text[start : max(start, here[0][0])], self._text[here[-1][1] : stop]
        between = "".join(self._text[one[1] : other[0]] for one, other in pairwise(here))
        return bool(_BEFORE.match(before) and not between.strip() and _BEHIND.match(behind))
