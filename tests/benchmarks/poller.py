"""The client whose memory test_pollers.py reads: it waits for every meeting of a store at once, and none ever ends."""

from __future__ import annotations

import asyncio
import json
import sys

from benchmarks.watched import say
from remote_meeting import SpeechConfig
from remote_meeting.aio import RemoteMeetingTranscriptionClient, RemoteMeetingTranscriptionOperation


async def main(url: str, key: str, store: str, meetings: list[str], seconds: float) -> None:
    """Wait for so many seconds; what is told is how many are still waited for.

    Args:
        url: Of the service.
        key: Whose meetings they are.
        store: Path of the meeting store.
        meetings: Their ids; the first one warms everything up.
        seconds: How long.
    """
    config = SpeechConfig(key, endpoint=url)
    async with RemoteMeetingTranscriptionClient(config, backend="batch", store=store) as client:
        await RemoteMeetingTranscriptionOperation(meetings[0], client).update_status()
        await asyncio.to_thread(say, 0)
        operations = [RemoteMeetingTranscriptionOperation(meeting, client) for meeting in meetings]
        waits = [asyncio.create_task(operation.wait_for_completion()) for operation in operations]
        _, waiting = await asyncio.wait(waits, timeout=seconds)
        await asyncio.to_thread(say, len(waiting))
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main(*json.loads(sys.argv[1])))
