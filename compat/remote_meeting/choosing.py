"""Which backend takes a caller's meeting: asked of the routing when it begins, and when the first refused it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from remote_meeting_backends import Connection, JobOptions, RemoteMeetingError

from . import routing
from .recording import Recording, is_url
from .shelf import Shelf

if TYPE_CHECKING:
    from remote_meeting_backends.store import MeetingRecord

log = logging.getLogger("remote_meeting")


class Chooser:
    """Asks the routing.

    Args:
        shelf: The backends there are.
        connection: The caller's account, or None.
        choice: A backend's name, or `auto`.
    """

    def __init__(self, shelf: Shelf, connection: Connection | None, choice: str) -> None:
        self._shelf = shelf
        self._connection = connection
        self._choice = choice

    def decide(self, recording: Recording, options: JobOptions, *, wants_events: bool) -> routing.Decision:
        """Who takes a new meeting, and why.

        Raises:
            NoBackend: The choice is not installed, or nothing fits.
            OptionNotSupported: The chosen backend cannot do what was asked.
        """
        ask = routing.Ask(
            options,
            recording.seconds,
            recording.size_bytes,
            self._connection,
            recording.is_url,
            is_live=recording.is_live,
            wants_events=wants_events,
        )
        return routing.decide(ask, self._shelf.candidates(), self._choice)

    def way_out(self, record: MeetingRecord, error: RemoteMeetingError) -> routing.Decision | None:
        """Where `auto` takes a meeting that the backend of its first choice refused; None where it stays refused."""
        if error.way_out is None or record.options is None or record.audio is None:
            return None
        ask = routing.Ask(record.options, record.audio_seconds, None, self._connection, is_url(record.audio))
        decision = routing.way_out(error, record.routing_reason, ask, self._shelf.candidates())
        if decision is not None:
            try:
                self._shelf.get(decision.backend)
            except RemoteMeetingError as unusable:
                log.warning("meeting %s cannot go on to %s: %s", record.meeting_id, decision.backend, unusable)
                return None
        return decision
