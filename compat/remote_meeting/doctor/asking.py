"""The account and its services: credentials and place first, then every service at once, and the clocks they showed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from remote_meeting_backends import Connection, RemoteMeetingError
from remote_meeting_backends.credentials import Authorizer
from remote_meeting_backends.legacy import base_url as legacy_url
from remote_meeting_backends.realtime.endpoint import websocket_url
from remote_meeting_backends.speech_rest.endpoint import base_url, scope_of

from ..routing import Candidate
from .account import Account, credentials, is_in_order, place
from .finding import Finding, Status, ok, problem, skipped, warning
from .services import BATCH, FAST, LANGUAGE, LEGACY, REALTIME, SERVICES, Caller, Heard, clock
from .signing import Tokens, signed_in
from .web import NoAnswer, Web, proxy_of

ADDRESS, CLOCK, LOCAL = "address", "clock", "local"
_PORTS: Final[Mapping[str, int]] = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_URLS: Final[Mapping[str, Callable[[Connection], str]]] = {
    FAST: lambda connection: base_url(connection, FAST),
    BATCH: lambda connection: base_url(connection, BATCH),
    REALTIME: lambda connection: websocket_url(connection, LANGUAGE, None),
    LEGACY: legacy_url,
}


@dataclass(frozen=True, slots=True)
class _Host:
    """A name that has to be known before anybody can be asked."""

    name: str
    port: int

    @classmethod
    def of(cls, url: str) -> _Host:
        parts = urlsplit(url)
        return cls(parts.hostname or "", parts.port or _PORTS[parts.scheme])


Lookups = Mapping[_Host, asyncio.Task[Finding]]


async def ask(account: Account, web: Web, candidates: Mapping[str, Candidate]) -> list[Finding]:
    """Everything about the account, the network and the backends.

    Args:
        account: Of the environment.
        web: Asks.
        candidates: Every known backend by name, in the order in which they are preferred.
    """
    who, where = credentials(account), place(account)
    connection = account.connection
    if connection is None or not is_in_order(who, where):
        is_unset = connection is None and account.trouble is None
        wrong = where.check if is_in_order(who) else who.check
        return [who, where, *_idle(candidates, "no account is set" if is_unset else f"see {wrong}", connection)]
    if connection.credential is not None:
        connection = replace(connection, credential=Tokens.of(connection.credential))
    authorizer = Authorizer(connection, web.runtime, scope=scope_of(base_url(connection, BATCH)), backend=BATCH)
    if connection.credential is not None:
        who = await signed_in(authorizer, web.seconds)
        if not is_in_order(who):
            return [who, where, *_idle(candidates, "there is no token", connection)]
    caller = Caller(connection, authorizer, web)
    async with asyncio.TaskGroup() as group:
        lookups = {host: group.create_task(_known(host, url, web)) for host, url in _hosts(connection).items()}
        asked = [name for name in candidates if name in SERVICES and candidates[name].missing is None]
        hearing = {name: group.create_task(_heard(name, caller, lookups)) for name in asked}
        compared = group.create_task(clock(list(hearing.values())))
    return [
        who,
        where,
        *(lookup.result() for lookup in lookups.values()),
        compared.result(),
        *(
            hearing[name].result().finding if name in hearing else _unasked(name, candidates, connection)
            for name in candidates
        ),
    ]


def _idle(candidates: Mapping[str, Candidate], reason: str, connection: Connection | None) -> list[Finding]:
    """The backends where no service can be asked."""
    return [
        skipped(CLOCK, f"No service was asked for its time: {reason}."),
        *(
            skipped(name, f"Not asked: {reason}.") if name in SERVICES else _unasked(name, candidates, connection)
            for name in candidates
        ),
    ]


def _unasked(name: str, candidates: Mapping[str, Candidate], connection: Connection | None) -> Finding:
    """A backend that has no service, or whose packages are not installed."""
    missing = candidates[name].missing
    if missing is None and name == LOCAL:
        return ok(LOCAL, "It needs no account and no network, and hears US English.")
    if missing is None:
        return skipped(name, "It is somebody else's backend: nothing is known of how to ask it.")
    others = [other for other, candidate in candidates.items() if candidate.missing is None and other != LEGACY]
    if connection is None:
        others = [other for other in others if not candidates[other].capabilities.needs_account]
    # Which of them is wanted is not known; that none is there is wrong for anybody.
    if not others:
        return problem(name, missing)
    return warning(name, missing) if name in SERVICES else skipped(name, missing)


def _hosts(connection: Connection) -> dict[_Host, str]:
    """The names behind the addresses of the services, each with a URL of it; a number needs no looking up."""
    found: dict[_Host, str] = {}
    for name, url_of in _URLS.items():
        if name == LEGACY and not (connection.endpoint or connection.host):
            continue
        url = url_of(connection)
        host = _Host.of(url)
        if not _is_number(host.name):
            found.setdefault(host, url)
    return found


async def _known(host: _Host, url: str, web: Web) -> Finding:
    proxy = proxy_of(url)
    if proxy is not None:
        return skipped(ADDRESS, f"{host.name} is looked up by the proxy {proxy}.", host.name)
    try:
        addresses = await web.find(host.name, host.port)
    except NoAnswer as silence:
        return problem(ADDRESS, str(silence), host.name)
    more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
    return ok(ADDRESS, f"{host.name} is at {addresses[0]}{more}.", host.name)


async def _heard(name: str, caller: Caller, lookups: Lookups) -> Heard:
    try:
        host = _Host.of(_URLS[name](caller.connection))
        if host in lookups and (await lookups[host]).status is Status.PROBLEM:
            return Heard(skipped(name, f"Not asked: the address of {host.name} is not known."))
        return await SERVICES[name](caller)
    except RemoteMeetingError as error:
        return Heard(problem(name, error.message))


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
