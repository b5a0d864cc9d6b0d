"""The contract suite on every backend of the package, and on the scripted ones that other tests rely on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from remote_meeting_backends import (
    Backend,
    Connection,
    JobOptions,
    JobRequest,
    ManualRuntime,
    MeetingNotFound,
    Runtime,
)
from remote_meeting_backends.batch import BatchBackend
from remote_meeting_backends.contract import BackendContract, MemoryJournal
from remote_meeting_backends.fast import FastBackend
from remote_meeting_backends.legacy import LegacyBackend
from remote_meeting_backends.local import LocalBackend
from remote_meeting_backends.testing import SpeechEmulator
from support.cassettes import KEY, Service, recorded_gateway
from support.parts import need
from support.scripted import FarBackend, HereBackend
from support.sound import save, speech, tone


class TestLegacyBackend(BackendContract):
    """Against the real gateway, over a real socket."""

    backend_type = LegacyBackend
    service: Service

    @pytest.fixture(autouse=True)
    def _gateway(self, tmp_path: Path) -> Iterator[None]:
        with recorded_gateway(tmp_path) as self.service:
            yield

    def connection(self) -> Connection:
        return Connection(key=KEY, endpoint=self.service.base)

    def runtime(self) -> Runtime:
        return ManualRuntime()

    async def begin(self, backend: Backend) -> str:
        """Its meetings begin elsewhere; this one is done."""
        return "completed"


class TestLocalBackend(BackendContract):
    """With real speech."""

    backend_type = LocalBackend

    @pytest.fixture(autouse=True)
    def _audio(self, tmp_path: Path) -> None:
        need(LocalBackend.missing() is None, "the local backend", "python -m pip install -e '.[local]'")
        self.audio = save(tmp_path / "speech.wav", speech(3))

    def request(self) -> JobRequest:
        return JobRequest("m-1", self.audio, JobOptions())


class _InTheCloud(BackendContract):
    """Against the emulator, over a real socket, with a transcript that is said beforehand."""

    emulator: SpeechEmulator

    @pytest.fixture(autouse=True)
    def _cloud(self, cloud: SpeechEmulator, tmp_path: Path) -> None:
        self.emulator = cloud
        self.audio = save(tmp_path / "speech.wav", tone(3))

    def connection(self) -> Connection:
        return self.emulator.connection()


class TestFastBackend(_InTheCloud):
    """One request, one transcript."""

    backend_type = FastBackend

    def request(self) -> JobRequest:
        return JobRequest("m-1", self.audio, JobOptions())


class TestBatchBackend(_InTheCloud):
    """A job that begins before its contract is tested, and is over by then."""

    backend_type = BatchBackend

    def runtime(self) -> Runtime:
        return ManualRuntime()

    async def begin(self, backend: Backend) -> str:
        """Its jobs end at the service, not in this process."""
        url = self.emulator.audio("speech.wav", self.audio.read_bytes())
        job = await backend.submit(JobRequest("m-1", None, JobOptions(), (url,)), MemoryJournal())
        while not (await backend.status(job)).status.is_final:
            pass
        return job


class TestHereBackend(BackendContract):
    """The scripted backend that works in this process."""

    backend_type = HereBackend

    def request(self) -> JobRequest:
        return JobRequest("m-1", Path("meeting.wav"), JobOptions())


class TestFarBackend(BackendContract):
    """The scripted backend that keeps its jobs elsewhere."""

    backend_type = FarBackend

    def request(self) -> JobRequest:
        return JobRequest("m-1", Path("meeting.wav"), JobOptions())

    async def unknown(self, backend: Backend) -> str:
        """It answers what it is told to answer."""
        assert isinstance(backend, FarBackend)
        backend.answers = [MeetingNotFound("There is no such job.")]
        return "far/no-such-job"
