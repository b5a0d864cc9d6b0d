"""`remote-meeting doctor`: what stands between this machine and a transcript."""

from __future__ import annotations

import json
import os
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING

import click

from remote_meeting_backends import RemoteMeetingError, SystemRuntime

from ..config import AzureOptions, connection_of
from .account import azure_options, speech_config
from .common import Seconds, colour, json_option, notice
from .running import run
from .writing import put

if TYPE_CHECKING:
    from ..doctor import Finding, Subject

COLOURS = {"ok": "green", "warning": "yellow", "problem": "red", "skipped": "bright_black"}
STATUS_WIDTH, CHECK_WIDTH = 7, 11
UNHEALTHY = 1


@click.command(short_help="Find out what keeps meetings from being transcribed.")
@click.argument("files", metavar="[FILE|URL]...", nargs=-1, type=click.Path())
@click.option(
    "--timeout",
    type=Seconds(),
    metavar="SECONDS",
    default=10.0,
    show_default=True,
    help="How long the network may take for each answer.",
)
@json_option
@click.pass_context
def doctor(context: click.Context, files: tuple[str, ...], timeout: float, as_json: bool) -> None:
    """Check the account, its region or endpoint, the clock, every backend, the storage, the meeting store, what is
    installed, and audio files: which backends could take them, and why not.

    It only reads: nothing is transcribed, created or billed.

    Exits with 0 when nothing is a problem, with 1 when something is.
    """
    if timeout <= 0:
        raise click.BadParameter("it is more than 0 seconds.", param_hint="--timeout")
    from ..doctor import Status, examine, report

    subject = _subject(context.obj, files, timeout)

    async def work() -> list[Finding]:
        findings = []
        async with aclosing(examine(subject, SystemRuntime())) as found:
            async for finding in found:
                findings.append(finding)
                if not as_json:
                    put(_line(finding))
        return findings

    findings = run(work())
    if as_json:
        put(json.dumps(report(findings), ensure_ascii=False, indent=2) + "\n")
    number = sum(finding.status is Status.PROBLEM for finding in findings)
    if not as_json:
        notice(f"{number or 'No'} {'problem' if number == 1 else 'problems'}.")
    if number:
        raise click.exceptions.Exit(UNHEALTHY)


def _subject(store: str | None, files: tuple[str, ...], timeout: float) -> Subject:
    """What the environment names, and why something in it cannot be used: that is a finding, no end of the command."""
    from ..doctor import Account, Subject

    options, storage_trouble, connection, trouble = AzureOptions(), None, None, None
    try:
        options = azure_options()
    except RemoteMeetingError as error:
        storage_trouble = error.message
    try:
        connection = connection_of(speech_config(), options)
    except RemoteMeetingError as error:
        trouble = error.message
    account = Account(os.environ, connection, trouble)
    return Subject(account, options.storage, storage_trouble, store, files, timeout)


def _line(finding: Finding) -> str:
    status = finding.status.value.ljust(STATUS_WIDTH)
    if colour(sys.stdout):
        status = click.style(status, fg=COLOURS[finding.status.value])
    return f"{status}  {finding.check:<{CHECK_WIDTH}}  {finding.message}\n"
