"""Each backend's service, asked something that reads and changes nothing: a list, or an upgrade closed at once."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from remote_meeting_backends import (
    Connection,
    RemoteMeetingError,
    Throttled,
    UnexpectedReply,
)
from remote_meeting_backends.answers import Reply, problem_of
from remote_meeting_backends.connection import redact
from remote_meeting_backends.credentials import Authorizer
from remote_meeting_backends.legacy import base_url as legacy_url
from remote_meeting_backends.realtime.endpoint import websocket_url
from remote_meeting_backends.speech_rest.client import ADVICE
from remote_meeting_backends.speech_rest.endpoint import api_version, base_url

from .aside import TooLate, within
from .finding import Finding, ok, problem, skipped, warning
from .reasons import LATE, why
from .web import Clock, NoAnswer, Web

BATCH, FAST, REALTIME, LEGACY = "batch", "fast", "realtime", "legacy"
LANGUAGE = "en-US"
_ELSEWHERE: Final = "it sends its callers elsewhere: a proxy's sign-in looks like this; name the final place"
_MOVED: Final[Mapping[int, str]] = dict.fromkeys((301, 302, 303, 307, 308), _ELSEWHERE)
_NOWHERE: Final = "there is no {} transcription at this address: check the endpoint, and the kind of the resource"


@dataclass(frozen=True, slots=True)
class Heard:
    """What a service said: how it stands, and what its clock shows."""

    finding: Finding
    clock: Clock | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and how.

    Args:
        connection: The account.
        authorizer: Gives the headers, and knows what must not be printed.
        web: Asks.
    """

    connection: Connection
    authorizer: Authorizer
    web: Web

    async def rest(
        self, check: str, url: str, params: Mapping[str, str], read: Callable[[bytes], str], not_found: str
    ) -> Heard:
        """GET with the credentials.

        Args:
            check: Its name.
            url: Without a query.
            params: The query.
            read: What to say of a good answer; raises UnexpectedReply for one that is something else.
            not_found: What a 404 means.
        """
        try:
            reply, clock = await self.web.get(url, params, await self.authorizer.headers())
        except NoAnswer as silence:
            return Heard(problem(check, str(silence)))
        if reply.status >= 300:
            return Heard(self.refused(check, reply, url, not_found), clock)
        try:
            return Heard(ok(check, f"{url} {read(reply.body)}."), clock)
        except UnexpectedReply as error:
            return Heard(problem(check, f"{url} is not such a service: {error.message}"), clock)

    def refused(self, check: str, reply: Reply, url: str, not_found: str) -> Finding:
        """What a refusal means, by the service's own code, and what to do about it."""
        advice = {**ADVICE, **_MOVED, 404: not_found}
        error = problem_of(reply, url, backend=check, advice=advice, secrets=self.authorizer.secrets)
        sentence = error.message
        if error.request_id:
            sentence = f"{sentence.rstrip('.')} (request id {error.request_id})."
        if isinstance(error, Throttled):
            return warning(check, f"{sentence} The account is let in.")
        return problem(check, sentence)


async def batch(caller: Caller) -> Heard:
    """One page of the list of jobs, of one job at the most."""
    from remote_meeting_backends.batch.wire import read_jobs

    def read(body: bytes) -> str:
        read_jobs(body)
        return f"lists jobs (API version {version})"

    version = api_version(caller.connection)
    url = f"{base_url(caller.connection, BATCH)}/transcriptions"
    return await caller.rest(BATCH, url, {"api-version": version, "top": "1"}, read, _NOWHERE.format(BATCH))


async def fast(caller: Caller) -> Heard:
    """The list of languages: fast transcription itself has nothing to read, and every call of it is billed."""
    from remote_meeting_backends.speech_rest.replies import read_object

    def read(body: bytes) -> str:
        languages = read_object(body, "the languages", FAST).get("Transcribe")
        if not isinstance(languages, list):
            return "lets this account in, and lists no languages of fast transcription"
        return f"lets this account in, and lists {len(languages)} languages of fast transcription"

    url = f"{base_url(caller.connection, FAST)}/transcriptions/locales"
    query = {"api-version": api_version(caller.connection)}
    return await caller.rest(FAST, url, query, read, _NOWHERE.format(FAST))


