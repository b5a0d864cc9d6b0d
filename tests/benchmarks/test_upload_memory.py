"""A file of 500 MB on its way to the fast service, and to Blob Storage (Azurite): what the client takes over idle.

pytest tests/benchmarks/test_upload_memory.py -m slow -n 0 -s
"""

from __future__ import annotations

import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import httpx
import pytest

from benchmarks.watched import running, serving, verdict
from remote_meeting_backends.connection import DEFAULT_CONTAINER
from remote_meeting_backends.staging.blobs import PARALLEL

if TYPE_CHECKING:
    from support.azurite import Azurite

pytest_plugins = ("support.azurite",)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

GOAL_BYTES = 64_000_000
RATE = 16_000
HEADER_BYTES = 44
# The fast service takes no more. 4 h 20 min.
LARGE_BYTES = 500_000_000
SMALL_BYTES = 500_000


def recording(path: Path, size: int) -> Path:
    """A mono WAV of that many bytes, no two pieces of it alike."""
    noise = bytes((number * number >> 3) & 255 for number in range(1_000_003))
    left = size - HEADER_BYTES
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.setnframes(left // 2)
        while left:
            piece = noise[: min(left, len(noise) - 1)]
            file.writeframesraw(piece)
            left -= len(piece)
    assert path.stat().st_size == size
    return path


def measure(
    backend: str,
    where: str,
    folder: Path,
    say: Callable[[str], None],
    bare: Callable[[str, BinaryIO], object],
    storage: str,
) -> None:
    """Send a small file, then a large one, and print what the second took.

    Args:
        backend: Its name.
        where: What is printed.
        folder: For the files; the large one is removed.
        say: Prints.
        bare: Sends a file to the same server (its URL is given) with nothing of ours: to compare the speed with.
        storage: A connection string; empty for none.
    """
    small, large = recording(folder / "small.wav", SMALL_BYTES), recording(folder / "large.wav", LARGE_BYTES)
    try:
        with serving("Succeeded") as url:
            paths = [str(folder / "meetings.db"), str(small), str(large)]
            with running("uploader", backend, url, storage, *paths) as client:
                seconds = client.work()
            began = time.perf_counter()
            with large.open("rb") as file:
                bare(url, file)
            bare_seconds = time.perf_counter() - began
    finally:
        large.unlink()
    say(
        f"{LARGE_BYTES / 1e6:.0f} MB to {where}: idle {client.idle / 1e6:.1f} MB, peak {client.peak / 1e6:.1f} MB "
        f"(PSS), {verdict(client.peak - client.idle, GOAL_BYTES)}; {LARGE_BYTES / 1e6 / seconds:.0f} MB/s, "
        f"{LARGE_BYTES / 1e6 / bare_seconds:.0f} MB/s by the bare library"
    )


def test_upload_to_fast(tmp_path: Path, say: Callable[[str], None]) -> None:
    """Goal: at most 64 MB over the idle client. The bare library is httpx."""

    def bare(url: str, file: BinaryIO) -> None:
        httpx.post(f"{url}/transcriptions:transcribe", files={"audio": file}, timeout=300).raise_for_status()

    measure("fast", "the fast service", tmp_path, say, bare, "")


def test_upload_to_staging(tmp_path: Path, say: Callable[[str], None], azurite: Azurite) -> None:
    """Goal: at most 64 MB over the idle client. The bare library is azure-storage-blob."""
    from azure.storage.blob import BlobClient

    def bare(_url: str, file: BinaryIO) -> None:
        with BlobClient.from_connection_string(azurite.connection_string, DEFAULT_CONTAINER, "bare.wav") as blob:
            blob.upload_blob(file, max_concurrency=PARALLEL)

    measure("batch", "Blob Storage", tmp_path, say, bare, azurite.connection_string)
