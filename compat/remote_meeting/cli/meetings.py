"""`remote-meeting status`, `result`, `list` and `delete`."""

from __future__ import annotations

import json

import click

from remote_meeting_backends import MeetingNotReady

from ..screen import plain
from ..standing import Standing
from .common import (
    Seconds,
    client,
    id_argument,
    json_option,
    notice,
    output_option,
    quiet_option,
)
from .facts import facts, lines, standing_of
from .output import deliver, format_option
from .progress import wait_for
from .running import how_to_go_on, run
from .table import table
from .writing import check_output, put


@click.command(short_help="Show how a meeting stands.")
@id_argument
@json_option
@click.pass_context
def status(context: click.Context, meeting_id: str, as_json: bool) -> None:
    """Show how a meeting stands, who works on it and why."""

    async def work() -> Standing:
        async with client(context) as service:
            return await service.meetings.look(meeting_id)

    standing = run(work())
    if as_json:
        _print_json(facts(standing))
        return
    put("".join(f"{name:>13}  {plain(value)}\n" for name, value in lines(standing)))


@click.command(short_help="Print who said what in a meeting.")
@id_argument
@click.option("--wait", is_flag=True, help="Wait until the meeting is over.")
@click.option("--timeout", type=Seconds(), metavar="SECONDS", help="With --wait: wait at most this long.")
@quiet_option
@format_option
@output_option
@click.pass_context
def result(
    context: click.Context,
    meeting_id: str,
    wait: bool,
    timeout: float | None,
    quiet: bool,
    format_name: str,
    output: str | None,
) -> None:
    """Print who said what in a meeting."""
    if timeout is not None and not wait:
        raise click.UsageError("--timeout says how long to wait: give it with --wait.")

    async def work() -> None:
        check_output(output)
        async with client(context) as service:
            if wait:
                transcript = await wait_for(service, meeting_id, timeout=timeout, quiet=quiet)
            else:
                standing = await service.meetings.look(meeting_id)
                if not standing.is_over:
                    raise MeetingNotReady(
                        f"Meeting {meeting_id} is {standing.status}{_share(standing.progress)}: "
                        f"try again later, or wait with --wait.",
                        meeting_id=meeting_id,
                    )
                transcript = await service.meetings.transcript(standing)
        if deliver(transcript, format_name, output) and not quiet:
            notice(f"Wrote {output}")

    run(work(), advice=lambda: how_to_go_on(context, meeting_id))


@click.command("list", short_help="List meetings, the newest first.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many at most.")
@json_option
@click.pass_context
def list_meetings(context: click.Context, limit: int, as_json: bool) -> None:
    """List meetings, the newest first, as the store knows them."""

    async def work() -> tuple[list[Standing], str]:
        async with client(context) as service:
            now = service.meetings.runtime.now()
            records = await service.meetings.newest(limit)
            return [standing_of(record, now) for record in records], service.meetings.store.name

    standings, store = run(work())
    if as_json:
        _print_json([facts(standing) for standing in standings])
    elif not standings:
        notice(f"No meetings in {store}.")
    else:
        put(table(standings))


@click.command(short_help="Forget a meeting; the audio file stays.")
@id_argument
@quiet_option
@click.pass_context
def delete(context: click.Context, meeting_id: str, quiet: bool) -> None:
    """Forget a meeting: what was said in it and where its audio is. The audio file itself stays."""

    async def work() -> bool:
        async with client(context) as service:
            return await service.meetings.delete(meeting_id)

    gone = run(work())
    if not quiet and gone:
        notice(f"Deleted meeting {meeting_id}.")
    elif not gone:
        notice(
            f"Deleted meeting {meeting_id} here. The service deletes nothing that it still works on: "
            f"it is asked again by the next delete or transcribe."
        )


def _print_json(value: object) -> None:
    # JSON is UTF-8 whatever the terminal speaks.
    put((json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode())


def _share(progress: float | None) -> str:
    return f" ({progress:.0%} done)" if progress else ""
