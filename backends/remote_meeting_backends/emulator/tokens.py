"""Access tokens as the security token service hands them out: text, good for ten minutes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Final

SECONDS: Final = 600
_HEADER: Final = {"alg": "HS256", "typ": "JWT"}


def issue(secret: bytes, now: datetime, token_id: str) -> str:
    """A token in the form of a JWT."""
    claims = {"iss": "urn:emulator", "aud": "urn:ms.speech", "jti": token_id, "exp": int(now.timestamp()) + SECONDS}
    text = ".".join(_encode(json.dumps(part, separators=(",", ":")).encode()) for part in (_HEADER, claims))
    return f"{text}.{_sign(secret, text)}"


def is_valid(secret: bytes, now: datetime, token: str) -> bool:
    """Whether it was issued here, and its time is not over."""
    text, _, mark = token.rpartition(".")
    if not hmac.compare_digest(mark.encode(), _sign(secret, text).encode()):
        return False
    claims = json.loads(_decode(text.partition(".")[2]))
    return bool(now.timestamp() < claims["exp"])


def _sign(secret: bytes, text: str) -> str:
    return _encode(hmac.new(secret, text.encode(), hashlib.sha256).digest())


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
