"""`remote-meeting api-key`: a new key for an app, and its line for the gateway's list of keys."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import click

from .common import notice

KEY_BYTES = 32


@click.command("api-key", short_help="Make a key that the gateway takes.")
@click.argument("name", metavar="NAME")
@click.option(
    "--file",
    "path",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The gateway's list of keys, to add the key to; made when it is not there.",
)
def api_key(name: str, path: Path | None) -> None:
    """Make a key that the gateway takes, and print it, once: the list of keys holds only its hash.

    NAME says whose it is, in the list and in the gateway's log. A gateway that runs with `serve --api-keys FILE` takes
    the key as soon as its line is there, and no more when the line is gone.
    """
    from ..gateway.callers import check_name, hash_of
    from .writing import put

    key = secrets.token_hex(KEY_BYTES)
    line = f"{check_name(name)} {hash_of(key)}"
    if path is not None:
        _append(path, name, line)
    put(f"{key}\n")
    if path is not None:
        notice(f"The key of {name}, shown this once; its hash was added to {path}.")
    else:
        notice("The key is shown this once. This is its line for the gateway's list of keys (serve --api-keys FILE):")
        notice(line)


def _append(path: Path, name: str, line: str) -> None:
    from remote_meeting_backends import InvalidInput

    from ..gateway.callers import names_in
    from .writing import writing

    if path.exists() and name in names_in(path):
        raise InvalidInput(f"{path} has a key named {name} already: choose another name, or remove its line first.")
    with writing(str(path)):
        opened = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(opened, "rb+", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 1))
            begins = size == 0 or file.read(1) == b"\n"
            file.write(f"{'' if begins else chr(10)}{line}\n".encode())
