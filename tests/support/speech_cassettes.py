"""Where the cassettes of the speech to text REST API come from: our emulator on loopback, or Azure with an account."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlsplit

import yaml

from remote_meeting_backends import Connection, InvalidInput, ManualRuntime, Transcript
from remote_meeting_backends.emulator import EMULATOR_KEY
from remote_meeting_backends.speech_rest.endpoint import API_PATH, DEFAULT_API_VERSION, base_url
from remote_meeting_backends.testing import SpeechEmulator, running_emulator
from sample.make_sample import LINES, SHIPPED
from support.blob_container import CONTAINER as CONTAINER_PATH
from support.blob_container import container_of
from support.cassettes import Recorder, played_with
from support.scrubbing import MASK, Scrubber
from support.servers import serving

SPEECH = "http://speech.test"
_SAS = "sv=2022-11-02&se=2099-01-01T00%3A00%3A00Z"
AUDIO = f"http://audio.test/meeting.flac?{_SAS}&sr=b&sp=r&sig={MASK}"
CONTAINER = f"http://container.test{CONTAINER_PATH}?{_SAS}&sr=c&sp=rl&sig={MASK}"
SIGNATURE = "bm90aGluZyB0byByZWFk/YQ=="
_CLOUDS = (".api.cognitive.microsoft.com", ".api.cognitive.microsoft.us", ".api.cognitive.azure.cn")
# What the emulator is told to say: the bundled sample, its voices numbered as no list of ours would number them.
_NUMBERS = {"slt": 3, "awb": 1, "rms": 2}
Said = tuple[str, str, float]


class NotRecorded(Exception):
    """Why a behaviour is not recorded anew; its cassette stays as it is."""


@dataclass(frozen=True, slots=True)
class Account:
    """A Speech resource to record from.

    Args:
        key: Its key.
        region: Its region; an endpoint of the user's own is not asked, for nobody could say whose answers those were.
        audio_url: Where the service can read the bundled sample, for batch; may hold a SAS.
    """

    key: str = field(repr=False)
    region: str
    audio_url: str | None = field(default=None, repr=False)

    @classmethod
    def given(cls, environment: Mapping[str, str]) -> Self | None:
        """The one that SPEECH_KEY and SPEECH_REGION name, when both do."""
        key, region = environment.get("SPEECH_KEY"), environment.get("SPEECH_REGION")
        return cls(key, region, environment.get("CASSETTE_AUDIO_URL")) if key and region else None

    def connection(self, api_version: str) -> Connection:
        """What a backend is opened with."""
        return Connection(key=self.key, region=self.region, api_version=api_version)

    def host(self) -> str:
        """The region's host. Raises InvalidInput when the region is none of Azure's names."""
        host = urlsplit(base_url(self.connection(DEFAULT_API_VERSION), "batch")).netloc
        if not host.endswith(_CLOUDS):
            raise InvalidInput(f"{host} is no host of Azure: set SPEECH_REGION to a name such as westeurope.")
        return host


# Tests run without the user's account: it is read before the first of them.
ACCOUNT = Account.given(os.environ)


@dataclass
class Speech:
    """The service of one test; its controls do something only where an emulator is recorded.

    Args:
        source: `emulator` or `azure`: who answers, or who did when it was recorded.
        connection: What a backend is opened with.
        runtime: Its clock; it waits in earnest for Azure alone.
        audio: URL of the bundled sample.
        container: URL of a container of three files, the second of them empty.
        scrubber: What cleans its exchanges.
        recorder: What writes them down; None in replay.
        emulator: Who is told to misbehave.
        faults_were_injected: It was.
    """

    source: str
    connection: Connection
    runtime: ManualRuntime
    audio: str
    container: str
    scrubber: Scrubber
    recorder: Recorder | None = None
    emulator: SpeechEmulator | None = None
    faults_were_injected: bool = False

    @property
    def short_audio(self) -> str:
        """URL of another file on the emulator's shelf, of which only the script is heard."""
        return self.audio.replace("meeting.flac", "note.flac")

    def elsewhere(self) -> Connection:
        """An endpoint of the same host where nothing is."""
        origin = base_url(self.connection, "any").removesuffix(API_PATH)
        return replace(self.connection, endpoint=f"{origin}/elsewhere")

    def vcr_options(self) -> dict[str, Any]:
        """The configuration for pytest-recording."""
        return played_with(self.scrubber, self.recorder)

    def says(self, *lines: int) -> list[Said] | None:
        """Choose lines of the sample, by number; gives who says what when, where that is known to the letter."""
        chosen = [LINES[number] for number in lines]
        if self.emulator is not None:
            self.emulator.script(
                [
                    {
                        "text": line.text,
                        "speaker": _NUMBERS[line.speaker],
                        "offset_seconds": line.start,
                        "duration_seconds": round(line.end - line.start, 3),
                    }
                    for line in chosen
                ]
            )
        voices = list(dict.fromkeys(line.speaker for line in chosen))
        said = [(f"Guest-{voices.index(line.speaker) + 1}", line.text, line.start) for line in chosen]
        return said if self.source == "emulator" else None

    def fault(self, on: str, kind: str, **details: Any) -> None:
        """Order a bad day of the emulator; Azure has none on order."""
        if self.emulator is not None:
            self.emulator.fault(on, kind, **details)
            self.faults_were_injected = True

    def progression(self, mode: str) -> None:
        """When jobs are over; Azure takes its time."""
        if self.emulator is not None:
            self.emulator.progression(mode)

    def page_size(self, size: int) -> None:
        """How much a list holds."""
        if self.emulator is not None:
            self.emulator.page_size(size)

    def seed(self, *jobs: Mapping[str, Any]) -> None:
        """Put jobs there."""
        if self.emulator is not None:
            self.emulator.seed(*jobs)

    def pass_hours(self, hours: float) -> None:
        """Move the emulator's clock."""
        if self.emulator is not None and isinstance(self.emulator.runtime, ManualRuntime):
            self.emulator.runtime.advance(hours * 3600)


