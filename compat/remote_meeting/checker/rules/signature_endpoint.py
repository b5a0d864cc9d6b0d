"""RM601: the host that made voice signatures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..dates import MULTICHANNEL
from ..endpoints import SIGNATURE, hosts
from ..model import Way
from ..rule import Example, Match, Rule
from .samples import GATEWAY_URL, MEETING_DOCS

if TYPE_CHECKING:
    from ..source import Source


def find(source: Source) -> Iterator[Match]:
    """`signature.REGION.cts.speech.microsoft.com`, or that host's early form by its path."""
    return hosts(source, SIGNATURE)


RULE = Rule(
    id="RM601",
    name="signature-endpoint",
    family="Endpoints",
    title="The host signature.REGION.cts.speech.microsoft.com",
    message="{what} is the address of a service that {retired}.",
    why="Voice signatures were made at this host. Nothing answers there for anybody. "
    "`REGION.cts.speech.microsoft.com` without "
    "`signature.` and without `/api/v1/Signature/` is another service, and no finding.",
    find=find,
    triggers=("cts.speech.",),
    ways={
        Way.GATEWAY: "Name the gateway's address in its place (`check --fix --gateway URL` does).",
        Way.REWRITE: "Remove the call: no service makes voice signatures any more.",
    },
    examples={
        "C#": Example(
            before='const string Host = "https://signature.centralus.cts.speech.microsoft.com";',
            after={Way.GATEWAY: f'const string Host = "{GATEWAY_URL}";'},
        ),
    },
    links=(MEETING_DOCS,),
    retirement=MULTICHANNEL,
    hours=0.5,
)
