"""From blocking code to the event loop and back, also when the process forks, is interrupted or ends."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from remote_meeting.portal import Portal
from remote_meeting_backends import SystemRuntime
from remote_meeting_backends.store import MeetingKey, MeetingStore
from support import processes
from support.processes import child
from support.stores import new_meeting

if TYPE_CHECKING:
    from support.postgres import Cluster

pytest_plugins = ("support.postgres",)

KEY = MeetingKey("", "standup")


async def seven() -> int:
    """A coroutine with a result."""
    return 7


async def broken() -> None:
    """A coroutine with an error."""
    raise ZeroDivisionError("by zero")


def test_results_and_errors_come_back() -> None:
    """A call is as if it were made here."""
    portal = Portal()
    assert portal.call(seven()) == 7
    with pytest.raises(ZeroDivisionError, match="by zero"):
        portal.call(broken())
    assert portal.start(seven()).result() == 7
    portal._close()
    assert portal.call(seven()) == 7
    portal._close()
    portal._close()


@pytest.mark.anyio
async def test_a_running_loop_is_not_blocked() -> None:
    """The sentence names the module for asyncio; the coroutine is closed, so that nobody warns of it."""
    coroutine = seven()
    with pytest.raises(RuntimeError, match=r"would block the event loop it is made on: use remote_meeting\.aio"):
        Portal().call(coroutine)
    with pytest.raises(RuntimeError, match="cannot reuse"):
        coroutine.send(None)


@pytest.mark.parametrize("when", ["left", "closed"])
def test_the_end_of_the_process_lets_its_meetings_go(store_path: Path, audio: Path, when: str) -> None:
    """Work that still runs is stopped before its threads are gone; nobody holds the meeting, and no error is shown."""
    with child(processes.submit_and_exit, store_path, audio, when) as process:
        assert process.hear() == "working"
        process.say()
        assert process.hear() == "ended"
        assert process.end() == 0
        assert process.complaints() == ""
    store = MeetingStore(store_path, SystemRuntime())
    record = store.get(KEY)
    assert (record.status.is_final, record.runner) == (False, None)
    assert store.checkpoints(KEY) == ["one"]
    store.close()


def test_a_forked_child_has_a_loop_of_its_own(database: str) -> None:
    """The child asks with its parent's client and with its own, and the parent goes on after it."""
    store = MeetingStore(database, SystemRuntime())
    store.create(new_meeting(), None)
    store.close()
    with child(processes.fork, database) as process:
        assert [process.hear() for _ in range(4)] == ["Uploading", "Uploading", "Uploading", "asked"]
        process.say()
        assert [process.hear() for _ in range(2)] == ["0", "Uploading"]
        assert process.end() == 0
        assert process.complaints() == ""


def test_a_forked_child_has_connections_of_its_own(cluster: Cluster) -> None:
    """It does not speak to the database over its parent's connection."""
    database = cluster.new_database()
    store = MeetingStore(database, SystemRuntime())
    store.create(new_meeting(), None)
    store.close()
    with child(processes.fork, database) as process:
        assert [process.hear() for _ in range(4)][-1] == "asked"
        name = database.rpartition("/")[2]
        assert cluster.run(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'") == [(2,)]
        process.say()


def test_an_interrupt_cancels_the_call() -> None:
    """Ctrl-C in a call that blocks ends it, and the portal goes on."""
    with child(processes.interrupt) as process:
        assert process.hear() == "blocking"
        process.send(signal.SIGINT)
        assert [process.hear(), process.hear()] == ["interrupted", "7"]
        assert process.end() == 0
