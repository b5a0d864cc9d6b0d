"""`remote-meeting status`, `result`, `list` and `delete`."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

import click

from remote_meeting_backends import MeetingNotReady, MeetingStatus
from remote_meeting_backends.store import MeetingRecord

from ..formats import plain
from ..standing import Standing
from .common import check_output, client, colour, deliver, format_option, notice, output_option, run
from .progress import wait_for

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@click.argument("meeting_id", metavar="ID")
@json_option
@click.pass_context
def status(context: click.Context, meeting_id: str, as_json: bool) -> None:
    """Show how a meeting stands, who works on it and why."""

    async def work() -> Standing:
        async with client(context) as service:
            return await service.meetings.look(meeting_id)

    standing = run(work())
    facts = _facts(standing)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    for name, value in facts.items():
        if value is not None:
            click.echo(f"{name.replace('_', ' '):>16}  {plain(str(value))}")


@click.command()
@click.argument("meeting_id", metavar="ID")
@click.option("--wait", is_flag=True, help="Wait until the meeting is over.")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait at most this long.")
@format_option
@output_option
@click.pass_context
def result(
    context: click.Context, meeting_id: str, wait: bool, timeout: float | None, format_name: str, output: str | None
) -> None:
    """Print who said what in a meeting."""

    async def work() -> None:
        check_output(output)
        async with client(context) as service:
            if wait:
                transcript = await wait_for(service, meeting_id, timeout=timeout, quiet=False)
            else:
                standing = await service.meetings.look(meeting_id)
                if not standing.is_over:
                    raise MeetingNotReady(
                        f"Meeting {meeting_id} is {standing.status}{_share(standing.progress)}: "
                        f"try again later, or wait with --wait.",
                        meeting_id=meeting_id,
                    )
                transcript = await service.meetings.transcript(standing)
        deliver(transcript, format_name, output)

    run(work())


@click.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many at most.")
@json_option
@click.pass_context
def list_meetings(context: click.Context, limit: int, as_json: bool) -> None:
    """List meetings, the newest first."""

    async def work() -> tuple[list[MeetingRecord], str]:
        async with client(context) as service:
            return await service.meetings.newest(limit), service.meetings.store.name

    records, store = run(work())
    if as_json:
        click.echo(json.dumps([_record_facts(record) for record in records], ensure_ascii=False, indent=2))
        return
    if not records:
        notice(f"No meetings in {store}.")
        return
    _table(records)


@click.command()
@click.argument("meeting_id", metavar="ID")
@click.pass_context
def delete(context: click.Context, meeting_id: str) -> None:
    """Forget a meeting: what was said in it and where its audio is. The audio file itself stays."""

    async def work() -> None:
        async with client(context) as service:
            await service.delete_remote_transcription(meeting_id)

    run(work())
    notice(f"Deleted meeting {meeting_id}.")


def _facts(standing: Standing) -> dict[str, Any]:
    facts: dict[str, Any] = {"meeting_id": standing.meeting_id, "status": standing.status.value}
    if standing.record is not None:
        facts |= _record_facts(standing.record)
    else:
        facts |= {"backend": standing.backend, "progress": standing.progress}
    problem = standing.problem
    known = problem is not None and standing.status is not MeetingStatus.FAILED
    facts["problem"] = problem.message if problem is not None and known else None
    return facts


def _record_facts(record: MeetingRecord) -> dict[str, Any]:
    error = record.error
    return {
        "meeting_id": record.meeting_id,
        "status": record.status.value,
        "progress": round(record.progress, 4),
        "mode": record.mode,
        "backend": record.backend,
        "routing": record.routing_reason,
        "audio": record.audio,
        "audio_seconds": None if record.audio_seconds is None else round(record.audio_seconds, 3),
        "created_at": _when(record.created_at),
        "updated_at": _when(record.updated_at),
        "finished_at": _when(record.finished_at),
        "error_code": error.code if error else None,
        "error": error.message if error and error.message else None,
        "request_id": error.request_id if error else None,
    }


def _table(records: list[MeetingRecord]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name in ("Meeting", "Status", "Done", "Backend", "Created (UTC)", "Length"):
        table.add_column(name, overflow="fold", no_wrap=name != "Meeting")
    for record in records:
        cells = (
            record.meeting_id,
            record.status.value,
            f"{record.progress:.0%}",
            record.backend,
            f"{record.created_at:%Y-%m-%d %H:%M}",
            "" if record.audio_seconds is None else f"{record.audio_seconds:.1f} s",
        )
        table.add_row(*(Text(plain(cell)) for cell in cells))
    width = None if sys.stdout.isatty() else 200
    Console(no_color=not colour(sys.stdout), highlight=False, width=width).print(table)


def _when(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment is not None else None


def _share(progress: float | None) -> str:
    return f" ({progress:.0%} done)" if progress else ""
