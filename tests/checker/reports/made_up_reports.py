"""Rules, findings and reports that nobody wrote: what the formats are tried on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from remote_meeting.checker.dates import MULTICHANNEL, REST_V3, Retirement
from remote_meeting.checker.model import Certainty, Edit, Finding, Fix, NotRead, Report, Silenced, Way
from remote_meeting.checker.reports import Context
from remote_meeting.checker.rule import Example, Match, Rule

if TYPE_CHECKING:
    from remote_meeting.checker.source import Source

DAY = date(2026, 11, 27)
SOURCE = "    client = RemoteClient(config)"
EVERY_WAY = {
    Way.FACADE: "Import the same name from `remote_meeting`.",
    Way.GATEWAY: "Point the endpoint at `remote-meeting serve`.",
    Way.REWRITE: "Use another transcriber.",
}
CONTEXT = Context(version="1.2.3")


def _find(_source: Source) -> Iterable[Match]:
    return ()


def rule(
    rule_id: str,
    name: str,
    ways: Iterable[Way] = tuple(Way),
    retirement: Retirement | None = MULTICHANNEL,
    hours: float = 0.5,
    once: float = 0.0,
    **other: str,
) -> Rule:
    """A rule that finds nothing by itself."""
    return Rule(
        id=rule_id,
        name=name,
        family=other.get("family", "Retired interfaces"),
        title=other.get("title", f"The {name} is gone"),
        message="{what} {retired}.",
        why=other.get("why", f"The service behind the {name} was switched off."),
        find=_find,
        triggers=(),
        ways={way: EVERY_WAY[way] for way in ways},
        examples={"Python": Example("old()", {Way.FACADE: "new()"})},
        links=("https://example.com/read?a=1&b=2",),
        retirement=retirement,
        hours=hours,
        once=once,
    )


RULES = {
    one.id: one
    for one in (
        rule("RM101", "remote-client", once=2),
        rule("RM201", "old-transcriber", hours=1),
        rule("RM701", "rest-v3", ways=[Way.REWRITE], retirement=REST_V3, hours=2, once=4),
        rule("RM801", "still-there", ways=[Way.REWRITE], retirement=None),
        rule("RM900", "gone-today", retirement=Retirement("a thing", DAY, "https://example.com")),
        rule("RM901", "gone-tomorrow", retirement=Retirement("a thing", date(2026, 11, 28), "https://example.com")),
    )
}


def finding(
    rule_id: str = "RM101",
    path: str = "src/app.py",
    line: int = 10,
    language: str = "Python",
    source: str = SOURCE,
    what: str = "RemoteClient",
    unsure: bool = False,
    message: str = "",
    fix: bool = False,
) -> Finding:
    """A finding of the words `what` in a source line."""
    column = source.index(what) + 1
    return Finding(
        rule=rule_id,
        path=path,
        line=line,
        column=column,
        end_line=line,
        end_column=column + len(what),
        source=source,
        source_column=column,
        message=message or f"{what} was retired on 2025-03-28: swap the import.",
        certainty=Certainty.UNSURE if unsure else Certainty.FOUND,
        language=language,
        fix=Fix("Swap the import", (Edit(0, 1, "x"),)) if fix else None,
    )


def report(*findings: Finding, clean: int = 0, language: str = "Python", **fields: Any) -> Report:
    """A report of these findings, in its order, and of so many clean files."""
    ordered = tuple(sorted(findings, key=lambda one: (one.path, one.line, one.column, one.rule)))
    dirty = Counter(language for _, language in {(one.path, one.language) for one in ordered})
    files = dirty + Counter({language: clean})
    made = Report(as_of=DAY, findings=ordered, files=dict(files), files_with_findings=dict(dirty), seconds=0.25)
    return replace(made, **fields)


HOSTILE_PATH = "src/a\nb|`c`,d:e%<i>é\x1b[31m #?.py"
HOSTILE_SOURCE = "\tx = '</code><script>alert(1)</script>' | RemoteClient \x1b[2J\u202e`` $(id) ${y} \\|"
HOSTILE_MESSAGE = "<img src=x onerror=alert(1)> | `a|b` @everyone ::error::x\n::warning::y % \x07 " + "w" * 200


def hostile() -> Report:
    """What somebody could have put into a repository to break the report of it."""
    bad = finding(path=HOSTILE_PATH, source=HOSTILE_SOURCE, message=HOSTILE_MESSAGE)
    half = finding(path="src/\udcff.py", language="C#<b>")
    return report(
        bad,
        half,
        silenced=(Silenced(replace(bad, line=90, end_line=90), "comment", HOSTILE_MESSAGE),),
        not_read=(NotRead("src/b\r\n::error::z\udc80.bin", "larger than | 4 <MiB>"),),
        skipped={"ignored <b>|": 3},
    )


def mixed() -> Report:
    """A little of everything."""
    old = "\tvar t = new ConversationTranscriber(audio);"
    url = 'url = base + "/speechtotext/v3.1/transcriptions"'
    return report(
        finding(fix=True),
        finding("RM701", "src/rest.py", 3, source=url, what="speechtotext/v3.1"),
        *(
            finding("RM201", "app/Old.cs", line, "C#", source=old, what="ConversationTranscriber")
            for line in range(10, 20)
        ),
        finding("RM201", "app/New.cs", 4, "C#", source=old, what="ConversationTranscriber", unsure=True),
        clean=7,
        silenced=(Silenced(finding(line=2), "baseline"), Silenced(finding(line=4), "comment", "kept for the archive")),
        not_read=(NotRead("data/big.json", "larger than 4 MiB"),),
        skipped={"ignored": 12, "vendored": 3},
    )


def many(count: int = 5000) -> Report:
    """As much as a large code base holds."""
    rules = list(RULES)
    return report(
        *(
            finding(
                rules[at * 7 % len(rules)],
                f"services/part{at // 500}/module{at // 20}/file{at // 5}.{'cs' if at % 2 else 'py'}",
                at % 400 + 1,
                "C#" if at % 2 else "Python",
                unsure=at % 11 == 0,
            )
            for at in range(count)
        ),
        clean=900,
    )
