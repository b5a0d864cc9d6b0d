"""The body of an answer: JSON read leniently, and shown without its secrets where it cannot be read."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic_core import from_json

from ..connection import MASK, redact
from ..errors import UnexpectedReply

SHOWN_CHARACTERS = 300
# How JSON may write the characters of a URL: masked only when they are themselves again.
_ESCAPED = re.compile(r"\\u00([0-7][0-9a-fA-F])|\\/")
# A signature whose URL was cut off before it.
_SIGNATURE = re.compile(r"""(?i)\b(sig)(=|%3d|%253d)[^\s&"'<>]+""")


def read_object(body: bytes, what: str, backend: str) -> dict[str, Any]:
    """The JSON object that an answer is.

    Args:
        body: As it came; a byte order mark, NaN and lone surrogates do no harm.
        what: What was asked for, as the start of a sentence: `the job`.
        backend: Name for messages.

    Raises:
        UnexpectedReply: It is no JSON, or no object.
    """
    try:
        found = parse(body)
    except ValueError as error:
        raise unexpected(body, what, "is not whole JSON", backend) from error
    if not isinstance(found, dict):
        raise unexpected(body, what, "is not a JSON object", backend)
    return found


def parse(body: bytes) -> Any:
    """Any JSON. Raises ValueError when it is none."""
    try:
        return from_json(body)
    except ValueError:
        pass
    try:
        # Slower, and takes what the other refuses; once around, half characters have become question marks.
        whole = json.dumps(json.loads(body), ensure_ascii=False).encode("utf-8", errors="replace")
        return json.loads(whole)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def unexpected(body: bytes, what: str, why: str, backend: str) -> UnexpectedReply:
    """The error for an answer that cannot be understood, with a short look at it."""
    shown = said(body.decode("utf-8", errors="replace"))
    return UnexpectedReply(f"The answer on {what} ({len(body)} bytes) {why}: {shown!r}.", backend=backend)


def said(words: str) -> str:
    """A service's words as they may be shown: one line, no query of a URL, not too long, no full stop at the end."""
    # Masked before it is cut: half a signature is a leak, too.
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else "/", words)
    masked = _SIGNATURE.sub(rf"\1\2{MASK}", redact(plain))
    line = " ".join(masked.encode("utf-8", errors="replace").decode().split()).rstrip(".")
    return line if len(line) <= SHOWN_CHARACTERS else line[:SHOWN_CHARACTERS] + "…"


def text_of(value: Any) -> str:
    """A text as it came; empty for anything else."""
    return value if isinstance(value, str) else ""


def object_of(value: Any) -> dict[str, Any]:
    """A JSON object as it came; empty for anything else."""
    return value if isinstance(value, dict) else {}
