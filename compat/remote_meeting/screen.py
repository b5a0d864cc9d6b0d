"""Text for a terminal."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def plain(text: str) -> str:
    """A text that cannot steer a terminal."""
    return _CONTROL.sub(" ", text)
