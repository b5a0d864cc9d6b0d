"""An old app polls a meeting whose job is at the batch service: the gateway asks there, with its own account."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from remote_meeting import SpeechConfig
from remote_meeting.aio import RemoteMeetingTranscriptionClient
from remote_meeting.gateway import create_app
from remote_meeting_backends import ManualRuntime
from remote_meeting_backends.testing import SpeechEmulator
from support.servers import serving
from support.sound import save, tone

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("has_account", [True, False], ids=["with an account", "without"])
async def test_a_poll_reaches_the_service(
    speech_emulator: SpeechEmulator, store_path: Path, tmp_path: Path, has_account: bool
) -> None:
    """Processing, then Completed with who said what; without an account the trouble is the operator's."""
    speech_emulator.script([{"speaker": 1, "text": "Good morning."}])
    speech_emulator.progression("polls:3")
    url = speech_emulator.audio("a.wav", save(tmp_path / "a.wav", tone(1)).read_bytes())
    config = SpeechConfig(subscription=speech_emulator.key, endpoint=speech_emulator.url)
    async with RemoteMeetingTranscriptionClient(
        config, backend="batch", store=store_path, runtime=ManualRuntime()
    ) as client:
        await client.submit(url, meeting_id="stand-up")
        while (await client.meetings.look("stand-up")).detail is None:
            pass
    account = speech_emulator.connection() if has_account else None
    headers = {"Ocp-Apim-Subscription-Key": speech_emulator.key}
    with serving(create_app(store_path, connection=account)) as gateway:
        async with httpx.AsyncClient(base_url=gateway, headers=headers, params={"id": "stand-up"}) as app:
            replies = [await app.get("/api/v1/OfflineTask") for _ in range(3)]
            stranger = await app.get("/api/v1/OfflineTask", headers={"Ocp-Apim-Subscription-Key": "other"})
    assert stranger.status_code == 404
    if not has_account:
        assert [reply.status_code for reply in replies] == [503] * 3
        return
    assert [reply.json()["processingStatus"] for reply in replies][-1] == 2
    assert replies[0].json()["processingStatus"] == 1
    assert [item["text"] for item in replies[-1].json()["transcriptions"]] == ["Good morning."]
