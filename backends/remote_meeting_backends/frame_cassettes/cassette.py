"""The format of frame cassettes: what a client and a service said to each other over WebSockets, in YAML.

One line a message, with who sent it, in the order in which they passed. Of audio only hash and length are kept; ids
stand as `<id-1>`, `<id-2>`, … in the order of their first sight, times of day as `<time>`, secrets as `scrubbed`.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import InvalidInput
from ..extras import need

VERSION: Final = 1
WHAT: Final = "A frame cassette"
UPGRADED: Final = 101


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Recorded(_Part):
    """Where a cassette comes from.

    Args:
        source: Who answered: `emulator`, `azure`.
        client: Who asked, with its version.
        faults: Whether the service was told to misbehave.
        on: The day.
        api: The path that was spoken to; the protocol has no other version.
    """

    source: str = Field(alias="from")
    client: str
    faults: Literal["injected", "none"]
    on: date
    api: str


class Audio(_Part):
    """The audio of a message.

    Args:
        sha256: Its hash, 64 hexadecimal digits.
        size: Its length in bytes; 0 is the end of a turn's audio.
    """

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size: int = Field(alias="bytes", ge=0)


class Frame(_Part):
    """One message; of the fields behind `headers` it has one at the most.

    Args:
        sender: `client` or `service`.
        path: What it is; empty for a frame that is no message.
        headers: The others, X-RequestId among them. Their names are kept as they were written: the native SDK does
            not know `x-continuation-token` by any other case than the service's.
        body: A body that is JSON.
        text: A body that is none.
        audio: A client's bytes.
        base64: A whole binary frame of the service, or one that is no message.
        noise: A whole text frame that is no message.
    """

    sender: Literal["client", "service"] = Field(alias="from")
    path: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    body: Any = None
    text: str | None = None
    audio: Audio | None = None
    base64: str | None = None
    noise: str | None = None

    @property
    def turn(self) -> str:
        """The request id of its turn, as the cassette names it."""
        return next((value for name, value in self.headers.items() if name.lower() == "x-requestid"), "")

    @property
    def is_telemetry(self) -> bool:
        """A client's report on itself: written down, and asked of nobody."""
        return self.sender == "client" and self.path.lower() == "telemetry"


class Request(_Part):
    """The upgrade.

    Args:
        path: Of its URL.
        query: Of its URL, by name.
        headers: Names in lower case, without those that belong to one connection.
    """

    path: str
    query: dict[str, str] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)


class Answer(_Part):
    """What became of it.

    Args:
        status: 101, or the refusal's.
        subprotocol: That was agreed on.
        headers: Of a refusal: `retry-after`.
        text: Of a refusal.
    """

    status: int = UPGRADED
    subprotocol: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    text: str = ""


class Closed(_Part):
    """The end of a connection.

    Args:
        by: Who ended it.
        code: Of the close frame; None where it just broke.
        reason: Of the close frame.
    """

    by: Literal["client", "service"]
    code: int | None = None
    reason: str = ""


class Talk(_Part):
    """One connection, from its upgrade to its end."""

    request: Request
    answer: Answer = Answer()
    frames: tuple[Frame, ...] = ()
    closed: Closed | None = None


class FrameCassette(_Part):
    """All that was said, connection by connection."""

    recorded: Recorded
    connections: tuple[Talk, ...]
    version: Literal[1] = VERSION

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read one.

        Raises:
            InvalidInput: There is none, or it is not one; what is wrong and where.
            MissingExtra: PyYAML is not installed.
        """
        yaml = need("yaml", extra="emulator", what=WHAT)
        try:
            found = yaml.safe_load(path.read_bytes())
        except OSError as error:
            raise InvalidInput(f"The cassette {path} cannot be read: {error.strerror}.") from error
        except (yaml.YAMLError, ValueError) as error:
            raise InvalidInput(f"The cassette {path} is no YAML: {' '.join(str(error).split())}.") from error
        try:
            return cls.model_validate(found)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the file"
            raise InvalidInput(f"The cassette {path} is not one: {place}: {first['msg']}.") from error

    def dump(self) -> str:
        """As it stands in a file. Raises MissingExtra when PyYAML is not installed."""
        whole = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        lines = ["recorded:"]
        lines += [f"  {_flow(name)}: {_flow(value)}" for name, value in whole["recorded"].items()]
        lines.append("connections:" if whole["connections"] else "connections: []")
        for talk in whole["connections"]:
            lines.append(f"- request: {_flow(talk['request'])}")
            lines += [f"  {name}: {_flow(talk[name])}" for name in ("answer", "closed") if name in talk]
            if talk.get("frames"):
                lines += ["  frames:", *(f"  - {_flow(frame)}" for frame in talk["frames"])]
        return "\n".join([*lines, f"version: {VERSION}", ""])


def _flow(value: Any) -> str:
    """A value on one line."""
    yaml = need("yaml", extra="emulator", what=WHAT)
    dumped: str = yaml.dump(
        value, Dumper=_dumper(), default_flow_style=True, width=float("inf"), sort_keys=False, allow_unicode=True
    )
    return dumped.removesuffix("\n").removesuffix("\n...")


@cache
def _dumper() -> Any:
    """Writes each value whole, also where it occurs twice, and breaks of lines as escapes."""
    yaml = need("yaml", extra="emulator", what=WHAT)
    dumper: Any = type("Dumper", (yaml.SafeDumper,), {"ignore_aliases": lambda _self, _data: True})
    dumper.add_representer(str, _text)
    return dumper


def _text(dumper: Any, data: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=None if data.isprintable() else '"')
