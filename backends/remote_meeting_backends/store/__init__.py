"""Meetings by id, kept where a crash, a second process or another host finds them."""

from .location import default_store_url
from .meetings import MeetingStore
from .records import ANYONE, ErrorRecord, MeetingKey, MeetingRecord, NewMeeting, Runner, Scope

__all__ = [
    "ANYONE",
    "ErrorRecord",
    "MeetingKey",
    "MeetingRecord",
    "MeetingStore",
    "NewMeeting",
    "Runner",
    "Scope",
    "default_store_url",
]
