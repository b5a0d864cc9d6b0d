"""`remote-meeting check`: what was retired in a code base, what to do about it, and the part that can be mended."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from remote_meeting_backends import InvalidInput
from remote_meeting_backends.extras import need

from .._version import __version__
from .common import colour, fail, notice
from .exits import CannotWrite, exit_code
from .writing import check_output, deliver_text

if TYPE_CHECKING:
    from ..checker.asking import Asked
    from ..checker.checking import Checked
    from ..checker.mending import Mended
    from ..checker.model import Report

CLEAN, FOUND, NOT_READ = 0, 1, 3
FORMATS = ("text", "json", "sarif", "github", "html", "markdown")
EPILOG = """\b
Exit codes:
    0  nothing was found (or --exit-zero)
    1  something was found
    2  wrong usage
    3  nothing was found, and something could not be read
"""


@click.command(epilog=EPILOG, short_help="Find what was retired in a code base.")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--format", "format_name", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Write the report to a file.")
@click.option("--diff", is_flag=True, help="Print what --fix would change, as a patch; change nothing.")
@click.option("--fix", is_flag=True, help="Change what is certain: all files or none, in a clean git tree.")
@click.option("--force", is_flag=True, help="Let --fix change what git could not bring back.")
@click.option("--gateway", metavar="URL", help="The address that fixes put in the retired service's place.")
@click.option("--select", metavar="RULE,...", multiple=True, help="Only these rules (ids, names, families).")
@click.option("--ignore", metavar="RULE,...", multiple=True, help="Not these rules.")
@click.option("--extend", metavar="RULE,...", multiple=True, help="These as well, of those that are off.")
@click.option("--exclude", metavar="PATTERN", multiple=True, help="Leave these out, as in .gitignore.")
@click.option("--baseline", metavar="FILE", type=click.Path(path_type=Path), help="Known findings, which are silent.")
@click.option("--write-baseline", metavar="FILE", type=click.Path(path_type=Path), help="Write what is found there.")
@click.option("--as-of", metavar="DATE", help="Report as of that day, as in 2026-03-31; default: today.")
@click.option("--max-size", metavar="SIZE", help="Files over it are not read; default: 4 MiB.")
@click.option("--stdin-name", metavar="NAME", default="stdin.py", show_default=True, help="What - would be called.")
@click.option("--no-config", is_flag=True, help="Take no notice of pyproject.toml and .remote-meeting.toml.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever was found.")
@click.option("-q", "--quiet", is_flag=True, help="No notices.")
def check(paths: tuple[Path, ...], **options: Any) -> None:
    """Find what was retired of Azure Speech in files and folders (default: here; - for the standard input).

    Meetings, old conversation transcribers, their remote clients, voice signatures and speech to text REST v2 to v3.2,
    in twelve languages, project files, settings and scripts. Nothing is built or sent; only --fix changes anything.
    """
    need("tree_sitter", extra="check", what="The check")
    need("ahocorasick_rs", extra="check", what="The check")
    from ..checker.asking import ask
    from ..checker.checking import check as look
    from ..checker.checking import check_text
    from ..wording import counted

    _refuse_contradictions(paths, options)
    check_output(options["output"])
    asked = ask(paths or (Path(),), options, today=datetime.now(UTC).astimezone().date())
    if paths == (Path("-"),):
        checked = check_text(sys.stdin.buffer.read(asked.options.limit + 1), options["stdin_name"], asked.options)
    else:
        checked = look(paths or (Path(),), asked.options)
    report, gone = asked.answer(checked.report)
    if not options["quiet"]:
        for shown, warned in checked.warnings:
            notice(f"{shown}:{warned.line}: {warned.message}")
        if gone:
            notice(f"{counted(gone, 'finding')} of the baseline found no more: write it anew with --write-baseline.")
    if options["diff"] or options["fix"]:
        _mend(checked, report, asked, options)
        return
    if options["write_baseline"] is not None:
        _write_baseline(checked.report, options["write_baseline"], options)
        return
    deliver_text(_rendered(report, paths, options), options["output"])
    _leave(report, options)


def _leave(report: Report, options: dict[str, Any]) -> None:
    """End with the code of what was found."""
    if options["exit_zero"]:
        return
    code = FOUND if report.findings else NOT_READ if report.not_read else CLEAN
    if code:
        raise click.exceptions.Exit(code)


def _refuse_contradictions(paths: tuple[Path, ...], options: dict[str, Any]) -> None:
    """Say what does not go together.

    Raises:
        InvalidInput: It does not.
    """
    if Path("-") in paths and len(paths) > 1:
        raise InvalidInput("- is the standard input, and stands by itself: name files, or -, not both.")
    for first, second in (("diff", "fix"), ("fix", "write_baseline"), ("diff", "write_baseline")):
        if options[first] and options[second]:
            raise InvalidInput(f"--{first} and --{second.replace('_', '-')} are two orders: give one of them.")
    if Path("-") in paths and (options["fix"] or options["diff"]):
        raise InvalidInput("The standard input cannot be mended: name the file.")
    for path in paths:
        if path != Path("-") and not path.exists() and not path.is_symlink():
            raise InvalidInput(f"{path} does not exist: name files or folders that do.")


def _rendered(report: Report, paths: tuple[Path, ...], options: dict[str, Any]) -> str:
    from ..checker import reports
    from ..checker.rules import RULES

    to_screen = options["format_name"] == "text" and options["output"] in (None, "-")
    named = [str(path) for path in paths if path not in (Path(), Path("-"))]
    where = ", ".join(named[:3]) + (f" and {len(named) - 3} more" if len(named) > 3 else "")
    context = reports.Context(
        version=__version__,
        where=where or ("the standard input" if paths == (Path("-"),) else "this folder"),
        colour=to_screen and colour(sys.stdout),
        width=shutil.get_terminal_size().columns if to_screen and sys.stdout.isatty() else 0,
    )
    return reports.FORMATS[options["format_name"]](report, RULES, context)


def _mend(checked: Checked, report: Report, asked: Asked, options: dict[str, Any]) -> None:
    """Show what fixes would change, or make them."""
    from ..checker.diffs import for_screen, patch
    from ..checker.fixing import NotWritten
    from ..checker.mending import plan_all, write_all

    mended = plan_all(checked, report.findings, asked.options)
    if options["diff"]:
        data = patch(mended.plans)
        to_screen = options["output"] in (None, "-") and sys.stdout.isatty()
        deliver_text(for_screen(data, colour=colour(sys.stdout)) if to_screen else data, options["output"])
        _tell_left(report, mended, options)
        if mended.plans and not options["exit_zero"]:
            raise click.exceptions.Exit(FOUND)
        return
    if mended.plans:
        try:
            mended = write_all(mended, force=options["force"])
        except NotWritten as error:
            fail(error, code=exit_code(CannotWrite("")))
    _tell_mended(mended)
    _tell_left(report, mended, options)
    if len(report.findings) > len(mended.applied) and not options["exit_zero"]:
        raise click.exceptions.Exit(FOUND)


def _tell_mended(mended: Mended) -> None:
    from ..wording import counted

    if not mended.plans:
        notice("Nothing to mend: no finding has a fix whose meaning is certain.")
        return
    notice(f"Mended {counted(len(mended.applied), 'finding')} in {counted(len(mended.plans), 'file')}:")
    for plan in mended.plans:
        notice(f"  {plan.shown}: {', '.join(sorted({finding.rule for finding in plan.applied}))}")
    for line in mended.undo:
        notice(f"Undo: {line}" if line.startswith("git ") else line)


def _tell_left(report: Report, mended: Mended, options: dict[str, Any]) -> None:
    from ..wording import counted

    if options["quiet"]:
        return
    for left in mended.left:
        notice(f"{left.finding.path}:{left.finding.line}: {left.finding.rule} stays: {left.reason}.")
    rest = len(report.findings) - len(mended.applied)
    if rest:
        have = "has" if rest == 1 else "have"
        notice(f"{counted(rest, 'finding')} {have} no certain fix: `remote-meeting check` names them.")


def _write_baseline(report: Report, path: Path, options: dict[str, Any]) -> None:
    from ..checker import baseline
    from ..wording import counted

    made = baseline.of(report.findings)
    baseline.write(path, made)
    if not options["quiet"]:
        notice(f"Wrote {counted(len(report.findings), 'finding')} to {path}.")


@click.command(name="rules", short_help="List the check's rules.")
def list_rules() -> None:
    """List the rules of `check`, by family."""
    from ..checker.explaining import listed

    deliver_text(listed(), None)


@click.command(short_help="Explain a rule of the check.")
@click.argument("rule", metavar="RULE")
@click.option("--language", metavar="NAME", help="Show examples in this language only, as in C# or python.")
@click.option("--as-of", metavar="DATE", help="As of that day; default: today.")
def explain(rule: str, language: str | None, as_of: str | None) -> None:
    """Why a rule finds what it finds, and what to do: before and after, by way in. RULE is an id or a name."""
    from ..checker.asking import day_of
    from ..checker.explaining import explained

    today: date = day_of(as_of) if as_of else datetime.now(UTC).astimezone().date()
    deliver_text(explained(rule, language, today), None)
