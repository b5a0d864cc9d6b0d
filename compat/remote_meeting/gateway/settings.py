"""How a gateway is run: who works for it, where audio lies, and what it takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from remote_meeting_backends import Connection, InvalidInput
from remote_meeting_backends.speech_protocol.messages import MOST_FRAME_BYTES

from ..routing import AUTO

# The host of the retired service, and of its voice signatures: whoever comes by a DNS override names the region so.
_OLD_HOST: Final = re.compile(r"(?:transcribe|signature)\.([a-z0-9]{2,40})\.cts\.speech\.(?:microsoft\.com|azure\.\w+)")
_REGION: Final = re.compile(r"[a-z0-9]{2,40}")


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken of an app.

    Args:
        message_bytes: One WebSocket message.
        meetings: That one key may have open at a time.
        seconds: Audio of one meeting.
        idle_seconds: Without audio before a connection is closed, and without a connection before a meeting is
            finished with what arrived.
        handshake_seconds: From the upgrade to the first audio.
        slow_seconds: An app may leave what it is told unread for so long.
        participants: Of one meeting.
    """

    message_bytes: int = MOST_FRAME_BYTES
    meetings: int = 1_000
    seconds: float = 10 * 3600.0
    idle_seconds: float = 120.0
    handshake_seconds: float = 30.0
    slow_seconds: float = 30.0
    participants: int = 1_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What `remote-meeting serve` was told.

    Args:
        backend: Who hears meetings as they are spoken; `auto` decides for each.
        async_backend: Who transcribes those that are wanted afterwards.
        refine: Who hears a live meeting once more when it is over; None for nobody.
        connection: The gateway's own account, or the places that callers' keys are taken to.
        passes_keys: Callers' own keys are used, not the gateway's account.
        regions: Region by the host that an app names.
        spool: Where audio is kept; None for beside the store.
        spool_bytes: How much of it.
        keep_seconds: How long the audio of a failed meeting stays.
        drain_seconds: What is under way may take so long when the gateway is ended.
        limits: What is taken of an app.
    """

    backend: str = AUTO
    async_backend: str = AUTO
    refine: str | None = None
    connection: Connection | None = None
    passes_keys: bool = True
    regions: Mapping[str, str] = field(default_factory=dict)
    spool: Path | None = None
    spool_bytes: int = 50 * 1024**3
    keep_seconds: float = 72 * 3600.0
    drain_seconds: float = 10.0
    limits: Limits = field(default_factory=Limits)

    def region_of(self, host: str) -> str | None:
        """The region that an app means by the host it names; None where that says nothing."""
        name = host.strip().lower().rpartition("@")[2]
        bare = name if name.endswith("]") else name.rpartition(":")[0] or name
        old = _OLD_HOST.fullmatch(bare)
        return self.regions.get(name) or self.regions.get(bare) or (old[1] if old else None)


def read_regions(given: Iterable[str]) -> tuple[str | None, dict[str, str]]:
    """`REGION` for everybody and `HOST=REGION` for those who name a host.

    Raises:
        InvalidInput: One is neither.
    """
    everybody: str | None = None
    by_host: dict[str, str] = {}
    for one in given:
        host, equals, region = one.strip().lower().rpartition("=")
        if not _REGION.fullmatch(region) or (equals and not host):
            raise InvalidInput(f"{one!r} is no region: give a name such as westeurope, or HOST=westeurope.")
        if host:
            by_host[host] = region
        else:
            everybody = region
    return everybody, by_host
