"""The retired service: a client of both its halves, and its wire format for whoever speaks it (the gateway does)."""

from .backend import LegacyBackend
from .endpoint import base_url
from .wire import CAUSE_HEADER, OfflineTask, read_offline_task, transcription_item, write_offline_task

__all__ = [
    "CAUSE_HEADER",
    "LegacyBackend",
    "OfflineTask",
    "base_url",
    "read_offline_task",
    "transcription_item",
    "write_offline_task",
]
