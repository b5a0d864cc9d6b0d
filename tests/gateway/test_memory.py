"""What the C library is told: threads share an arena, and free memory goes back. Each in a process of its own."""

from __future__ import annotations

import platform
import re
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="malloc's arenas are the GNU C library's")

# Threads that allocate beside each other, and how many arenas malloc has then.
ARENAS = """
import ctypes, threading
from remote_meeting.gateway.memory import one_arena

if {is_told}:
    one_arena()
library = ctypes.CDLL(None)
library.malloc.restype, library.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
gate = threading.Barrier(5)

def allocate():
    gate.wait()
    kept = [library.malloc(5000) for _ in range(100)]
    gate.wait()
    for one in kept:
        library.free(one)

threads = [threading.Thread(target=allocate) for _ in range(4)]
for thread in threads:
    thread.start()
gate.wait()
gate.wait()
library.fopen.restype, library.fclose.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
library.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
out = library.fopen(b"/dev/stdout", b"w")
library.malloc_info(0, out)
library.fclose(out)
"""
# Blocks below one that is kept are free, and stay with the process until it is told.
FREED = """
from remote_meeting.gateway.memory import give_back

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

blocks = [bytearray(50_000) for _ in range(1000)]
kept = blocks.pop()
del blocks
before = resident()
give_back()
print(before - resident())
"""


def said(program: str) -> str:
    """What a process of its own prints."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def test_threads_share_an_arena() -> None:
    """Left alone each has its own."""
    arenas = [len(re.findall(r"<heap nr=", said(ARENAS.format(is_told=is_told)))) for is_told in (False, True)]
    assert arenas[0] > arenas[1] == 1


def test_free_memory_goes_back() -> None:
    """Most of 50 MB."""
    assert int(said(FREED)) > 40_000_000
