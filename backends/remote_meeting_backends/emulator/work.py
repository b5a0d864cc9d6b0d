"""What happens to a job behind the answers: its files are fetched and listened to, results and report are made."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final

from .core import Emulator, log
from .fetching import Input
from .jobs import Job, Outcome, ResultFile, Status
from .listening import Ask, Unheard
from .render import Heard, Wanted, batch_result, report

RESULT: Final = "Transcription"
REPORT: Final = "TranscriptionReport"
SETTLE_SECONDS: Final = 30.0
EVENTS: Final = {
    Status.RUNNING: "TranscriptionProcessing",
    Status.SUCCEEDED: "TranscriptionCompletion",
    Status.FAILED: "TranscriptionCompletion",
}
Tell = Callable[[str, Job], None]


class Work:
    """The work on batch jobs.

    Args:
        emulator: Whose jobs.
        tell: Told of a job's events by name.
    """

    def __init__(self, emulator: Emulator, tell: Tell) -> None:
        self._emulator = emulator
        self._tell = tell

    def begin(self, job: Job) -> None:
        """Start, or after a restart start again, what a job still needs."""
        if not job.is_settled:
            self._emulator.spawn(f"job {job.id}", self._transcribe(job))
        if not job.status.is_final and job.progression.mode == "seconds":
            self._emulator.spawn(f"clock {job.id}", self._watch(job))

    async def forget(self, job: Job) -> None:
        """End the work on a job, and forget it."""
        await self._emulator.stop(f"job {job.id}")
        await self._emulator.stop(f"clock {job.id}")
        self._emulator.state.drop_job(job.id)

    async def settle(self, job: Job) -> None:
        """Wait for what makes the next answer certain: a script's work, or the work that the Nth poll reports."""
        task = self._emulator.tasks.get(f"job {job.id}")
        is_counted = job.progression.mode == "polls" and job.may_end(self._emulator.now())
        if task is not None and (self._emulator.script is not None or is_counted):
            await asyncio.wait({task}, timeout=SETTLE_SECONDS)
        self.advance(job)

    def advance(self, job: Job) -> None:
        """Enter the statuses that are due, and tell of them."""
        entered = job.advance(self._emulator.now())
        if entered:
            self._emulator.state.keep_job(job)
        for status in entered:
            self._tell(EVENTS[status], job)

    async def _watch(self, job: Job) -> None:
        # The statuses are entered when somebody asks, too; this is for the web hooks.
        for _ in range(2):
            await self._emulator.runtime.idle(job.progression.amount / 2)
            self.advance(job)

    async def _transcribe(self, job: Job) -> None:
        job.begun = True
        self.advance(job)
        try:
            job.outcome = await self._outcome(job)
        except Unheard as error:
            job.outcome = self._failed(error.code, error.vague)
        except Exception as error:
            log.exception("job %s failed", job.id)
            job.outcome = self._failed("Internal", type(error).__name__)
        self._emulator.state.keep_job(job)
        self.advance(job)

    def _failed(self, code: str, message: str) -> Outcome:
        return Outcome(at=self._emulator.now(), error={"code": code, "message": message})

    async def _outcome(self, job: Job) -> Outcome:
        flaw = job.flaws.get("job_failed")
        if flaw is not None:
            return self._failed(flaw["code"], flaw["message"])
        inputs = await self._inputs(job)
        heard: list[Heard | Unheard] = []
        for number, one in enumerate(inputs):
            heard.append(await self._hear(job, one, number))
        self._emulator.record.transcribed += sum(isinstance(one, Heard) for one in heard)
        files = self._results(job, inputs, heard)
        if job.destination is not None:
            for file in files:
                file.url = await self._emulator.fetcher.put(job.destination, f"{job.id}/{file.name}", file.content)
        failures = [one for one in heard if isinstance(one, Unheard)]
        # A file that fails by order leaves its job Succeeded: this is what clients overlook.
        real = [one for one in failures if "file_failed" not in job.flaws]
        error = None
        if real and len(real) == len(inputs):
            error = {"code": real[0].code, "message": real[0].vague}
        elif not inputs:
            error = {"code": "InvalidUri", "message": "The recordings URI contains no files."}
        return Outcome(
            at=self._emulator.now(),
            milliseconds=sum(one.duration_ticks // 10_000 for one in heard if isinstance(one, Heard)),
            error=error,
            files=files,
        )

    async def _inputs(self, job: Job) -> list[Input]:
        if job.container is not None:
            return await self._emulator.fetcher.blobs(job.container)
        return [Input(url, f"contenturl_{number}.json", url) for number, url in enumerate(job.urls)]

    async def _hear(self, job: Job, one: Input, number: int) -> Heard | Unheard:
        flaw = job.flaws.get("file_failed")
        if flaw is not None and flaw["input"] == number:
            return Unheard("InvalidData", flaw["message"] or "The recordings URI contains invalid data.")
        try:
            with self._emulator.room() as folder:
                path = await self._emulator.fetcher.fetch(one.url, folder / "audio", host=job.host)
                return await self._emulator.listener.hear(path, self._ask(job), self._emulator.script)
        except Unheard as error:
            return error

    def _ask(self, job: Job) -> Ask:
        properties = job.body["properties"]
        diarization = properties.get("diarization") or {}
        identified = properties.get("languageIdentification") or {}
        is_diarized = bool(diarization.get("enabled"))
        return Ask(
            locales=(job.body["locale"], *identified.get("candidateLocales", ())),
            speakers=diarization["maxSpeakers"] if is_diarized else None,
            channels=tuple(properties["channels"]),
            longest_seconds=self._emulator.settings.diarized_seconds if is_diarized else float("inf"),
            stereo_with_speakers=False,
        )

    def _results(self, job: Job, inputs: list[Input], heard: list[Heard | Unheard]) -> list[ResultFile]:
        emulator = self._emulator
        now = emulator.now()
        properties: dict[str, Any] = job.body["properties"]
        wanted = Wanted(
            words=properties["wordLevelTimestampsEnabled"],
            display_words=properties["displayFormWordLevelTimestampsEnabled"],
            speakers=bool((properties.get("diarization") or {}).get("enabled")),
            locales=properties.get("languageIdentification") is not None,
        )
        missing = job.flaws.get("missing_file", {}).get("input")
        files = []
        for number, (one, said) in enumerate(zip(inputs, heard, strict=True)):
            if isinstance(said, Heard) and number != missing:
                result = batch_result(said, wanted, source=one.source, timestamp=stamp(now))
                files.append(self.file(one.name, RESULT, result))
        told = [
            (one.source, said.kind, said.message) if isinstance(said, Unheard) else (one.source, None, None)
            for one, said in zip(inputs, heard, strict=True)
        ]
        files.append(self.file("report.json", REPORT, report(told)))
        return files

    def file(self, name: str, kind: str, content: dict[str, Any]) -> ResultFile:
        """A file of a job, made now."""
        emulator = self._emulator
        body = json.dumps(content, ensure_ascii=False, indent=2).encode("utf-8", errors="replace")
        return ResultFile(id=emulator.new_id(), name=name, kind=kind, content=body, created=emulator.now())


def stamp(when: Any) -> str:
    """A time as the service writes it."""
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"
