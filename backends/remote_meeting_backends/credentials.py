"""Who calls: a key, a token, or a credential object that is asked for a token before the last one expires."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .connection import Connection, redact
from .errors import AuthenticationFailed
from .runtime import Runtime

if TYPE_CHECKING:
    import asyncio

# A token is renewed this long before its end: a call that waits for its turn must still find it valid.
EARLY_SECONDS = 300.0
SHOWN_CHARACTERS = 300


class Authorizer:
    """Headers for a connection, and the secrets in them.

    Args:
        connection: The account.
        runtime: Gives the time.
        scope: What a credential is asked for.
        backend: Name for messages.
    """

    def __init__(self, connection: Connection, runtime: Runtime, *, scope: str, backend: str) -> None:
        self._connection = connection
        self._runtime = runtime
        self._scope = scope
        self._backend = backend
        self._token: str | None = None
        self._expires_at = 0.0
        self._asking: asyncio.Lock | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be printed."""
        return (*self._connection.secrets, *((self._token,) if self._token else ()))

    async def headers(self) -> dict[str, str]:
        """The authentication headers of the next call.

        Raises:
            AuthenticationFailed: The credential gave no token.
        """
        if self._connection.credential is None:
            return self._connection.headers
        import asyncio

        if self._asking is None:
            self._asking = asyncio.Lock()
        async with self._asking:
            if self._token is None or self.is_stale():
                await self._renew()
        return {"Authorization": f"Bearer {self._token}"}

    def is_stale(self) -> bool:
        """True when a credential's token ends soon: the next call to `headers` asks for another."""
        return self._token is not None and self._runtime.now().timestamp() > self._expires_at - EARLY_SECONDS

    async def _renew(self) -> None:
        """Ask again; a token that is still valid is kept when the credential has trouble."""
        try:
            given = await ask_for_token(self._connection.credential, self._scope, secrets=self.secrets)
        except AuthenticationFailed as error:
            if self._token is not None and self._runtime.now().timestamp() < self._expires_at:
                return
            error.backend = self._backend
            raise
        self._token, self._expires_at = given


async def ask_for_token(
    credential: Any, *scopes: str, secrets: Iterable[str] = (), **options: Any
) -> tuple[str, float]:
    """A credential's token and when it ends, in seconds since 1970; credentials of both kinds are taken.

    Args:
        credential: An object with `get_token`, awaited or not (azure-identity's).
        scopes: What the token is for.
        secrets: What must not be printed of its own error.
        options: Handed to it.

    Raises:
        AuthenticationFailed: It gave none, in its own words.
    """
    import asyncio
    import inspect

    try:
        if inspect.iscoroutinefunction(credential.get_token):
            given = await credential.get_token(*scopes, **options)
        else:
            given = await asyncio.to_thread(credential.get_token, *scopes, **options)
        return str(given.token), float(given.expires_on)
    except Exception as error:
        said = redact(" ".join(str(error).split()), secrets)[:SHOWN_CHARACTERS].rstrip(".")
        raise AuthenticationFailed(
            f"The credential {type(credential).__name__} gave no token for {' '.join(scopes)}: {said}."
        ) from error
