"""The client for asyncio. `remote_meeting.client` is the same for everybody else: a thin shell over this one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncGenerator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from remote_meeting_backends import (
    InvalidInput,
    MeetingNotReady,
    MeetingStatus,
    RemoteMeetingError,
    Runtime,
    SpeakerCount,
    SystemRuntime,
)
from remote_meeting_backends.legacy import read_offline_task

from .config import AzureOptions, SpeechConfigLike, connection_of, service_property
from .polling import PollResponse, poll_failure, poll_response
from .raw import RawResponse, raw_response
from .results import RemoteMeetingTranscriptionResult

if TYPE_CHECKING:
    from remote_meeting_backends.live import Listener, LiveAudio

    from .meetings import Meetings
    from .standing import Standing

DEFAULT_POLLING_SECONDS = 10.0
MODES = ("async", "RealTimeAndAsync")
Speakers = int | tuple[int, int] | str | SpeakerCount | None


class MoreOptions(TypedDict, total=False):
    """Options that not every backend has.

    `profanity`: none, masked, removed or tags. `punctuation`: none, dictated, automatic or dictated_and_automatic
    (batch). `candidate_languages`: other BCP-47 languages that may be spoken. `model`: id or URL of a custom model.
    `phrases`: words that are likely to be said (fast). `time_to_live_hours`: how long the service keeps its job, 6 to
    744 (batch). `container`: the audio is the URL of a container, and all of its blobs are meant (batch).
    """

    profanity: str | None
    punctuation: str | None
    candidate_languages: Sequence[str]
    model: str | None
    phrases: Sequence[str]
    time_to_live_hours: int | None
    container: bool


class RemoteMeetingTranscriptionClient:
    """Fetches meetings by id, deletes them, and (new beside the old) submits them.

    Args:
        speech_config: Ours, or the official Speech SDK's own object. None for no account: the local backend, and
            every meeting of the store.
        backend: A backend's name, or `auto`: routing decides, and says why.
        store: Where meetings are kept: a database URL or a path. None for $REMOTE_MEETING_STORE, else a file in the
            user's data directory.
        runtime: Gives time, waits and ids; a ManualRuntime makes tests instant.
        azure: What the batch and fast backends need beside the SpeechConfig: a storage to stage files in, and more.

    Raises:
        InvalidInput: The SpeechConfig lacks a place or credentials.
        NoBackend: There is no backend of that name.
    """

    def __init__(
        self,
        speech_config: SpeechConfigLike | None = None,
        *,
        backend: str = "auto",
        store: str | os.PathLike[str] | None = None,
        runtime: Runtime | None = None,
        azure: AzureOptions | None = None,
    ) -> None:
        from .meetings import Meetings

        self._speech_config = speech_config
        self._connection = connection_of(speech_config, azure)
        self._meetings = Meetings(self._connection, runtime or SystemRuntime(), backend=backend, store=store)

    @property
    def meetings(self) -> Meetings:
        """The core below: submit, look, wait, fetch, delete."""
        return self._meetings

    async def submit(
        self,
        audio: str | os.PathLike[str] | LiveAudio,
        *,
        meeting_id: str | None = None,
        language: str | None = None,
        speakers: Speakers = None,
        channels: str | int | None = None,
        mode: str | None = None,
        allow_truncated: bool = False,
        listener: Listener | None = None,
        **more: Unpack[MoreOptions],
    ) -> RemoteMeetingTranscriptionOperation:
        """Submit a recording; the work goes on while this process lives, or at the service.

        Args:
            audio: Path of the file, a URL (with a SAS, or public) that the service can read, or audio that is still
                being spoken.
            meeting_id: 1 to 256 characters; None for a new id. Submitting an unfinished meeting again resumes it.
            language: BCP-47 language; None for the SpeechConfig's, else en-US.
            speakers: How many people speak: 2, (2, 5) or "2-5"; None to estimate it.
            channels: `mix`, `separate`, a channel's number from 0, or None where the file leaves no doubt.
            mode: `async` or `RealTimeAndAsync`; None for what the SpeechConfig says, else async.
            allow_truncated: Accept a file that is shorter than its header promises.
            listener: Called on the event loop with each event (`remote_meeting_backends.live`) while the meeting is
                recognized; must not block. Only backends that tell before the end are taken: realtime, local.
            more: Options that not every backend has, see MoreOptions; one that the backend lacks is an error.

        Raises:
            InvalidInput: Something given cannot be used; nothing was started.
            MeetingExists, MeetingDeleted, MeetingBusy: The id is taken.
            NoBackend, StoreError: It cannot be done, or not be kept.
        """
        from .recording import DEFAULT_LANGUAGE, job_options, speaker_count

        mode = mode or service_property(self._speech_config, "transcriptionMode") or MODES[0]
        if mode.lower() not in {known.lower() for known in MODES}:
            raise InvalidInput(f"{mode!r} is no transcription mode: give {' or '.join(MODES)}.")
        options = job_options(
            language=language or (self._connection and self._connection.language) or DEFAULT_LANGUAGE,
            speakers=speaker_count(speakers),
            channels=None if channels is None else str(channels),
            allow_truncated=allow_truncated,
            **more,
        )
        record = await self._meetings.submit(audio, meeting_id, options, mode, listener=listener)
        return RemoteMeetingTranscriptionOperation(record.meeting_id, self)

    async def resume(self, meeting_id: str) -> RemoteMeetingTranscriptionOperation:
        """Go on with a meeting whose process ended, from what was stored with it."""
        record = await self._meetings.resume(meeting_id)
        return RemoteMeetingTranscriptionOperation(record.meeting_id, self)

    def get_transcription_operation(self, meeting_id: str) -> MeetingTranscriptionPoller:
        """The Java client's poller for a meeting."""
        return MeetingTranscriptionPoller(meeting_id, self)

    async def delete_remote_transcription(self, meeting_id: str) -> RawResponse:
        """Delete a meeting's transcription; the answer's status is 200.

        Raises:
            MeetingNotFound: Nobody knows it.
        """
        await self._meetings.delete(meeting_id)
        return RawResponse(200)

    async def aclose(self) -> None:
        """Stop what runs in this process and let connections go."""
        await self._meetings.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class _Heard:
    """What was last heard of one meeting, and its transcript once there is one."""

    def __init__(self, meeting_id: str, meetings: Meetings) -> None:
        self.meeting_id = meeting_id
        self.meetings = meetings
        self.standing: Standing | None = None
        self.result: RemoteMeetingTranscriptionResult | None = None

    async def take(self, standing: Standing) -> Standing:
        """Remember a standing, and fetch the transcript with it when it is there."""
        if standing.status is not MeetingStatus.COMPLETED:
            self.result = None
        elif self.result is None:
            transcript = await self.meetings.transcript(standing)
            items = read_offline_task(standing.body, standing.meeting_id).items if standing.body is not None else None
            self.result = RemoteMeetingTranscriptionResult(transcript, items)
        self.standing = standing
        return standing

    def value(self) -> RemoteMeetingTranscriptionResult:
        if self.result is not None:
            return self.result
        if self.standing is None:
            raise self._not_asked()
        raise self.standing.problem or MeetingNotReady(
            f"Meeting {self.meeting_id} is {self.standing.status}: wait for its completion.",
            meeting_id=self.meeting_id,
        )

    def raw(self) -> RawResponse:
        if self.standing is None:
            raise self._not_asked()
        return raw_response(self.standing, self.result.transcript if self.result else None)

    def _not_asked(self) -> MeetingNotReady:
        return MeetingNotReady(
            f"Meeting {self.meeting_id} has not been asked for: call update_status() or wait_for_completion() first.",
            meeting_id=self.meeting_id,
        )


