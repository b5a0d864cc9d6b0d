"""Whoever listens to a meeting is told its end, also of one that never began."""

from __future__ import annotations

import logging

from remote_meeting_backends import RemoteMeetingError
from remote_meeting_backends.live import Canceled, Listener, LiveEvent, SessionStopped

log = logging.getLogger("remote_meeting")


class Told:
    """A listener that hears every event once, and the end for certain.

    Args:
        listener: Whose it is.
        meeting_id: Stands in the place of a session's id where no session began.
    """

    def __init__(self, listener: Listener, meeting_id: str) -> None:
        self._listener = listener
        self._meeting_id = meeting_id
        self._is_over = False

    def __call__(self, event: LiveEvent) -> None:
        """An event of the backend."""
        self._is_over = self._is_over or isinstance(event, SessionStopped)
        self._listener(event)

    def end(self, cause: RemoteMeetingError | None) -> None:
        """Nothing more comes: told, unless the backend has said so. One who fails is logged."""
        if self._is_over:
            return
        try:
            self(Canceled(cause))
            self(SessionStopped(self._meeting_id))
        except Exception:
            log.exception("Whoever listens to meeting %s has failed.", self._meeting_id)
