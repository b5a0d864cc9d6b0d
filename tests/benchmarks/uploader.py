"""The client whose memory test_upload_memory.py reads: a small file, then the large one, as users send them."""

from __future__ import annotations

import asyncio
import json
import sys
import time

from benchmarks.watched import say
from remote_meeting import SpeechConfig
from remote_meeting.aio import RemoteMeetingTranscriptionClient
from remote_meeting.config import AzureOptions
from remote_meeting_backends.connection import Limits, Storage

POLL_SECONDS = 0.2
LIMITS = Limits(max_bytes=10**9, max_seconds=24 * 3600.0, max_diarized_seconds=24 * 3600.0)


async def main(backend: str, url: str, storage: str, store: str, small: str, large: str) -> None:
    """Send both; what is told is how long each took, in seconds.

    Args:
        backend: `fast` or `batch`.
        url: Of the service.
        storage: A connection string; empty for none.
        store: Path of the meeting store.
        small: Path of the file that warms everything up.
        large: Path of the file that counts.
    """
    azure = AzureOptions(storage=Storage(storage) if storage else None, limits={backend: LIMITS})
    config = SpeechConfig("0" * 32, endpoint=url)
    async with RemoteMeetingTranscriptionClient(config, backend=backend, store=store, azure=azure) as client:

        async def send(path: str) -> float:
            began = time.perf_counter()
            result = await (await client.submit(path)).wait_for_completion(POLL_SECONDS)
            assert [phrase.text for phrase in result.meeting_transcription_results] == ["Hi."]
            return time.perf_counter() - began

        await asyncio.to_thread(say, await send(small))
        await asyncio.to_thread(say, await send(large))


if __name__ == "__main__":
    asyncio.run(main(*json.loads(sys.argv[1])))