class RemoteMeetingTranscriptionOperation:
    """The C# client's operation: a meeting id, and what was last heard of it. Any process can make one.

    Args:
        meeting_id: The id under which it was submitted.
        client: Whom to ask.
    """

    def __init__(self, meeting_id: str, client: RemoteMeetingTranscriptionClient) -> None:
        self._heard = _Heard(meeting_id, client.meetings)

    @property
    def id(self) -> str:
        """The meeting's id."""
        return self._heard.meeting_id

    @property
    def has_completed(self) -> bool:
        """True once Completed, Failed or Deleted was seen, or that it was interrupted and will not end by itself."""
        return self._heard.standing is not None and self._heard.standing.is_over

    @property
    def has_value(self) -> bool:
        """True once the transcript is here."""
        return self._heard.result is not None

    @property
    def value(self) -> RemoteMeetingTranscriptionResult:
        """The transcript.

        Raises:
            MeetingNotReady: Not asked for yet, or not finished.
            MeetingDeleted, MeetingFailed, MeetingInterrupted: There is none, and why.
        """
        return self._heard.value()

    @property
    def status(self) -> MeetingStatus | None:
        """What was last seen; None before the first poll. New beside the old."""
        return self._heard.standing.status if self._heard.standing else None

    @property
    def progress(self) -> float | None:
        """Share done, 0 to 1, as last seen. New beside the old."""
        return self._heard.standing.progress if self._heard.standing else None

    async def update_status(self) -> RawResponse:
        """Ask once, and return the answer. A meeting's own trouble shows in `value`; only a failed question raises.

        Raises:
            MeetingNotFound, AuthenticationFailed, ServiceError, StoreError: The question could not be answered.
        """
        await self._heard.take(await self._heard.meetings.look(self.id))
        return self._heard.raw()

    async def wait_for_completion(
        self, polling_interval: float = DEFAULT_POLLING_SECONDS, timeout: float | None = None
    ) -> RemoteMeetingTranscriptionResult:
        """Ask until it is over.

        Args:
            polling_interval: Seconds between two questions, unless the service says otherwise.
            timeout: Seconds at most; None for 24 hours and the length of the audio.

        Raises:
            DeadlineExceeded: Not over in time; it goes on, and can be asked for again.
            MeetingFailed, MeetingDeleted, MeetingInterrupted, MeetingNotFound, AuthenticationFailed, ServiceError,
            StoreError: Each with its cause.
        """
        await self._heard.take(await self._heard.meetings.wait(self.id, polling_interval, timeout))
        return self.value

    def get_raw_response(self) -> RawResponse:
        """The last answer, in the retired service's wire format.

        Raises:
            MeetingNotReady: Nothing was asked yet.
        """
        return self._heard.raw()