async def legacy(caller: Caller) -> Heard:
    """A meeting that nobody has: who speaks the old protocol says so of that meeting, others of the path."""
    if not (caller.connection.endpoint or caller.connection.host):
        return Heard(
            skipped(
                LEGACY,
                "The old service is gone since 2025-03-28; a gateway that speaks for it is named as an endpoint.",
            )
        )
    url = f"{legacy_url(caller.connection)}OfflineTask"
    nobody = uuid.uuid4().hex
    try:
        reply, clock = await caller.web.get(url, {"id": nobody}, await caller.authorizer.headers())
    except NoAnswer as silence:
        return Heard(problem(LEGACY, str(silence)))
    if reply.status in (200, 404) and nobody.encode() in reply.body:
        return Heard(ok(LEGACY, f"{url} knows meetings by their ids."), clock)
    if reply.status in (200, 404):
        who = "only apps that poll the old service need one that does"
        return Heard(skipped(LEGACY, f"Nobody at {url} speaks the retired protocol ({reply.status}): {who}."), clock)
    return Heard(caller.refused(LEGACY, reply, url, ""), clock)


async def realtime(caller: Caller) -> Heard:
    """A WebSocket that is opened and closed; nothing is said over it."""
    from remote_meeting_backends.realtime.causes import Lost
    from remote_meeting_backends.realtime.link import connected

    url = websocket_url(caller.connection, LANGUAGE, None)
    place = url.partition("?")[0]
    asked = caller.web.runtime.now()

    async def opened() -> str | None:
        headers = await caller.authorizer.headers()
        async with connected(url, headers, uuid.uuid4().hex, caller.authorizer.secrets) as socket:
            answer = socket.response
            return answer.headers.get("Date") if answer is not None else None

    try:
        date = await within(caller.web.seconds, opened())
    except TooLate as late:
        return Heard(problem(REALTIME, f"{place} cannot be reached: {late}; {LATE}."))
    except (Lost, RemoteMeetingError) as error:
        return _not_opened(caller, place, error)
    return Heard(ok(REALTIME, f"{place} opens a connection."), caller.web.clock(url, date, asked))


def _not_opened(caller: Caller, place: str, error: Exception) -> Heard:
    """Why there is no WebSocket: the answer that came in its place, or that none came."""
    cause = error.__cause__
    response: Any = getattr(cause, "response", None)
    if response is not None:
        headers = {name.lower(): value for name, value in response.headers.raw_items()}
        reply = Reply(response.status_code, headers, bytes(response.body or b""))
        clock = caller.web.clock(place, headers.get("date"), caller.web.runtime.now())
        return Heard(caller.refused(REALTIME, reply, place, _NOWHERE.format("real-time")), clock)
    if isinstance(cause, OSError) or (cause is not None and not isinstance(error, RemoteMeetingError)):
        return Heard(problem(REALTIME, redact(f"{place} cannot be reached: {why(cause)}.", caller.authorizer.secrets)))
    return Heard(problem(REALTIME, str(getattr(error, "message", error))))


SERVICES: Final = {FAST: fast, BATCH: batch, REALTIME: realtime, LEGACY: legacy}


async def clock(hearing: list[asyncio.Task[Heard]]) -> Finding:
    """Our time beside that of the services that answered."""
    heard = [task.result().clock for task in hearing if not await _failed(task)]
    return judged([found for found in heard if found is not None])


async def _failed(task: asyncio.Task[Heard]) -> bool:
    await asyncio.wait([task])
    return task.cancelled() or task.exception() is not None


def judged(clocks: list[Clock]) -> Finding:
    """What the clocks of the services say of ours; the nearest counts, for an answer may have been long on its way."""
    if not clocks:
        return skipped("clock", "No service answered with its time, so there is nothing to compare ours with.")
    nearest = min(clocks, key=lambda found: abs(found.ahead_seconds))
    off = abs(nearest.ahead_seconds)
    if off <= MOST_SECONDS:
        return ok("clock", f"This machine's clock agrees with that of {nearest.host} (within {max(off, 1):.0f} s).")
    side = "ahead of" if nearest.ahead_seconds > 0 else "behind"
    return warning(
        "clock",
        f"This machine's clock is {off / 60:.0f} minutes {side} that of {nearest.host}: tokens and SAS are refused for "
        f"that. Set it (NTP).",
    )


# Storage refuses from 15 minutes on, and tokens from 5.
MOST_SECONDS: Final = 300.0
