"""The watch over the contract sees what is against it, and nothing else."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from support.contract_files import need_contracts
from support.held import Held

JOB = "/speechtotext/transcriptions/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
GOOD = {"displayName": "a", "locale": "en-US", "properties": {"timeToLiveHours": 48}, "status": "Running"}


def exchange(answer: Response, method: str = "GET", path: str = JOB, **asked: object) -> list[str]:
    """What the watch says of one exchange."""
    need_contracts()

    async def reply(request: Request) -> Response:
        await request.body()
        return answer

    app = Starlette(routes=[Route("/{path:path}", reply, methods=["GET", "POST"])])
    breaches: list[str] = []
    held = Held(app, breaches)

    async def send() -> None:
        transport = httpx.ASGITransport(app=held)
        async with httpx.AsyncClient(transport=transport, base_url="http://emulator.test") as client:
            await client.request(method, path, params={"api-version": "2025-10-15"}, json=asked or None)

    asyncio.run(send())
    return breaches


def test_what_keeps_to_it_passes() -> None:
    """An answer of the contract, an error of it, and what is no part of it."""
    assert exchange(JSONResponse(GOOD)) == []
    assert exchange(JSONResponse({"code": "NotFound", "message": "No."}, 404)) == []
    assert exchange(JSONResponse({"anything": 1}), path="/_emulator/log") == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (JSONResponse({**GOOD, "speaker": 1}), "speaker"),
        (JSONResponse({**GOOD, "status": "Cancelled"}), "Cancelled"),
        (JSONResponse(GOOD, 202), "202 is no answer"),
        (JSONResponse({"code": "NoSuchCode", "message": "No."}, 400), "NoSuchCode"),
    ],
)
def test_an_answer_against_it_is_told(answer: Response, why: str) -> None:
    """With the place."""
    (breach,) = exchange(answer)
    assert why in breach
    assert breach.startswith(f"GET {JOB}: ")


def test_a_request_against_it_is_told_when_it_was_obeyed() -> None:
    """A refused one need not be right."""
    path = "/speechtotext/transcriptions:submit"
    obeyed = JSONResponse(GOOD, 201, {"location": "https://x.test/"})
    assert "diarizationEnabled" in str(exchange(obeyed, "POST", path, **GOOD, diarizationEnabled=True))
    refused = JSONResponse({"code": "InvalidRequest", "message": "No."}, 400)
    assert exchange(refused, "POST", path, diarizationEnabled=True) == []
