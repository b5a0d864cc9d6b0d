"""Where a command's result goes: the standard output, or a file that is either the whole of it or not there."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from remote_meeting_backends import InvalidInput

from .exits import CannotWrite

STDOUT = "-"


def check_output(output: str | None, audio: str | None = None) -> None:
    """Find out before hours of work whether the result can be written.

    Raises:
        InvalidInput: It would overwrite the recording.
        CannotWrite: The folder is not there, or it or the file may not be written.
    """
    if output is None or output == STDOUT:
        return
    path = Path(output).resolve()
    if audio is not None and path == Path(audio).resolve():
        raise InvalidInput(f"{output} is the audio itself: write to another file.")
    with writing(output):
        if path.exists():
            os.close(os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0)))
        if _is_replaced(path):
            # Only an attempt tells: permissions say nothing of read-only disks, quotas and root.
            with tempfile.TemporaryFile(dir=path.parent):
                pass


def deliver_text(text: str | bytes, output: str | None) -> None:
    """Print a text, or write it to a file, whole.

    Raises:
        CannotWrite: It cannot be written.
    """
    if output is None or output == STDOUT:
        put(text)
    else:
        write(output, text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text)


def put(text: str | bytes) -> None:
    """Print a command's result.

    Raises:
        CannotWrite: The disk behind the standard output is full, or the like.
        BrokenPipeError: Whoever read it left.
    """
    if isinstance(text, str) and sys.stdout is not None:
        # A character that the terminal's encoding lacks is shown by its number.
        text = text.encode(sys.stdout.encoding, "backslashreplace").decode(sys.stdout.encoding)
    with writing("The standard output"):
        try:
            click.echo(text, nl=False)
        except OSError:
            forget_broken_streams()
            raise


def forget_broken_streams() -> None:
    """What cannot be written is dropped, or the interpreter would try again at its end, and complain."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with Path(os.devnull).open("w") as nowhere, contextlib.suppress(OSError, ValueError):
                os.dup2(nowhere.fileno(), stream.fileno())


def write(output: str, content: bytes) -> None:
    path = Path(output).resolve()
    with writing(output):
        if not _is_replaced(path):
            path.write_bytes(content)
            return
        partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            partial.write_bytes(content)
            if path.exists():
                shutil.copymode(path, partial)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


def _is_replaced(path: Path) -> bool:
    """A device or a pipe is written to; anything else is replaced whole."""
    return path.is_file() or not path.exists()


@contextlib.contextmanager
def writing(where: str) -> Iterator[None]:
    """Raises CannotWrite where a file cannot be written.

    Args:
        where: The file, as the start of a sentence.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CannotWrite(f"{where} cannot be written: {error.strerror or error}.") from error
