"""Tokens of a credential object: asked for when needed, renewed before they end, and never shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from starlette.responses import Response

from remote_meeting_backends import AuthenticationFailed, Connection, ManualRuntime
from remote_meeting_backends.credentials import EARLY_SECONDS, Authorizer
from remote_meeting_backends.http import ServiceClient
from support.faults import Script
from support.servers import serving

pytestmark = pytest.mark.anyio

SCOPE = "https://cognitiveservices.azure.com/.default"
LIFE_SECONDS = 3600


@dataclass
class Tokens:
    """Gives a new token each time, as azure-identity's credentials do when the last one has ended."""

    runtime: ManualRuntime
    scopes: list[str] = field(default_factory=list)
    trouble: Exception | None = None

    def token(self, scope: str) -> AccessToken:
        """The next one."""
        if self.trouble is not None:
            raise self.trouble
        self.scopes.append(scope)
        ends = self.runtime.now() + timedelta(seconds=LIFE_SECONDS)
        return AccessToken(f"token-{len(self.scopes)}", int(ends.timestamp()))


class Credential(Tokens):
    """One of azure.identity."""

    def get_token(self, scope: str) -> AccessToken:
        """Blocks until there is one."""
        return self.token(scope)


class AsyncCredential(Tokens):
    """One of azure.identity.aio."""

    async def get_token(self, scope: str) -> AccessToken:
        """The same for asyncio."""
        return self.token(scope)


@pytest.fixture
def runtime() -> ManualRuntime:
    """No test waits."""
    return ManualRuntime()


@pytest.mark.parametrize("kind", [Credential, AsyncCredential])
async def test_a_token_is_asked_for_once_and_renewed_early(kind: type[Tokens], runtime: ManualRuntime) -> None:
    """For the scope of the service; a new one before the old one ends, so that a call that waits finds it valid."""
    credential = kind(runtime)
    authorizer = Authorizer(Connection(credential=credential), runtime, scope=SCOPE, backend="batch")
    for _ in range(3):
        assert await authorizer.headers() == {"Authorization": "Bearer token-1"}
    runtime.advance(LIFE_SECONDS - EARLY_SECONDS + 1)
    assert await authorizer.headers() == {"Authorization": "Bearer token-2"}
    assert credential.scopes == [SCOPE, SCOPE]
    assert authorizer.secrets == ("token-2",)


async def test_a_valid_token_outlives_a_credential_s_trouble(runtime: ManualRuntime) -> None:
    """Renewing early leaves time to try again; when the token has ended, the trouble is told."""
    credential = Credential(runtime)
    authorizer = Authorizer(Connection(credential=credential), runtime, scope=SCOPE, backend="batch")
    await authorizer.headers()
    credential.trouble = ClientAuthenticationError("no network")
    runtime.advance(LIFE_SECONDS - EARLY_SECONDS + 1)
    assert await authorizer.headers() == {"Authorization": "Bearer token-1"}
    runtime.advance(EARLY_SECONDS)
    with pytest.raises(AuthenticationFailed, match=r"Credential gave no token for .*: no network"):
        await authorizer.headers()


async def test_a_service_gets_the_token_and_no_message_does(runtime: ManualRuntime) -> None:
    """It travels in the header; an answer that echoes it is masked."""
    answers = Script(Response('{"code":"Unauthorized","message":"token-1 is not valid"}', 401))
    with serving(answers) as url:
        connection = Connection(credential=Credential(runtime))
        service = ServiceClient(connection, runtime, backend="fast", scope=SCOPE)
        with pytest.raises(AuthenticationFailed, match=r"\*\*\* is not valid"):
            await service.call("GET", url, params={}, meeting_id="m")
        await service.aclose()
    assert answers.seen[0].headers["authorization"] == "Bearer token-1"
    assert "ocp-apim-subscription-key" not in answers.seen[0].headers
