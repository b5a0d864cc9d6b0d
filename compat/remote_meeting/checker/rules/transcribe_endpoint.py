"""RM602: the host that meetings were sent to and fetched from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import MULTICHANNEL
from ..endpoints import TRANSCRIBE, hosts
from ..model import Way
from ..rule import Example, Match, Rule
from .samples import MEETING_DOCS, SOCKET_URL

if TYPE_CHECKING:
    from ..source import Source


def find(source: Source) -> Iterator[Match]:
    """`transcribe.REGION.cts.speech.microsoft.com`, or its path for the audio of an array."""
    return hosts(source, TRANSCRIBE)


RULE = Rule(
    id="RM602",
    name="transcribe-endpoint",
    family="Endpoints",
    title="The host transcribe.REGION.cts.speech.microsoft.com",
    message="{what} is the address of a service that {retired}.",
    why="Meetings were streamed to this host, and their transcripts fetched from it. The SDKs built the address "
    "themselves; "
    "who wrote it down did so for a proxy, a firewall or a poll by hand.",
    find=find,
    triggers=(
        "cts.speech.",
        "multiaudio",
        "dynamicaudio",
    ),
    ways={
        Way.GATEWAY: "Name the gateway's address in its place (`check --fix --gateway URL` does).",
        Way.REWRITE: "Remove it, also from the lists of firewalls and proxies.",
    },
    examples={
        "C#": Example(
            before='new Uri("wss://transcribe.centralus.cts.speech.microsoft.com/speech/recognition/multiaudio")',
            after={Way.GATEWAY: f'new Uri("{SOCKET_URL}")'},
        ),
    },
    links=(MEETING_DOCS,),
    retirement=MULTICHANNEL,
    hours=0.5,
)
