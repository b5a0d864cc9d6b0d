"""The facade uploads to a gateway that is killed in the middle: the meeting is the same as one that nothing befell."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from remote_meeting import SpeechConfig
from remote_meeting.aio import RemoteMeetingTranscriptionClient
from remote_meeting_backends.live import LiveAudio
from support.gateways import COMPLETED, Gateway, running_gateway
from support.sound import pcm16, speech

pytestmark = pytest.mark.anyio

KEY = "3c" * 16
NOT_FOUND = 404
PCM = pcm16(speech(8))


async def uploaded(gateway: Gateway, meeting_id: str, folder: Path, *, is_killed: bool) -> list[tuple[int, str]]:
    """Speak a meeting for later; half of it is said when the gateway is killed."""
    config = SpeechConfig(subscription=KEY, endpoint=f"{gateway.url}/api/v1/")
    queue: asyncio.Queue[bytes | None] = asyncio.Queue()
    queue.put_nowait(PCM[: len(PCM) // 2])
    async with RemoteMeetingTranscriptionClient(config, backend="legacy", store=folder / "here.db") as client:
        operation = await client.submit(LiveAudio.from_queue(queue), meeting_id=meeting_id)
        while (await asyncio.to_thread(gateway.offline_task, meeting_id, KEY)).status_code == NOT_FOUND:
            assert not (await client.meetings.look(meeting_id)).is_over
        if is_killed:
            await asyncio.to_thread(gateway.restart)
        queue.put_nowait(PCM[len(PCM) // 2 :])
        queue.put_nowait(None)
        result = await operation.wait_for_completion(polling_interval=0.1, timeout=60)
    return [(item.offset_in_ticks, item.text) for item in result.meeting_transcription_results]


async def test_a_gateway_that_is_killed(tmp_path: Path) -> None:
    """All audio arrives once, over two lives of the gateway."""
    with running_gateway(tmp_path, "--backend", "local", "--async-backend", "local") as gateway:
        whole = await uploaded(gateway, "whole", tmp_path, is_killed=False)
        broken = await uploaded(gateway, "broken", tmp_path, is_killed=True)
        assert gateway.offline_task("broken", KEY).json()["processingStatus"] == COMPLETED
    assert whole
    assert broken == whole
