"""The names the same API had before Speech SDK 1.31 (August 2023), when meetings were called conversations."""

from .client import RemoteMeetingTranscriptionClient
from .operation import RemoteMeetingTranscriptionOperation
from .results import MeetingTranscriptionResult, RemoteMeetingTranscriptionResult

RemoteConversationTranscriptionClient = RemoteMeetingTranscriptionClient
RemoteConversationTranscriptionOperation = RemoteMeetingTranscriptionOperation
RemoteConversationTranscriptionResult = RemoteMeetingTranscriptionResult
ConversationTranscriptionResult = MeetingTranscriptionResult

__all__ = [
    "ConversationTranscriptionResult",
    "RemoteConversationTranscriptionClient",
    "RemoteConversationTranscriptionOperation",
    "RemoteConversationTranscriptionResult",
]
