"""A meeting and who takes part in it, in the Speech SDK for Python's shape."""

from __future__ import annotations

import warnings

from .config import SpeechConfigLike
from .signals import ResultFuture


class NotHonoured(UserWarning):
    """Something that the retired service did and no service does that exists."""


class Participant:
    """Somebody who takes part.

    Args:
        user_id: Who.
        preferred_language: BCP-47.
        voice_signature: What the retired service knew a voice by; no service takes it any more.
    """

    def __init__(self, user_id: str, preferred_language: str | None = None, voice_signature: str | None = None) -> None:
        self.participant_id = user_id
        self.preferred_language = preferred_language
        self.voice_signature = voice_signature

    def set_preferred_language(self, language: str) -> None:
        """Set the BCP-47 language."""
        self.preferred_language = language

    def set_voice_signature(self, signature: str) -> None:
        """Set the voice signature."""
        self.voice_signature = signature


class Meeting:
    """A meeting by its id.

    Args:
        speech_config: Ours, or the official SDK's; None for no account (new beside the old).
        meeting_id: Under which it is fetched later.
    """

    def __init__(self, speech_config: SpeechConfigLike | None, meeting_id: str) -> None:
        if not meeting_id:
            raise ValueError("meeting_id must not be empty")
        self.speech_config = speech_config
        self.meeting_id = meeting_id
        self.participants: dict[str, Participant] = {}
        self._has_warned = False

    def add_participant_async(
        self, participant: Participant | None = None, user_id: str | None = None
    ) -> ResultFuture[Participant]:
        """Add somebody, by an object or by an id."""
        if (participant is None) == (user_id is None):
            raise ValueError("pass either a participant object or a user id")
        added = participant or Participant(str(user_id))
        if added.voice_signature and not self._has_warned:
            self._has_warned = True
            warnings.warn(
                f"voice signatures are not taken by any service that exists: {added.participant_id} and the others of "
                f"meeting {self.meeting_id} are told apart as Guest-1, Guest-2, …",
                NotHonoured,
                stacklevel=2,
            )
        self.participants[added.participant_id] = added
        return ResultFuture(None, added)

    def remove_participant_async(
        self, participant: Participant | None = None, user_id: str | None = None
    ) -> ResultFuture[None]:
        """Take somebody out again."""
        if (participant is None) == (user_id is None):
            raise ValueError("pass either a participant object or a user id")
        self.participants.pop(participant.participant_id if participant is not None else str(user_id), None)
        return ResultFuture(None, None)

    def start_meeting_async(self) -> ResultFuture[None]:
        """Nothing here waits for it."""
        return ResultFuture(None, None)

    def end_meeting_async(self) -> ResultFuture[None]:
        """Nothing here waits for it."""
        return ResultFuture(None, None)
