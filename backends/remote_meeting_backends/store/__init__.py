"""Meetings by id, kept where a crash, a second process or another host finds them."""

from .location import default_store_url
from .meetings import MeetingStore
from .records import ANYONE, ErrorRecord, Held, MeetingKey, MeetingRecord, NewMeeting, Runner, Scope

__all__ = [
    "ANYONE",
    "ErrorRecord",
    "Held",
    "MeetingKey",
    "MeetingRecord",
    "MeetingStore",
    "NewMeeting",
    "Runner",
    "Scope",
    "default_store_url",
]
