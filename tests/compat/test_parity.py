"""Two faces, one interface: what the blocking client has the async one has, and both say the same."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

import remote_meeting
from remote_meeting import ManualRuntime, MeetingDeleted, aio
from support.facade import use_backends
from support.scripted import HereBackend

PAIRS = {
    name: (getattr(remote_meeting, name), getattr(aio, name))
    for name in (
        "RemoteMeetingTranscriptionClient",
        "RemoteMeetingTranscriptionOperation",
        "MeetingTranscriptionPoller",
    )
}
# Callbacks on one side are a stream on the other; each side closes in its own way and shows what is below it.
DIFFERENT = {"subscribe", "close", "aclose", "asynchronous", "meetings"}


def public(kind: type) -> dict[str, Any]:
    """What an app may use of a class, except what differs for a reason."""
    members = {name: member for name, member in vars(kind).items() if not name.startswith("_")}
    return {name: member for name, member in members.items() if name not in DIFFERENT}


def parameters(function: Any) -> list[tuple[str, Any, Any]]:
    """Names, kinds and defaults, without `self`."""
    given = list(inspect.signature(function).parameters.values())[1:]
    return [(parameter.name, parameter.kind, parameter.default) for parameter in given]


@pytest.mark.parametrize("name", PAIRS)
def test_the_same_members(name: str) -> None:
    """Nothing is on one side alone, and a property is a property on both."""
    blocking, awaited = map(public, PAIRS[name])
    assert {key: isinstance(member, property) for key, member in blocking.items()} == {
        key: isinstance(member, property) for key, member in awaited.items()
    }


@pytest.mark.parametrize("name", PAIRS)
def test_the_same_parameters(name: str) -> None:
    """Constructors and methods take the same arguments, with the same defaults."""
    blocking, awaited = PAIRS[name]
    methods = [key for key, member in public(blocking).items() if not isinstance(member, property)]
    for method in ["__init__", *methods]:
        assert parameters(getattr(blocking, method)) == parameters(getattr(awaited, method)), method


def test_what_blocks_is_what_is_awaited() -> None:
    """A method that is a coroutine below blocks above, and no other does."""
    awaited = {
        f"{name}.{key}"
        for name, (_, kind) in PAIRS.items()
        for key, member in public(kind).items()
        if inspect.iscoroutinefunction(member)
    }
    assert awaited == {
        "RemoteMeetingTranscriptionClient.submit",
        "RemoteMeetingTranscriptionClient.resume",
        "RemoteMeetingTranscriptionClient.delete_remote_transcription",
        "RemoteMeetingTranscriptionOperation.update_status",
        "RemoteMeetingTranscriptionOperation.wait_for_completion",
        "MeetingTranscriptionPoller.poll",
        "MeetingTranscriptionPoller.wait_for_completion",
        "MeetingTranscriptionPoller.get_final_result",
    }
    assert not any(
        inspect.iscoroutinefunction(member) for kind, _ in PAIRS.values() for member in public(kind).values()
    )


async def settled(value: Any) -> Any:
    """The value itself, or what it brings when it is awaited."""
    return await value if isinstance(value, Awaitable) else value


async def scenario(client: Any, operation_class: Any, audio: Path) -> list[object]:
    """One meeting from beginning to end; returns all that can be seen of it."""
    submitted = await settled(client.submit(audio, meeting_id="standup", speakers="2-3"))
    seen: list[object] = [submitted.id, submitted.has_completed, submitted.has_value, submitted.status]
    result = await settled(submitted.wait_for_completion(5.0))
    seen += [result.id, result.transcript, submitted.get_raw_response(), submitted.progress, submitted.status]
    operation = operation_class("standup", client)
    seen += [await settled(operation.update_status()), operation.value.transcript, operation.has_completed]
    poller = client.get_transcription_operation("standup").set_poll_interval(3).get_sync_poller()
    seen += [await settled(poller.poll()), await settled(poller.wait_for_completion())]
    seen += [(await settled(poller.get_final_result())).transcript]
    seen += [await settled(client.delete_remote_transcription("standup")), await settled(operation.update_status())]
    try:
        seen.append(operation.value)
    except MeetingDeleted as error:
        seen.append(str(error))
    return seen


def without_a_loop(coroutine: Any) -> Any:
    """Run a coroutine that never waits."""
    with pytest.raises(StopIteration) as ended:
        coroutine.send(None)
    return ended.value.value


@pytest.fixture
async def awaited(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, audio: Path) -> list[object]:
    """The scenario on the async face."""
    use_backends(monkeypatch, HereBackend())
    store = tmp_path / "awaited.db"
    async with aio.RemoteMeetingTranscriptionClient(store=store, runtime=ManualRuntime()) as client:
        return await scenario(client, aio.RemoteMeetingTranscriptionOperation, audio)


def test_one_scenario_on_both(
    anyio_backend: str, awaited: list[object], monkeypatch: pytest.MonkeyPatch, store_path: Path, audio: Path
) -> None:
    """A meeting looks the same from either face, at every step."""
    use_backends(monkeypatch, HereBackend())
    with remote_meeting.RemoteMeetingTranscriptionClient(store=store_path, runtime=ManualRuntime()) as client:
        blocking = without_a_loop(scenario(client, remote_meeting.RemoteMeetingTranscriptionOperation, audio))
    assert blocking == awaited
    assert len(blocking) == 18
