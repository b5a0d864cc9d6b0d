"""Whether a file can hold anything at all: one quick search for many words, before anything is parsed."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from .reading import HEAD

_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# A word of which every rule's finding has at least one nearby; spelled as they are found, as the search minds case.
WORDS: tuple[bytes, ...] = (
    b"MeetingTranscri",
    b"ConversationTranscri",
    b"RemoteMeeting",
    b"RemoteConversation",
    b"emoteconversation",
    b"emotemeeting",
    b"REMOTECONVERSATION",
    b"REMOTEMEETING",
    b"remote-conversation",
    b"remote-meeting",
    b"oinConversation",
    b"eaveConversation",
    b"oin_conversation",
    b"eave_conversation",
    b"oinMeetingAsync",
    b"oin_meeting",
    b"eave_meeting",
    b"reateMeetingAsync",
    b"reateConversationAsync",
    b"create_conversation",
    b"SPXConversation",
    b"SPXMeeting",
    b"SPXParticipant",
    b"Participant.",
    b"Participant::",
    b"participant_set_voice",
    b"participant_create",
    b"conversation_update_participant",
    b"transcription.Conversation",
    b"transcription.Meeting",
    b"transcription.Participant",
    b"speech.transcription",
    b"peech.Conversation",
    b"Speech::Conversation",
    b"speech.conversation",
    b"VoiceSignature",
    b"enerateVoiceSignature",
    b"uestSpeakers",
    b"InRoomAndOnline",
    b"transcriptionMode",
    b"MicSpec",
    b"DisableReferenceChannel",
    b"cts.speech.",
    b"multiaudio",
    b"dynamicaudio",
    b"speechtotext",
    b"speechToText",
    b"SpeechToText",
    b"SPEECHTOTEXT",
    b"iarizationEnabled",
    b"iarization_enabled",
    b"AddDiarization",
    b"iarizationProperties",
    b"StartTranscribingAsync",
    b"startTranscribingAsync",
    b"StopTranscribingAsync",
    b"TranscriptionClient",
    b"minCount",
)
# Rules that are off unless asked for look for these, too.
OPTIONAL: tuple[bytes, ...] = (
    b"SpeakerRecogni",
    b"SpeakerIdentification",
    b"SpeakerVerification",
    b"VoiceProfile",
    b"IntentRecogni",
    b"LanguageUnderstandingModel",
    b"PatternMatching",
    b"ConversationTranslat",
    b"ConversationExpiration",
    b"ConversationParticipants",
)


# One search holds no more words with vector instructions; beyond it is ten times slower.
_TOGETHER = 60


class Prefilter:
    """A search for words in bytes.

    Args:
        literals: The words, of ASCII; each spelling that is to be found is one.
    """

    def __init__(self, literals: Sequence[bytes] = WORDS) -> None:
        from ahocorasick_rs import MATCHKIND_LEFTMOST_FIRST, BytesAhoCorasick

        words = shortest(literals)
        # Only this kind of match is searched for with vector instructions.
        self._searches = [
            BytesAhoCorasick(words[begin : begin + _TOGETHER], MATCHKIND_LEFTMOST_FIRST).find_matches_as_indexes
            for begin in range(0, len(words), _TOGETHER)
        ]

    def passes(self, data: bytes) -> bool:
        """True when one of the words is there; in UTF-16, too."""
        for search in self._searches:
            if search(data):
                return True
        # Without its zeros, UTF-16 of either order has the words as they are; at worst, binary data comes to have one.
        if b"\0" in data[:HEAD] or data.startswith(_WIDE):
            narrow = data.replace(b"\0", b"")
            return any(search(narrow) for search in self._searches)
        return False


def shortest(literals: Sequence[bytes]) -> list[bytes]:
    """The words that hold no other one: who finds the others finds those."""
    words = sorted(dict.fromkeys(literals), key=len)
    kept: list[bytes] = []
    for word in words:
        if not any(other in word for other in kept):
            kept.append(word)
    return kept
