"""The client as C# and Java had it: calls that block. Everything is done by `remote_meeting.aio`."""

from __future__ import annotations

import os
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

from remote_meeting_backends import Runtime

from . import aio
from .aio import MoreOptions, Speakers
from .config import AzureOptions, SpeechConfigLike
from .operation import MeetingTranscriptionPoller, RemoteMeetingTranscriptionOperation
from .portal import PORTAL
from .raw import RawResponse

if TYPE_CHECKING:
    from remote_meeting_backends.live import Listener, LiveAudio


class RemoteMeetingTranscriptionClient:
    """Fetches meetings by id, deletes them, and (new beside the old) submits them.

    Arguments and errors are those of `remote_meeting.aio.RemoteMeetingTranscriptionClient`.
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
        self._client = aio.RemoteMeetingTranscriptionClient(
            speech_config, backend=backend, store=store, runtime=runtime, azure=azure
        )

    @property
    def asynchronous(self) -> aio.RemoteMeetingTranscriptionClient:
        """The client that does the work, on an event loop of its own."""
        return self._client

    def submit(
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
        """Submit a recording; see `aio`. The work goes on in the background, and the listener is called from there."""
        operation = PORTAL.call(
            self._client.submit(
                audio,
                meeting_id=meeting_id,
                language=language,
                speakers=speakers,
                channels=channels,
                mode=mode,
                allow_truncated=allow_truncated,
                listener=listener,
                **more,
            )
        )
        return RemoteMeetingTranscriptionOperation(operation.id, self)

    def resume(self, meeting_id: str) -> RemoteMeetingTranscriptionOperation:
        """Go on with a meeting whose process ended."""
        operation = PORTAL.call(self._client.resume(meeting_id))
        return RemoteMeetingTranscriptionOperation(operation.id, self)

    def get_transcription_operation(self, meeting_id: str) -> MeetingTranscriptionPoller:
        """The Java client's poller for a meeting."""
        return MeetingTranscriptionPoller(meeting_id, self)

    def delete_remote_transcription(self, meeting_id: str) -> RawResponse:
        """Delete a meeting's transcription; the answer's status is 200."""
        return PORTAL.call(self._client.delete_remote_transcription(meeting_id))

    def close(self) -> None:
        """Stop what runs in this process and let connections go."""
        PORTAL.call(self._client.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
