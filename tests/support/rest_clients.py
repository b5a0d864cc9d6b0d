"""OfflineTask as the two clients of the retired service ask for it: their path in their case, and their headers.

Source: protocol/legacy.md, part 2.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import httpx

from support.gateways import COMPLETED, DELETED, FAILED, KEY_HEADER

FINAL = (COMPLETED, FAILED, DELETED)
# Their wait between two polls is ten seconds, of real time as theirs is; a test has no such patience.
EVERY_SECONDS = 0.25
PATIENCE_SECONDS = 200.0
Said = list[tuple[int, int, str, str]]


@dataclass(frozen=True, slots=True)
class RestClient:
    """One of the two.

    Args:
        base: `http://HOST:PORT`.
        resource: How it writes the resource's name.
        credentials: The header that says who it is.
    """

    base: str
    resource: str
    credentials: dict[str, str]

    def get(self, meeting_id: str) -> httpx.Response:
        """Ask once."""
        return self._call("GET", meeting_id)

    def delete(self, meeting_id: str) -> int:
        """Delete; gives the HTTP status."""
        return self._call("DELETE", meeting_id).status_code

    def wait(self, meeting_id: str) -> tuple[list[int], dict[str, Any]]:
        """Poll until it is over, as WaitForCompletion does.

        Returns:
            Each `processingStatus` that was seen, in order and once, and the last body.

        Raises:
            TimeoutError: It is not over.
        """
        seen: list[int] = []
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            answer = self.get(meeting_id)
            assert answer.status_code == 200, answer.text
            body: dict[str, Any] = answer.json()
            if body["processingStatus"] not in seen[-1:]:
                seen.append(body["processingStatus"])
            if body["processingStatus"] in FINAL:
                return seen, body
            time.sleep(EVERY_SECONDS)
        raise TimeoutError(f"Meeting {meeting_id!r} is not over: {seen}.")

    def _call(self, method: str, meeting_id: str) -> httpx.Response:
        # Nothing here needs certificates, and loading them takes longer than the request.
        with httpx.Client(verify=False, timeout=60, trust_env=False) as client:
            headers = {"accept": "application/json", **self.credentials}
            return client.request(
                method, f"{self.base}/api/v1/{self.resource}", params={"id": meeting_id}, headers=headers
            )


def csharp(base: str, key: str | None = None, token: str | None = None) -> RestClient:
    """The C# client; a token wins over a key."""
    return RestClient(base, "OfflineTask", _credentials(key, token))


def java(base: str, key: str | None = None, token: str | None = None) -> RestClient:
    """The Java client."""
    return RestClient(base, "offlinetask", _credentials(key, token))


def items(body: dict[str, Any]) -> Said:
    """What a finished meeting holds: offset, duration, text, user id."""
    return [
        (one["offsetInTicks"], one["durationInTicks"], one["text"], one["userId"]) for one in body["transcriptions"]
    ]


def _credentials(key: str | None, token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token is not None else {KEY_HEADER: key or ""}
