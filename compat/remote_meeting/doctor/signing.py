"""Azure's own sign-in, asked for a token beside the event loop: it may look for programs and addresses for long."""

from __future__ import annotations

import inspect
import logging
from typing import Any, Self

from remote_meeting_backends import AuthenticationFailed
from remote_meeting_backends.credentials import Authorizer

from .account import CREDENTIALS
from .aside import TooLate, aside, within
from .finding import Finding, ok, problem


class Tokens:
    """A credential of either kind, as the asyncio clients want it; whoever leaves does not wait for it.

    Args:
        credential: The user's; it is the user's to close, too.
    """

    def __init__(self, credential: Any) -> None:
        self._credential = credential

    @classmethod
    def of(cls, credential: Any) -> Tokens:
        """One that is called what the credential is called: errors name it by its class."""
        named: type[Tokens] = type(type(credential).__name__, (cls,), {})
        return named(credential)

    async def get_token(self, *scopes: str, **options: Any) -> Any:
        """The credential's own answer, or its own error."""
        if inspect.iscoroutinefunction(self._credential.get_token):
            return await self._credential.get_token(*scopes, **options)
        return await aside(lambda: self._credential.get_token(*scopes, **options))

    async def close(self) -> None:
        """Nothing is this object's."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def signed_in(authorizer: Authorizer, seconds: float) -> Finding:
    """Whether the sign-in gives a token; the authorizer keeps it for the questions that follow."""
    # What azure-identity logs of a sign-in that fails is in the error, too; unheard, it would go to the terminal.
    logging.getLogger("azure").addHandler(logging.NullHandler())
    try:
        await within(seconds, authorizer.headers())
    except TooLate as late:
        return problem(CREDENTIALS, f"Azure's sign-in gave {late}: sign in (az login), or set SPEECH_KEY.")
    except AuthenticationFailed as error:
        return problem(CREDENTIALS, f"{error.message} Sign in (az login), or set SPEECH_KEY.")
    return ok(CREDENTIALS, "SPEECH_CREDENTIAL: Azure's sign-in gave a token.")
