"""`remote-meeting emulate`: the speech to text REST API and real-time transcription, on this machine."""

from __future__ import annotations

from pathlib import Path

import click

from remote_meeting_backends import InvalidInput, Transcript
from remote_meeting_backends.extras import need

from .common import notice

DEFAULT_PORT = 8438
WHAT = "The emulator"


@click.command(short_help="Answer as the speech to text REST API does.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True, help="0 picks a free one."
)
@click.option("--key", "keys", metavar="KEY", multiple=True, help="Subscription key to accept; may be repeated.")
@click.option("--script", metavar="FILE", type=click.Path(path_type=Path), help="A transcript to answer with (JSON).")
@click.option(
    "--progression", "mode", metavar="MODE", default="immediate", show_default=True, help="When batch jobs are over."
)
@click.option("--state", metavar="FILE", type=click.Path(path_type=Path), help="SQLite file to keep jobs in.")
def emulate(host: str, port: int, keys: tuple[str, ...], script: Path | None, mode: str, state: Path | None) -> None:
    """Answer as the speech services do: batch, fast and real-time transcription, for development and tests.

    Audio is transcribed on this machine, or answered with a script: a transcript as `result --format json` prints it,
    or {"phrases": [{"speaker": 1, "text": "Good morning.", "offset_seconds": 0.5, "duration_seconds": 1.2}]}.

    \b
    MODE says when a batch job is over, once its transcription is:
      immediate   at once
      polls:N     at the Nth time that somebody asks
      seconds:N   after N seconds

    Speech SDKs take ws://HOST:PORT/stt/speech/universal/v2 as their endpoint.

    Faults are ordered under /_emulator/, from this machine, without a key.
    """
    need("uvicorn", extra="emulator", what=WHAT)
    need("starlette", extra="emulator", what=WHAT)
    from remote_meeting_backends.emulator import EMULATOR_KEY, Progression, Settings, create_app
    from remote_meeting_backends.serving import address_of, listen, run

    settings = Settings(
        keys=keys or (EMULATOR_KEY,),
        progression=Progression.parse(mode),
        script=None if script is None else _script(script),
        state=state,
    )
    listener = listen(host, port, what=WHAT)
    where = address_of(listener)

    def announce() -> None:
        notice(f"Listening on {where} (Ctrl-C ends it)")
        # A key of the caller's own is not for the screen; the well-known one is no secret.
        shown = "…" if keys else EMULATOR_KEY
        notice(f"Try it: SPEECH_KEY={shown} SPEECH_ENDPOINT={where} remote-meeting transcribe FILE --backend fast")

    run(create_app(settings), listener, what=WHAT, announce=announce)


def _script(path: Path) -> Transcript:
    from remote_meeting_backends.emulator.scripts import parse_script

    try:
        return parse_script(path.read_bytes())
    except OSError as error:
        raise InvalidInput(f"The script {path} cannot be read: {error.strerror or error}.") from error
