"""`transcribe --no-wait`: the same command in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Collection

import click
from click.core import ParameterSource


def same_command(context: click.Context, leave_out: Collection[str], *more: str) -> list[str]:
    """This command's line, made from what was understood of it, not from its text.

    Args:
        context: The command's.
        leave_out: Parameters that are not passed on, by name.
        more: Options that are added.
    """
    options: list[str] = []
    arguments: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        value = context.params.get(name)
        if name in leave_out or value is None or context.get_parameter_source(name) is ParameterSource.DEFAULT:
            continue
        if isinstance(parameter, click.Argument):
            arguments.append(str(value))
        elif isinstance(value, tuple):
            options += [f"{max(parameter.opts, key=len)}={one}" for one in value]
        elif not isinstance(value, bool):
            options.append(f"{max(parameter.opts, key=len)}={value}")
        elif value:
            options.append(max(parameter.opts, key=len))
    store = [] if context.obj is None else [f"--store={context.obj}"]
    return [*store, context.command.name or "", *options, *more, "--", *arguments]


def start(command: list[str]) -> None:
    """Start a process that outlives this one; return once it has said, by its first line, that the work has begun.

    Raises:
        Exit: It ended before; its words and its exit code are ours then.
    """
    with tempfile.TemporaryFile() as said:
        # -P: a file of the current folder that is named like a module is none of ours.
        child = subprocess.Popen(  # noqa: S603  (our own program)
            [sys.executable, "-P", "-m", "remote_meeting.cli", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        try:
            with child.stdout or tempfile.TemporaryFile() as first_words:
                begun = first_words.readline()
            code = 0 if begun else child.wait()
        except BaseException:
            child.terminate()
            child.wait()
            raise
        if begun:
            # Let go on purpose: Popen need not warn that it still runs.
            child.returncode = 0
            return
        said.seek(0)
        click.echo(said.read().decode(errors="replace"), nl=False, err=True)
    raise click.exceptions.Exit(code if code > 0 else 1)
