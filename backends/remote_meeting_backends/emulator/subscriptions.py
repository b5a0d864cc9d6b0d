"""What a web hook is, and what is sent to it: headers, signature and body, without I/O."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, Field

from .jobs import Status

EVENT_HEADER: Final = "X-MicrosoftSpeechServices-Event"
SIGNATURE_HEADER: Final = "X-MicrosoftSpeechServices-Signature"
CHALLENGE: Final = "Challenge"
PING: Final = "Ping"


class Hook(BaseModel):
    """A web hook.

    Args:
        id: A uuid.
        version: The API version it was made with; it hears of jobs of this version only.
        created: When.
        entered: When its status was entered.
        body: What an answer repeats of what was sent; the secret is never among it.
        secret: Key of the signatures.
        status: Succeeded once the challenge was answered, Failed when it was not.
        error: Why not.
    """

    id: str
    version: str
    created: datetime
    entered: datetime
    body: dict[str, Any] = Field(default_factory=dict)
    secret: str | None = None
    status: Status = Status.NOT_STARTED
    error: dict[str, str] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return str(self.body["webUrl"])

    def wants(self, event: str, version: str) -> bool:
        """Whether an event of a job is sent to it. Names are told apart without case: documents differ."""
        events = {name.lower() for name, is_on in self.body["events"].items() if is_on}
        return self.status is Status.SUCCEEDED and version == self.version and event.lower() in events


@dataclass(frozen=True, slots=True)
class Message:
    """A request to a web hook."""

    headers: dict[str, str]
    body: bytes


def challenge(hook: Hook, token: str) -> Message:
    """The question whose answer is the token: it stands in the query, and is what is signed."""
    return Message(_headers(hook, CHALLENGE, token.encode()), b"")


def notification(hook: Hook, event: str, entity: str, invocation: str) -> Message:
    """Word of an event.

    Args:
        hook: To whom.
        event: Such as TranscriptionCompletion.
        entity: URL of what it happened to.
        invocation: Unique to the event, so that a receiver can tell a repetition.
    """
    body = json.dumps({"self": entity, "invocationId": invocation}, separators=(",", ":")).encode()
    return Message({"content-type": "application/json", **_headers(hook, event, body)}, body)


def _headers(hook: Hook, event: str, signed: bytes) -> dict[str, str]:
    headers = {EVENT_HEADER: event}
    if hook.secret:
        mark = hmac.new(hook.secret.encode(), signed, hashlib.sha256).digest()
        headers[SIGNATURE_HEADER] = base64.b64encode(mark).decode()
    return headers
