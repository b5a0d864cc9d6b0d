"""What outlives the emulator's process: jobs, results and web hooks, in a SQLite file."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from remote_meeting_backends import ManualRuntime, StoreError
from remote_meeting_backends.testing import running_emulator
from support.emulated import SAID, Api
from support.servers import serving


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Where it is kept."""
    return tmp_path / "emulator.db"


def test_a_job_that_is_over_stays_so(state: Path) -> None:
    """With its files, its place in the list and its age; content URLs of before are no good, new ones are."""
    clock = ManualRuntime()
    with running_emulator(state=state, runtime=clock) as emulator, Api(emulator) as api:
        emulator.script(SAID)
        jobs = [api.submit(displayName=f"m-{n}", properties={"timeToLiveHours": 6}) for n in range(3)]
        assert {api.status(job) for job in jobs} == {"Succeeded"}
        api.call("DELETE", jobs[0]["self"])
        before = api.contents(jobs[1])
    with running_emulator(state=state, runtime=clock) as emulator, Api(emulator) as api:
        listed = api.get("transcriptions").json()["values"]
        assert [job["displayName"] for job in listed] == ["m-1", "m-2"]
        assert [job["status"] for job in listed] == ["Succeeded"] * 2
        assert api.contents(listed[0]) == before
        clock.advance(6 * 3600)
        assert api.get("transcriptions").json()["values"] == []
    with running_emulator(state=state) as emulator, Api(emulator) as api:
        assert api.get("transcriptions").json()["values"] == []


class Slow:
    """Keeps its first caller waiting for ever, and answers the others."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        is_first = not self.asked.is_set()
        self.asked.set()
        while is_first and (await receive())["type"] != "http.disconnect":
            pass
        await Response(b"scripted")(scope, receive, send)


def test_a_job_that_was_running_is_transcribed_again(state: Path) -> None:
    """What was asked for is known, and how often it was asked about."""
    slow = Slow()
    with serving(slow) as url:
        with running_emulator(state=state, progression="polls:3") as emulator, Api(emulator) as api:
            job = api.submit(contentUrls=[f"{url}/a.wav"])
            assert slow.asked.wait(20)
            assert [api.status(job) for _ in range(2)] == ["NotStarted", "Running"]
        with running_emulator(state=state) as emulator, Api(emulator) as api:
            emulator.script(SAID)
            (found,) = api.get("transcriptions").json()["values"]
            assert api.status(found) == "Succeeded"
            assert api.contents(found)["contenturl_0.json"]["source"] == f"{url}/a.wav"


def test_a_hook_is_challenged_again(state: Path) -> None:
    """One that had not answered yet; what it is to be told of is known."""
    slow = Slow()
    with serving(slow) as url:
        body = {"displayName": "h", "webUrl": url, "events": {"ping": True}, "properties": {"secret": "s"}}
        with running_emulator(state=state) as emulator, Api(emulator) as api:
            assert api.post("webhooks", body).json()["status"] == "NotStarted"
            assert slow.asked.wait(20)
        with running_emulator(state=state) as emulator, Api(emulator) as api:
            (hook,) = api.get("webhooks").json()["values"]
            while hook["status"] == "NotStarted":
                hook = api.get(hook["self"]).json()
            assert (hook["status"], hook["events"]) == ("Failed", {"ping": True})


def test_a_reset_empties_the_file(state: Path) -> None:
    """Nothing comes back."""
    with running_emulator(state=state) as emulator, Api(emulator) as api:
        emulator.script(SAID)
        api.submit()
        emulator.reset()
    with running_emulator(state=state) as emulator, Api(emulator) as api:
        assert api.get("transcriptions").json()["values"] == []


def test_nobody_else_can_read_it(state: Path) -> None:
    """For it holds the SAS of its jobs' URLs."""
    with running_emulator(state=state):
        assert stat.S_IMODE(state.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"This is no database, and never was one." * 50, None])
def test_a_file_that_cannot_be_used_is_a_sentence(tmp_path: Path, content: bytes | None) -> None:
    """With its name and what to do."""
    path = tmp_path / ("there.db" if content else "missing/emulator.db")
    if content:
        path.write_bytes(content)
    with pytest.raises(StoreError, match=rf"The emulator's state {path} cannot be used: .+; name another file\."):
        running_emulator(state=path).__enter__()