class MeetingTranscriptionPoller:
    """The Java client's poller: a stream of poll responses, and a half that waits beside it.

    Args:
        meeting_id: The id under which it was submitted.
        client: Whom to ask.
    """

    def __init__(self, meeting_id: str, client: RemoteMeetingTranscriptionClient) -> None:
        self._heard = _Heard(meeting_id, client.meetings)
        self.polling_interval = DEFAULT_POLLING_SECONDS

    def set_poll_interval(self, seconds: float) -> Self:
        """How long to wait between two polls, in seconds."""
        self.polling_interval = seconds
        return self

    async def poll(self) -> PollResponse:
        """Ask once. Raises what the question raises."""
        return poll_response(await self._heard.take(await self._heard.meetings.look(self._heard.meeting_id)))

    async def subscribe(self, timeout: float | None = None) -> AsyncGenerator[PollResponse, None]:
        """Every response up to the last; a question that fails is the last one, FAILED, with its error in the value.

        Args:
            timeout: Seconds at most; None for 24 hours and the length of the audio.
        """
        watching = self._heard.meetings.watch(self._heard.meeting_id, self.polling_interval, timeout)
        try:
            async with contextlib.aclosing(watching) as standings:
                async for standing in standings:
                    yield poll_response(await self._heard.take(standing))
        except RemoteMeetingError as error:
            yield poll_failure(self._heard.meeting_id, error)

    def get_sync_poller(self) -> Self:
        """Itself: in Java this is the half that blocks; here it is the half that is awaited."""
        return self

    async def wait_for_completion(self, timeout: float | None = None) -> PollResponse:
        """Wait for the last response.

        Raises:
            RemoteMeetingError: A question failed, or the deadline passed. A meeting that failed is a response.
        """
        meetings = self._heard.meetings
        standing = await meetings.wait(self._heard.meeting_id, self.polling_interval, timeout)
        return poll_response(await self._heard.take(standing))

    async def get_final_result(self) -> RemoteMeetingTranscriptionResult:
        """The transcript; waits for it when that was not done yet.

        Raises:
            MeetingFailed, MeetingDeleted, MeetingInterrupted: There is none, and why.
        """
        if self._heard.standing is None or not self._heard.standing.is_over:
            await self.wait_for_completion()
        return self._heard.value()
