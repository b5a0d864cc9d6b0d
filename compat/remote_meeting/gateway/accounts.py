"""With whose account services are asked: the caller's own key, passed through, or the gateway's."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import replace
from typing import Final

from remote_meeting_backends import Backend, Connection, Runtime

from ..shelf import Shelf
from .callers import Caller
from .settings import Settings

# Callers whose key is remembered, in memory only: their meetings can be worked on while they are away.
MOST_ACCOUNTS: Final = 2_000


class Account:
    """One caller's account at the services.

    Args:
        connection: None where there is none.
        own: Backends that ask services with it.
        common: Backends that need no account: one pool of recognizers for everybody.
    """

    def __init__(self, connection: Connection | None, own: Shelf, common: Shelf) -> None:
        self.connection = connection
        self.shelf = own
        self._common = common

    def backend(self, name: str) -> Backend:
        """The backend of that name, with this account."""
        return (self.shelf if self.shelf.capabilities(name).needs_account else self._common).get(name)


class Accounts:
    """Every account in use.

    Args:
        settings: Whose keys are used.
        runtime: Handed to backends.
    """

    def __init__(self, settings: Settings, runtime: Runtime) -> None:
        self._settings = settings
        self._runtime = runtime
        self._common = Shelf(None, runtime)
        self._own = Account(settings.connection, Shelf(settings.connection, runtime), self._common)
        self._known: OrderedDict[tuple[str | None, str | None, str | None], Account] = OrderedDict()
        self._by_owner: OrderedDict[str, Account] = OrderedDict()

    def of(self, caller: Caller, host: str) -> Account:
        """The account of a caller who names a host."""
        place = self._settings.connection
        region = self._settings.region_of(host)
        reached = place is not None and bool(place.endpoint or place.host or place.region)
        if not self._settings.passes_keys or not (reached or region):
            return self._own
        named = (caller.key, caller.token, region)
        account = self._known.pop(named, None) or self._made(caller, region)
        self._known[named] = account
        if len(self._known) > MOST_ACCOUNTS:
            self._known.popitem(last=False)
        return account

    def remember(self, owner: str, account: Account) -> None:
        """So that an owner's meetings can be worked on while nobody of theirs is connected."""
        self._by_owner.pop(owner, None)
        self._by_owner[owner] = account
        if len(self._by_owner) > MOST_ACCOUNTS:
            self._by_owner.popitem(last=False)

    def of_owner(self, owner: str) -> Account | None:
        """The account of an owner; None where keys are passed through, and this process was shown none."""
        if not self._settings.passes_keys:
            return self._own
        return self._by_owner.get(owner)

    def to_go_on(self, owner: str, backend: str) -> Account | None:
        """With which a backend goes on with an owner's meeting while nobody is connected; None where it must wait."""
        account = self.of_owner(owner)
        if account is None and not self._own.shelf.capabilities(backend).needs_account:
            return self._own
        return account

    def runs_here(self, backend: str) -> bool:
        """Whether a backend's job lives in a process."""
        return self._own.shelf.capabilities(backend).runs_here

    async def aclose(self) -> None:
        """Let every connection go."""
        shelves = {id(account.shelf): account.shelf for account in (*self._known.values(), *self._by_owner.values())}
        await asyncio.gather(*(shelf.aclose() for shelf in (*shelves.values(), self._own.shelf, self._common)))

    def _made(self, caller: Caller, region: str | None) -> Account:
        place = self._settings.connection or Connection()
        # What a host says wins over what is set for everybody, but for a place that was named whole.
        if region and not (place.endpoint or place.host):
            place = replace(place, region=region)
        connection = replace(place, key=caller.key, token=caller.token, credential=None)
        return Account(connection, Shelf(connection, self._runtime), self._common)
