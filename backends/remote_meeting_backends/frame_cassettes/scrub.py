"""From the frames of a wire to those of a cassette: secrets masked, ids and times named, audio by its hash."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal
from urllib.parse import quote, unquote

from ..errors import InvalidInput
from ..speech_protocol.messages import MalformedMessage, Message, decode
from .cassette import Audio, Frame, Request

MASK: Final = "scrubbed"
TIME: Final = "<time>"
# What a client says of the machine that it runs on.
MACHINE: Final = "<machine>"
SECRET_NAMES: Final = frozenset(
    {"authorization", "proxy-authorization", "ocp-apim-subscription-key", "api-key", "cookie", "set-cookie", "sig"}
)
_ID: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})(?![0-9A-Za-z])"
)
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_HERE: Final = re.compile(r"(?i)(?:127\.0\.0\.1|\[::1\]|localhost):\d+")
_TOKEN: Final = re.compile(r"(?i)\bbearer\s+[\w.~+/-]{8,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.")
# A key that nobody knew of: 84 letters and digits. One of 32 hexadecimal digits is named as an id.
_KEY: Final = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{84}(?![0-9A-Za-z])")
# Anything shorter stands in many a text by chance.
SHORTEST_SECRET: Final = 8


class Scrub:
    """Cleans the exchanges of one cassette.

    Args:
        secrets: Keys and tokens that are sent; those in headers and queries that are known to hold one are added.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = {secret for secret in secrets if secret}
        self._names: dict[str, str] = {}

    def request(self, asked: Request) -> Request:
        """An upgrade; the secrets in its headers and its query are known from then on."""
        self._secrets |= {
            part
            for named in (asked.query, asked.headers)
            for part in _secret_values(named)
            if len(part) >= SHORTEST_SECRET
        }
        return Request(path=asked.path, query=self._named(asked.query), headers=self._named(asked.headers))

    def frame(self, frame: Frame) -> Frame:
        """A message, or noise. Raises InvalidInput for noise that holds a secret: it is kept as it is."""
        if frame.base64 is not None and any(s.encode() in base64.b64decode(frame.base64) for s in self._secrets):
            raise InvalidInput("A binary frame of the service holds a key or a token, and cannot be written down.")
        changed: dict[str, Any] = {"headers": self._named(frame.headers)}
        changed |= {"body": _without_machine(frame.path, self._json(frame.body)), "path": self.text(frame.path)}
        for name, text in (("text", frame.text), ("noise", frame.noise)):
            changed[name] = None if text is None else self.text(text)
        return frame.model_copy(update=changed)

    def text(self, text: str) -> str:
        """Any text."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            for written in (secret, quote(secret, safe="")):
                text = text.replace(written, MASK)
        text = _HERE.sub("speech.test", _TIME.sub(TIME, text))
        return _ID.sub(lambda found: self._name(found[0]), text)

    def check(self, written: str, where: object) -> None:
        """Look through what would be written. Raises InvalidInput where a secret is left in it."""
        views = (written, unquote(written), unquote(unquote(written)))
        if any(_TOKEN.search(view) or _KEY.search(view) for view in views) or any(
            secret in view for secret in self._secrets for view in views
        ):
            raise InvalidInput(f"{where} was not written: it would hold a key or a token; name it in `secrets`.")

    def _named(self, values: Mapping[str, str]) -> dict[str, str]:
        return {name: self._value(name, value) for name, value in values.items()}

    def _value(self, name: str, value: str) -> str:
        if name.lower() == "user-agent":
            product, *machine = value.split(maxsplit=1)
            value = f"{product} {MACHINE}" if machine else value
        return MASK if name.lower() in SECRET_NAMES else self.text(value)

    def _json(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self.text(name): self._member(name, inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._json(inner) for inner in value]
        return self.text(value) if isinstance(value, str) else value

    def _member(self, name: str, value: Any) -> Any:
        return MASK if name.lower() in SECRET_NAMES else self._json(value)

    def _name(self, found: str) -> str:
        return self._names.setdefault(plain_id(found), f"<id-{len(self._names) + 1}>")


def plain_id(found: str) -> str:
    """An id in the one shape that is compared: without dashes, lower case."""
    return found.replace("-", "").lower()


def is_id(text: str) -> bool:
    """True for what a cassette gives a name to."""
    return _ID.fullmatch(text) is not None


def _without_machine(path: str, body: Any) -> Any:
    """`speech.config` names the operating system, down to its build."""
    context = body.get("context") if path.lower() == "speech.config" and isinstance(body, dict) else None
    if not isinstance(context, dict) or not isinstance(context.get("os"), dict):
        return body
    return {**body, "context": {**context, "os": dict.fromkeys(context["os"], MACHINE)}}


def _secret_values(named: Mapping[str, str]) -> Iterator[str]:
    for name, value in named.items():
        if name.lower() in SECRET_NAMES:
            yield value
            # `Bearer TOKEN`: the token is the secret.
            yield from value.split()[1:]


def read_frame(sender: Literal["client", "service"], frame: str | bytes) -> Frame:
    """A frame as it came, in the shape of a cassette's."""
    try:
        message = decode(frame)
    except MalformedMessage:
        return _whole(sender, frame)
    written, path = _as_written(frame)
    headers = {"x-requestid": message.request_id} if message.request_id else {}
    headers = {written.get(name, name): value for name, value in {**headers, **message.headers}.items()}
    if isinstance(message.body, bytes):
        if sender == "service":
            return _whole(sender, frame)
        return Frame(sender=sender, path=path, headers=headers, audio=_audio(message.body))
    if not message.body:
        return Frame(sender=sender, path=path, headers=headers)
    body = _json_of(message)
    if body is None:
        return Frame(sender=sender, path=path, headers=headers, text=message.body)
    return Frame(sender=sender, path=path, headers=headers, body=body)


def _as_written(frame: str | bytes) -> tuple[dict[str, str], str]:
    """The names of a message's headers by their lower case, and its path; the codec knows no case."""
    if isinstance(frame, bytes):
        head = frame[2 : 2 + int.from_bytes(frame[:2], "big")].decode()
    else:
        head = frame.partition("\r\n\r\n")[0]
    pairs = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in head.split("\r\n"))]
    return {name.lower(): name for name, _ in pairs}, {name.lower(): value for name, value in pairs}["path"]


def _json_of(message: Message) -> dict[str, Any] | None:
    try:
        found = message.json()
        # What JSON takes in Python and nowhere else: a number that is none.
        json.dumps(found, allow_nan=False)
    except (MalformedMessage, ValueError, RecursionError):
        return None
    return found


def _whole(sender: Literal["client", "service"], frame: str | bytes) -> Frame:
    """What is no message, or a binary one of the service, which may not be lost."""
    if isinstance(frame, str):
        return Frame(sender=sender, noise=frame)
    if sender == "client":
        return Frame(sender=sender, audio=_audio(frame))
    return Frame(sender=sender, base64=base64.b64encode(frame).decode())


def _audio(content: bytes) -> Audio:
    return Audio(sha256=hashlib.sha256(content).hexdigest(), size=len(content))