@contextlib.contextmanager
def speech_for(
    cassette: Path,
    mode: str,
    account: Account | None,
    *,
    needs_emulator: bool,
    needs_url: bool,
    api_version: str = DEFAULT_API_VERSION,
) -> Iterator[Speech]:
    """The service that one cassette is recorded from, or none at all when it is played.

    Args:
        cassette: The file.
        mode: pytest-recording's record mode.
        account: Whose Azure resource is asked, if anybody's.
        needs_emulator: The behaviour cannot be had of Azure.
        needs_url: The service fetches the audio.
        api_version: The version that is spoken.

    Raises:
        NotRecorded: The cassette has to stay as it is, and why.
    """
    if mode == "none":
        yield replayed(source_of(cassette) or "emulator", api_version)
        return
    check_recordable(cassette, account, needs_emulator=needs_emulator, needs_url=needs_url)
    if account is not None:
        yield azure(account, api_version)
        return
    sample = SHIPPED.read_bytes()
    files = container_of({"1-begin.flac": sample, "2-empty.flac": b"", "3-end.flac": sample}, SIGNATURE)
    with running_emulator(runtime=ManualRuntime()) as emulator, serving(files) as storage:
        yield emulated(emulator, storage, api_version)


def check_recordable(cassette: Path, account: Account | None, *, needs_emulator: bool, needs_url: bool) -> None:
    """Make sure that a recording replaces nothing that is worth more. Raises NotRecorded; arguments as above."""
    if account is None:
        if source_of(cassette) == "azure":
            raise NotRecorded("recorded from Azure: SPEECH_KEY and SPEECH_REGION record it anew, or delete it before")
    elif needs_emulator:
        raise NotRecorded("Azure cannot be told to do this: unset SPEECH_KEY to record it from the emulator")
    elif needs_url and not account.audio_url:
        raise NotRecorded("Azure fetches the audio itself: set CASSETTE_AUDIO_URL to a URL of the bundled sample")


def source_of(cassette: Path) -> str | None:
    """Whom a cassette says that it was recorded from; None when there is no such file."""
    if not cassette.exists():
        return None
    return str(yaml.safe_load(cassette.read_text(encoding="utf-8"))["recorded"]["from"])


def replayed(source: str, api_version: str) -> Speech:
    """Nobody answers but the cassette."""
    connection = Connection(key=EMULATOR_KEY, endpoint=SPEECH, api_version=api_version)
    return Speech(source, connection, ManualRuntime(), AUDIO, CONTAINER, Scrubber(secrets=(EMULATOR_KEY,)))


def emulated(emulator: SpeechEmulator, storage: str, api_version: str) -> Speech:
    """An emulator is asked, and reads from a storage; the URLs that it is given hold what has to be scrubbed."""
    shelf = emulator.audio("meeting.flac", SHIPPED.read_bytes()).rpartition("/")[0]
    emulator.audio("note.flac", b"as long as what is said in it")
    stored = urlsplit(storage).netloc
    aliases = (
        (shelf, "http://audio.test"),
        (stored, urlsplit(CONTAINER).netloc),
        (urlsplit(emulator.url).netloc, urlsplit(SPEECH).netloc),
    )
    speech = Speech(
        "emulator",
        emulator.connection(api_version=api_version),
        ManualRuntime(),
        AUDIO.replace("http://audio.test", shelf).replace(MASK, quote(SIGNATURE, safe="")),
        CONTAINER.replace("http://container.test", storage).replace(MASK, quote(SIGNATURE, safe="")),
        Scrubber(aliases, (emulator.key,), frozenset({stored})),
        emulator=emulator,
    )
    secrets = (emulator.key, SIGNATURE)
    speech.recorder = Recorder("emulator", api_version, lambda: speech.faults_were_injected, secrets=secrets)
    return speech


def azure(account: Account, api_version: str) -> Speech:
    """The account's region is asked. Raises InvalidInput when it is none of Azure's."""
    aliases = [(account.host(), urlsplit(SPEECH).netloc)]
    if account.audio_url:
        aliases += [(account.audio_url, AUDIO), (account.audio_url.partition("?")[0], AUDIO.partition("?")[0])]
    return Speech(
        "azure",
        account.connection(api_version),
        RealTime(),
        account.audio_url or AUDIO,
        CONTAINER,
        Scrubber(tuple(aliases), (account.key,)),
        Recorder("azure", api_version, lambda: False, secrets=(account.key,)),
    )


class RealTime(ManualRuntime):
    """The machine's own clock, and ids that are counted: what is sent has to be the same in replay."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(seconds)

    async def idle(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def check_sample(transcript: Transcript, said: Sequence[Said] | None, speakers: int) -> None:
    """The emulator's words come back to the letter; Azure's are those of the sample as far as anybody can know."""
    assert transcript.speakers == tuple(f"Guest-{number}" for number in range(1, speakers + 1))
    assert "good morning" in transcript.phrases[0].text.lower()
    offsets = [phrase.offset_ticks for phrase in transcript.phrases]
    assert offsets == sorted(offsets)
    if said is not None:
        heard = [(phrase.speaker, phrase.text, phrase.offset_ticks) for phrase in transcript.phrases]
        assert heard == [(speaker, text, round(start * 10_000_000)) for speaker, text, start in said]
        assert [phrase.raw_speaker for phrase in transcript.phrases[:2]] == ["3", "1"]
