"""Frame cassettes: what a client and a service of the speech WebSocket protocol said, recorded and played.

`record_frames` sits between the two and writes a cassette; `play_frames` says on loopback what the service said, and
raises NotAsRecorded where a client does not say what it had said. Both are in `remote_meeting_backends.testing`, too.
"""

from .cassette import Answer, Audio, Closed, Frame, FrameCassette, Recorded, Request, Talk
from .matching import Bindings
from .player import FramePlayer, NotAsRecorded, Replay, play_frames
from .recorder import FrameRecorder, record_frames
from .scrub import Scrub

__all__ = [
    "Answer",
    "Audio",
    "Bindings",
    "Closed",
    "Frame",
    "FrameCassette",
    "FramePlayer",
    "FrameRecorder",
    "NotAsRecorded",
    "Recorded",
    "Replay",
    "Request",
    "Scrub",
    "Talk",
    "play_frames",
    "record_frames",
]
