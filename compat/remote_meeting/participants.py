"""A meeting and who takes part in it, in the Speech SDK for Python's shape."""

from __future__ import annotations

import warnings

from .config import SpeechConfigLike
from .properties import PropertyId
from .results import PropertyCollection
from .signals import ResultFuture
from .wishes import CurrentToken


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
        self.properties = PropertyCollection({})

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
        self.properties = PropertyCollection({})
        # The token of the moment, for whoever transcribes it; new beside the old.
        self.token = CurrentToken(token_of(speech_config))
        self._warned: set[str] = set()

    @property
    def authorization_token(self) -> str:
        """The token; empty where a key is used. Set it anew before it expires: the next connection takes it."""
        return self.token.value

    @authorization_token.setter
    def authorization_token(self, authorization_token: str) -> None:
        self.token.value = authorization_token

    def add_participant_async(
        self, participant: Participant | None = None, user_id: str | None = None
    ) -> ResultFuture[Participant]:
        """Add somebody, by an object or by an id."""
        if (participant is None) == (user_id is None):
            raise ValueError("pass either a participant object or a user id")
        added = participant or Participant(str(user_id))
        if added.voice_signature:
            self._warn(
                "voice signatures",
                f"voice signatures are not taken by any service that exists: {added.participant_id} and the others of "
                f"meeting {self.meeting_id} are told apart as Guest-1, Guest-2, …",
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

    def delete_meeting_async(self) -> ResultFuture[None]:
        """The room, which is not here; its transcript is deleted by RemoteMeetingTranscriptionClient."""
        return ResultFuture(None, None)

    def lock_meeting_async(self) -> ResultFuture[None]:
        """Nobody else may come in: nobody does, for there is no room."""
        return ResultFuture(None, None)

    def unlock_meeting_async(self) -> ResultFuture[None]:
        """Others may come in: nobody does, for there is no room."""
        return ResultFuture(None, None)

    def mute_all_participants_async(self) -> ResultFuture[None]:
        """Not here: all that is in the audio is heard, and a warning says so."""
        return self._is_heard_anyway("everybody")

    def mute_participant_async(self, participant_id: str) -> ResultFuture[None]:
        """Not here: all that is in the audio is heard, and a warning says so."""
        return self._is_heard_anyway(participant_id)

    def unmute_all_participants_async(self) -> ResultFuture[None]:
        """Nobody was muted."""
        return ResultFuture(None, None)

    def unmute_participant_async(self, participant_id: str) -> ResultFuture[None]:
        """Nobody was muted."""
        return ResultFuture(None, None)

    def _is_heard_anyway(self, who: str) -> ResultFuture[None]:
        self._warn(
            "muting",
            f"muting is done by no service that exists: {who} is heard in meeting {self.meeting_id} as long as the "
            f"audio that is sent has them",
            stacklevel=4,
        )
        return ResultFuture(None, None)

    def _warn(self, what: str, sentence: str, *, stacklevel: int = 3) -> None:
        """Once a meeting and thing."""
        if what not in self._warned:
            self._warned.add(what)
            warnings.warn(sentence, NotHonoured, stacklevel=stacklevel)


def token_of(speech_config: SpeechConfigLike | None) -> str:
    """A SpeechConfig's authorization token; empty where it has none."""
    name = PropertyId.SpeechServiceAuthorization_Token.wire_name
    return "" if speech_config is None else str(speech_config.get_property_by_name(name) or "")
