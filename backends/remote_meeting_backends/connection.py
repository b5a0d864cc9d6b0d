"""What is needed to reach a service: secrets that never show, and the places they belong to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

MASK = "***"


@dataclass(frozen=True, slots=True)
class Connection:
    """Key or token, and where to go with it. A token wins over a key (the C# client's rule).

    Args:
        key: Subscription key.
        token: Authorization token, without the word Bearer.
        region: Azure region such as `westus2`; a whole host of a sovereign cloud is not a region.
        endpoint: Base URL that replaces the one built from the region.
        host: `scheme://host[:port]` that replaces only the host.
        language: BCP-47 recognition language, or None for the default.
    """

    key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    region: str | None = None
    endpoint: str | None = field(default=None, repr=False)
    host: str | None = None
    language: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The authentication headers; empty without credentials."""
        if self.token:
            return {"Authorization": f"Bearer {self.token}"}
        if self.key:
            return {"Ocp-Apim-Subscription-Key": self.key}
        return {}

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be printed."""
        return tuple(secret for secret in (self.key, self.token) if secret)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Put a mask where a secret stands in a text."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text
