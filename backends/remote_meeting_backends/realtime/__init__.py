"""Real-time transcription with diarization, over a WebSocket: the service of ConversationTranscriber."""

from .backend import RealtimeBackend

__all__ = ["RealtimeBackend"]
