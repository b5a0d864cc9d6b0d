"""The backends that a caller can use: opened when first needed, closed together."""

from __future__ import annotations

from collections.abc import Mapping

from remote_meeting_backends import (
    Backend,
    Capabilities,
    Connection,
    MissingExtra,
    NoBackend,
    Runtime,
    backend_class,
    known_backends,
)

from .routing import AUTO, Candidate, in_order


class Shelf:
    """Backends by name.

    Args:
        connection: The caller's account, or None.
        runtime: Handed to each backend.
        given: Backends to use instead of the registered ones.
    """

    def __init__(
        self, connection: Connection | None, runtime: Runtime, given: Mapping[str, Backend] | None = None
    ) -> None:
        self._connection = connection or Connection()
        self._runtime = runtime
        self._given = given
        self._open: dict[str, Backend] = {}
        # Looking one up searches every package that is installed.
        self._kinds: dict[str, type[Backend]] = {}

    def names(self) -> tuple[str, ...]:
        """Every name that is known here."""
        return tuple(self._given) if self._given is not None else in_order(known_backends())

    def check(self, choice: str) -> None:
        """Raises NoBackend when a choice is neither `auto` nor a known name."""
        if choice != AUTO and choice not in self.names():
            raise NoBackend(f"There is no backend named {choice!r}: choose one of {', '.join(self.names())}, or auto.")

    def need(self, choice: str) -> None:
        """Raises MissingExtra when a backend that was chosen by name is not installed."""
        missing = None if choice == AUTO else self._kind(choice).missing()
        if missing is not None:
            raise MissingExtra(missing)

    def candidates(self) -> dict[str, Candidate]:
        """What routing needs to know of each."""
        found = {}
        for name in self.names():
            try:
                kind = self._kind(name)
            except NoBackend as error:
                # Somebody else's backend that cannot be loaded stands in nobody's way.
                found[name] = Candidate(Capabilities(), error.message)
            else:
                limits = self._connection.limits.get(name)
                found[name] = Candidate(kind.capabilities.within(limits), kind.missing())
        return found

    def capabilities(self, name: str) -> Capabilities:
        """What a backend can do.

        Raises:
            NoBackend: A meeting of the store was given to a backend that is not installed here.
        """
        return self._kind(name).capabilities

    def get(self, name: str) -> Backend:
        """The backend of that name."""
        if self._given is not None and name in self._given:
            return self._given[name]
        if name not in self._open:
            self._open[name] = backend_class(name).open(self._connection, self._runtime)
        return self._open[name]

    async def aclose(self) -> None:
        """Close every one that was used."""
        backends = [*self._open.values(), *(self._given or {}).values()]
        self._open = {}
        for backend in backends:
            await backend.aclose()

    def _kind(self, name: str) -> type[Backend]:
        if self._given is not None and name in self._given:
            return type(self._given[name])
        if name not in self._kinds:
            self._kinds[name] = backend_class(name)
        return self._kinds[name]
